import { expect, it } from 'vitest'
import contract from '../../../server/httpapi/openapi.yaml?raw'
import type { ProblemCode } from '../call/view'
import { preferred } from '../composables/useLocale'
import { problemText } from '../composables/useProblemText'
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

/** What the app can never meet. */
const notOurs = ['forbidden'] // metrics

it('has a sentence for every problem of the contract', () => {
  const [, list = ''] = /^ {4}ProblemCode:\n(?: {6}.*\n)*? {6}enum:\n((?: {8}- .*\n)+)/m.exec(contract) ?? []
  const codes = Array.from(list.matchAll(/- (\S+)/g), ([, code]) => code!)
  expect(codes).toContain('call-exists')
  const without = (t: typeof en) => codes.filter(code => problemText({ code, ways: [] }, t).sentence === t.problem.unexpected)
  expect(without(en)).toEqual(notOurs)
  expect(without(zh)).toEqual(notOurs)
})

it('has a sentence for every problem of the app’s own', () => {
  const codes = {
    'camera-denied': 0, 'camera-missing': 0, 'camera-busy': 0, 'microphone-denied': 0, 'microphone-missing': 0, 'insecure-origin': 0, 'no-webrtc': 0, 'server-unreachable': 0,
    'media-blocked': 0, 'passcode-required': 0, 'passcode-wrong': 0, 'room-full': 0, 'call-full': 0, 'call-over': 0, 'call-exists': 0, 'peer-away': 0, 'token-revoked': 0, 'unexpected': 0,
  } satisfies Record<ProblemCode, 0>
  for (const code of Object.keys(codes)) expect(Object.hasOwn(en.problem, code), code).toBe(true)
})

it('says that one can listen and watch where camera and microphone are shut', () => {
  expect(en.problem['insecure-origin']).toContain('You can still listen and watch.')
  expect(zh.problem['insecure-origin']).toContain('你仍然可以听和看。')
})

it('says what to do about an address that is not secure, in words that somebody can pass on', () => {
  for (const t of [en, zh]) {
    const { detail } = problemText({ code: 'insecure-origin', ways: [] }, t)
    expect(detail).toContain('https://')
    expect(detail).toContain('--tls=local')
    expect(problemText({ code: 'camera-denied', ways: [] }, t).detail).toBeUndefined()
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
