import { expect, test } from 'vitest'
import { en } from '../locales/en'
import { zh } from '../locales/zh'
import type { Findings } from './checkup'
import { Failure, failing, type Finding, ways } from './findings'
import { judge } from './verdict'
import { asksOf, delayOf, meaningOf, reportOf, told, verdictOf } from './words'

const found: Partial<Record<Finding['way'], Partial<Finding>>> = {
  'sse': { state: 'held', delayMs: 1_512 },
  'clock': { delayMs: -1_240 },
  'stun-udp': { state: 'fails', reason: 'no-answer' },
  'turn-udp': { state: 'fails', reason: 'no-candidate', url: 'turn:call.example.org:443?transport=udp' },
  'turn-tls': { state: 'fails', reason: 'unexplained', url: 'turns:call.example.org:443?transport=tcp' },
  'turn-tcp': { state: 'absent' },
  'camera': { state: 'unasked' },
}
const all = ways.map((way): Finding => ({ way, state: 'works', ...found[way] }))
const findings: Findings = {
  ways: all,
  verdict: judge(Object.fromEntries(all.map(({ way, state }) => [way, state as never]))),
  server: {
    version: 'v1', address: '192.0.2.7', origin: 'https://call.example.org', tlsMode: 'auto', forwardingHeaders: ['Via'], relay: 'inside', urls: new Map(),
  },
}

test('the report says all of it in plain text', () => {
  const report = reportOf(findings, en, { origin: 'https://call.example.org', userAgent: 'Browser/1', at: new Date('2026-03-01T09:30:00.000Z') })
  expect(report.split('\n')).toEqual([
    'Yodel https://call.example.org, 2026-03-01T09:30:00.000Z',
    'Calls do not get through: the server is reachable, media is blocked.',
    '',
    '- Page and server: works. The server answers.',
    '- Events (SSE): held back (1512 ms). Somebody on the way holds the events back. Yodel takes another way.',
    '- Events by POST: works. Events come as they are said.',
    '- Events by long-poll: works. Events come as they are said.',
    '- Clock: works (−1.2 s). It agrees with the server’s.',
    '- UDP (STUN): fails. No answer.',
    '- Relay over UDP: fails. The relay cannot be reached this way.',
    '- Relay over TCP: not offered. This server does not offer it.',
    '- Relay over TLS: fails. Nothing came of it, and this browser does not say why.',
    '- Secure address: works. The browser gives camera and microphone to it.',
    '- Camera: not tried.',
    '- Microphone: works. It opens.',
    '',
    'What you can do:',
    '- Check with Chrome or Edge as well: this browser does not say why a relay fails.',
    '',
    'Ask the IT department:',
    '- Allow CONNECT call.example.org:443, and exempt it from TLS inspection.',
    '- Do not hold back answers of type text/event-stream from https://call.example.org.',
    '',
    'Server v1, TLS: auto; it sees this device at 192.0.2.7, with Via.',
    'Browser/1',
  ])
})

test('nothing is said before all is known', () => {
  const early: Findings = { ways: [{ way: 'page', state: 'waiting' }], verdict: null, server: null }
  expect(verdictOf(early, en)).toBe('Looking…')
  expect(asksOf(early, en, 'https://call.example.org')).toEqual({ you: [], company: [], operator: [] })
  expect(delayOf({ way: 'page', state: 'waiting' })).toBe('')
})

const refusing = (code: number): Findings => {
  const refused = ways.map((way): Finding => way.startsWith('turn-') ? failing(way, new Failure('refusal', code)) : { way, state: way === 'stun-udp' ? 'fails' : 'works' })
  return { ...findings, ways: refused, verdict: judge(Object.fromEntries(refused.map(({ way, state }) => [way, state as never]))) }
}

test.each([
  [401, 'does not take the name and password', 'the same secret'], [438, 'does not take the name and password', 'the same secret'], [403, 'forbids it (403)', 'why it refuses'],
  [486, 'as many are open as it allows (486)', 'Allow more relays'], [508, 'as many are open', 'Allow more relays'], [500, 'an error of its own', 'its error (500)'], [437, 'refuses (437)', 'why it refuses'],
])('a relay that answers %d is not the network’s fault', (code, says, asks) => {
  const refused = refusing(code)
  expect(verdictOf(refused, en)).toBe('Calls do not get through: the way to the relay is open, but it refuses to relay.')
  expect(meaningOf(refused.ways.find(({ way }) => way === 'turn-tls')!, en)).toContain(says)
  const { company, operator } = asksOf(refused, en, 'https://call.example.org')
  expect(company).toEqual([])
  expect(operator.join()).toContain(asks)
  expect(meaningOf(refused.ways.find(({ way }) => way === 'turn-tls')!, zh)).toContain(`（${code}）`)
})

test('where the page does not come, what was not tried is left out', () => {
  const none = ways.map((way): Finding => way === 'page' ? failing(way, new Failure('gateway', 502)) : { way, state: 'fails', reason: 'not-tried' })
  const down: Findings = { ways: none, server: null, verdict: judge({}, 'gateway') }
  expect(told(down)).toHaveLength(1)
  expect(reportOf(down, en, { origin: 'https://call.example.org', userAgent: 'Browser/1', at: new Date(0) }).split('\n').slice(1)).toEqual([
    'Calls do not get through: something answers, but the server behind it does not.',
    '',
    '- Page and server: fails. Something in front of the server answered, but cannot reach the server itself (502).',
    '',
    'What you can do:',
    '- Check again in a minute.',
    '',
    'Ask whoever runs this server:',
    '- Is the server of https://call.example.org running?',
    '',
    'Browser/1',
  ])
})

test('a relay that works is named', () => {
  expect(verdictOf({ ...findings, verdict: { code: 'through', by: 'turn-tls', shut: null, asks: [] } }, en)).toMatch(/relayed over TLS/)
})

test.each([[-1_240, '−1.2 s'], [440, '+0.4 s'], [-20, '0.0 s'], [20, '0.0 s']])('a clock that is off by %d ms', (delayMs, said) => {
  expect(delayOf({ way: 'clock', state: 'works', delayMs })).toBe(said)
})
