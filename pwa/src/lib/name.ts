// What the server takes as a name, checked here to answer without a round trip.

// Control characters, and those that turn the direction of the text after them.
// eslint-disable-next-line no-control-regex
const hidden = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

export function checkName(text: string): 'name-missing' | 'name-invalid' | null {
  const name = text.trim()
  if (name === '') return 'name-missing'
  return hidden.test(name) || Array.from(name).length > 64 ? 'name-invalid' : null
}
