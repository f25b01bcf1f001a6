import { expect, test } from 'vitest'
import { pathOf } from './path'
import type { Stat, Stats } from './stats'

const report = (...stats: object[]): Stats => new Map((stats as Stat[]).map((stat) => [stat.id, stat]))
const pair = { id: 'p', type: 'candidate-pair', localCandidateId: 'l', remoteCandidateId: 'r', state: 'succeeded', nominated: true }
const transport = { id: 't', type: 'transport', selectedCandidatePairId: 'p' }
const local = (candidateType: string, relayProtocol?: string) => ({ id: 'l', type: 'local-candidate', candidateType, relayProtocol })
const remote = (candidateType: string) => ({ id: 'r', type: 'remote-candidate', candidateType })

test.each<[string, object[], string | null]>([
  ['nothing selected yet', [{ id: 't', type: 'transport' }, { ...pair, nominated: false, state: 'in-progress' }], null],
  ['host to host', [transport, pair, local('host'), remote('prflx')], 'direct'],
  ['by our relay over UDP', [transport, pair, local('relay', 'udp'), remote('host')], 'relay-udp'],
  ['by our relay over TCP', [transport, pair, local('relay', 'tcp'), remote('relay')], 'relay-tcp'],
  ['by our relay over TLS', [transport, pair, local('relay', 'tls'), remote('srflx')], 'relay-tls'],
  ['by their relay', [transport, pair, local('srflx'), remote('relay')], 'relay-udp'],
  ['Firefox has no transport and says `selected`', [{ ...pair, id: 'q', localCandidateId: 'x' }, { ...pair, selected: true }, local('relay', 'tcp'), remote('host')], 'relay-tcp'],
  ['nor that', [pair, local('host'), remote('host')], 'direct'],
  ['candidates that are not reported', [transport, pair], 'direct'],
])('%s', (_, stats, path) => {
  expect(pathOf(report(...stats))).toBe(path)
})
