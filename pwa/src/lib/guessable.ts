// Whether somebody could come upon a room name by trying. An estimate to warn by, never a gate.

/** Below this many bits we say that anybody may come in. The names the server makes have at least 60. */
const enoughBits = 45
const bitsPerLetter = 2.6 // of a readable word
const bitsPerRandomCharacter = 5.2 // where upper case, lower case and digits alternate
const bitsPerDigit = 3.3
const bitsPerCommonWord = 4

const commonWords = [
  'abc', 'admin', 'anna', 'baba', 'bob', 'boss', 'call', 'chat', 'chinese', 'china', 'class', 'company', 'conference', 'daily', 'default', 'demo', 'doctor',
  'english', 'example', 'family', 'foo', 'friends', 'group', 'guest', 'hello', 'home', 'house', 'interview', 'jiating', 'join', 'kaihui', 'lesson',
  'lobby', 'love', 'mama', 'meet', 'meeting', 'my', 'name', 'nihao', 'office', 'open', 'our', 'papa', 'party', 'password', 'private', 'project', 'public',
  'qwerty', 'room', 'sales', 'school', 'standup', 'support', 'team', 'teacher', 'test', 'testing', 'the', 'video', 'weekly', 'welcome', 'work', 'yodel',
]
const longestFirst = new RegExp([...commonWords].sort((a, b) => b.length - a.length).join('|'), 'g')

/** True for names like “test”, “room1” or “anna-and-bob”. */
export function isGuessable(room: string): boolean {
  return estimateBits(room) < enoughBits
}

function estimateBits(room: string): number {
  let bits = 0
  for (const part of room.split(/[-_]+/)) bits += isMixed(part) ? part.length * bitsPerRandomCharacter : wordBits(part.toLowerCase())
  return bits
}

/** Upper case or digits in the midst of a part: “x7Kq2m”, but not “Room12”. */
function isMixed(part: string): boolean {
  return /[a-z][A-Z0-9]+[a-z]/.test(part) || /[A-Z][0-9]+[A-Za-z]/.test(part) || /[0-9][A-Za-z]+[0-9]/.test(part)
}

function wordBits(part: string): number {
  let bits = 0
  const rest = part.replace(longestFirst, () => {
    bits += bitsPerCommonWord
    return ' '
  })
  const letters = rest.replace(/[^a-z]/g, '')
  const digits = rest.replace(/[^0-9]/g, '')
  return bits + new Set(letters).size * 0.5 + letters.length * (bitsPerLetter - 0.5) + Math.min(new Set(digits).size + 1, digits.length) * bitsPerDigit
}
