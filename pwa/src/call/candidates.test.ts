import { expect, test } from 'vitest'
import { CandidateBox } from './candidates'

const candidate = (n: number, usernameFragment: string | null) => ({ candidate: `candidate:${n}`, sdpMid: '0', usernameFragment })
const sdp = (...ufrags: string[]) => ufrags.map((ufrag) => `m=audio\r\na=ice-ufrag:${ufrag}\r\na=ice-pwd:x`).join('\r\n')

test('candidates wait for their description, in order', () => {
  const box = new CandidateBox()
  expect(box.admit(candidate(1, 'a'))).toBeNull()
  expect(box.admit(candidate(2, 'a'))).toBeNull()
  expect(box.describe(sdp('a'))).toEqual([candidate(1, 'a'), candidate(2, 'a')])
  expect(box.admit(candidate(3, 'a'))).toEqual(candidate(3, 'a'))
})

test('those of another generation do not reach this one', () => {
  const box = new CandidateBox()
  box.admit(candidate(1, 'ignored'))
  expect(box.describe(sdp('a'))).toEqual([])
  expect(box.admit(candidate(2, 'ignored'))).toBeNull()
  expect(box.describe(sdp('b'))).toEqual([])
})

test('one that came before the ICE restart it belongs to waits for it', () => {
  const box = new CandidateBox()
  box.describe(sdp('a'))
  expect(box.admit(candidate(1, 'b'))).toBeNull()
  expect(box.describe(sdp('b'))).toEqual([candidate(1, 'b')])
})

test('without a ufrag order is all there is to go by', () => {
  const box = new CandidateBox()
  expect(box.admit(candidate(1, null))).toBeNull()
  expect(box.describe(sdp('a'))).toEqual([candidate(1, null)])
  expect(box.admit({ candidate: '' })).toEqual({ candidate: '' })
})

test('m-lines that are not bundled yet have ufrags of their own', () => {
  const box = new CandidateBox()
  box.describe(sdp('a', 'b'))
  expect(box.admit(candidate(1, 'b'))).not.toBeNull()
})

test('it does not grow without end', () => {
  const box = new CandidateBox()
  for (let i = 0; i < 1_000; i++) box.admit(candidate(i, 'a'))
  expect(box.describe(sdp('a'))).toHaveLength(256)
})
