import { expect, test } from 'vitest'
import type { Call, Peer } from '../protocol/types'
import { alone, nextCompany } from './company'
import { next, nothing, type CallState } from './state'

const peer = (id: string, name = id): Peer => ({ id, name, media: { audio: true, video: true, screen: false }, joinedAt: '2026-03-01T09:30:00.000Z' })
const roster = (...others: Peer[]) => ({ self: peer('ana'), others })
const names = ({ peers }: { peers: readonly Peer[] }) => peers.map(({ name }) => name)

function inCall(participants: string[], more: Partial<Call> = {}): CallState {
  const call: Call = {
    id: 'c1', room: 'r', revision: 1, state: 'active', video: true, caller: 'ana', invited: [], participants, createdAt: '2026-03-01T09:30:00.000Z', ...more,
  }
  return next({ ...nothing, self: 'ana' }, { type: 'call', call })
}

test('everybody who was in the call while I was, also those who left it, or the room', () => {
  let company = nextCompany(alone, inCall(['ana', 'bo']), roster(peer('bo'), peer('cy'), peer('di')))
  expect(names(company)).toEqual(['bo'])
  company = nextCompany(company, inCall(['ana', 'bo', 'cy']), roster(peer('bo', 'Bob'), peer('cy')))
  company = nextCompany(company, inCall(['ana', 'cy']), roster(peer('cy')))
  expect(names(company)).toEqual(['Bob', 'cy'])
  company = nextCompany(company, inCall([], { state: 'ended', reason: 'hangup' }), roster())
  expect(names(company)).toEqual(['Bob', 'cy'])
})

test('of this call, not of the one before', () => {
  const before = nextCompany(alone, inCall(['ana', 'bo']), roster(peer('bo')))
  expect(names(nextCompany(before, inCall(['ana', 'cy'], { id: 'c2' }), roster(peer('bo'), peer('cy'))))).toEqual(['cy'])
  expect(nextCompany(before, inCall(['ana'], { id: 'c2', state: 'ringing' }), roster(peer('bo')))).toBe(alone)
})

test('nobody for whom it only rang', () => {
  expect(nextCompany(alone, inCall(['bo', 'cy']), roster(peer('bo'), peer('cy')))).toBe(alone)
})
