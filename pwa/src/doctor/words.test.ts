import { expect, test } from 'vitest'
import { en } from '../locales/en'
import type { Findings } from './checkup'
import { type Finding, ways } from './findings'
import { judge } from './verdict'
import { asksOf, delayOf, reportOf, verdictOf } from './words'

const found: Partial<Record<Finding['way'], Partial<Finding>>> = {
  'sse': { state: 'held', delayMs: 1_512 },
  'clock': { delayMs: -1_240 },
  'stun-udp': { state: 'fails', reason: 'no-answer' },
  'turn-udp': { state: 'fails', reason: 'no-candidate', url: 'turn:call.example.org:443?transport=udp' },
  'turn-tls': { state: 'fails', reason: 'no-packet', url: 'turns:call.example.org:443?transport=tcp' },
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
    '- Relay over TLS: fails. The relay answers, but passes nothing on.',
    '- Secure address: works. The browser gives camera and microphone to it.',
    '- Camera: not tried.',
    '- Microphone: works. It opens.',
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
  expect(asksOf(early, en, 'https://call.example.org')).toEqual({ company: [], operator: [] })
  expect(delayOf({ way: 'page', state: 'waiting' })).toBe('')
})

test('a relay that works is named', () => {
  expect(verdictOf({ ...findings, verdict: { code: 'through', by: 'turn-tls', asks: [] } }, en)).toMatch(/relayed over TLS/)
})

test.each([[-1_240, '−1.2 s'], [440, '+0.4 s'], [-20, '0.0 s'], [20, '0.0 s']])('a clock that is off by %d ms', (delayMs, said) => {
  expect(delayOf({ way: 'clock', state: 'works', delayMs })).toBe(said)
})
