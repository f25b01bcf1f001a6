import { expect, it } from 'vitest'
import { preferred } from '../composables/useLocale'
import { en } from './en'
import { zh } from './zh'

/** Paths of all texts, for what the types alone would let pass: a text left out by `as`, or left empty. */
function paths(texts: object, prefix = ''): string[] {
  return Object.entries(texts).flatMap(([key, value]) => typeof value === 'object' && value !== null ? paths(value, `${prefix}${key}.`) : [`${prefix}${key}`])
}

it('has the same texts in every language', () => expect(paths(zh)).toEqual(paths(en)))

it('leaves none empty and none untranslated', () => {
  const read = (texts: object, path: string) => path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], texts)
  for (const path of paths(en)) {
    const [inEnglish, inChinese] = [read(en, path), read(zh, path)]
    expect(inEnglish, path).toBeTruthy()
    expect(inChinese, path).toBeTruthy()
    if (typeof inChinese === 'string') expect(inChinese, path).not.toBe(inEnglish)
  }
})

it('says the tutorial’s two sentences word for word', () => {
  expect(zh.status.calling).toBe('等待对方接听…')
  expect(zh.status.ringing).toBe('收到视频邀请…')
})

it('speaks the browser’s first language that it knows', () => {
  expect(preferred(['zh-TW', 'en'])).toBe('zh')
  expect(preferred(['fr-FR', 'zh-CN', 'en'])).toBe('zh')
  expect(preferred(['de', 'en-GB'])).toBe('en')
  expect(preferred(['de'])).toBe('en')
  expect(preferred(['constructor'])).toBe('en')
})
