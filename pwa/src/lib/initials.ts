// What stands on an avatar.

const han = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/u

/** “Anna Berg” → AB, “anna” → A, “王小明” → 小明. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean)
  const first = characters(words[0] ?? '')
  if (first.length === 0) return '?'
  if (han.test(first[0] ?? '')) return first.slice(-2).join('')
  const last = words.length > 1 ? characters(words[words.length - 1] ?? '')[0] ?? '' : ''
  return ((first[0] ?? '') + last).toUpperCase()
}

/** One of `count` tones, always the same for the same person. */
export function toneOf(id: string, count: number): number {
  let sum = 0
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return sum % count
}

function characters(text: string): string[] {
  return Array.from(new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text), part => part.segment)
}
