// Findings in a language: for the screen, and as plain text for the report.
import type { Messages } from '../locales/en'
import type { Findings } from './checkup'
import type { Finding } from './findings'
import { type Ask, companyAsks, operatorAsks, yourAsks } from './verdict'

export function meaningOf({ way, state, reason, code = 0 }: Finding, { check }: Messages): string {
  switch (state) {
    case 'works': return check.works[way]
    case 'refused':
    case 'fails': return reason === 'refusal' ? check.refusal[refusalOf(code)](code) : check.reason[reason ?? 'no-answer'](code)
    case 'slow': return way === 'clock' ? check.clockDiffers : check.slow
    case 'held': return check.held
    case 'absent': return check.absent
    case 'waiting': return check.looking
    case 'unasked': return check.unasked
    default: return state satisfies never
  }
}

/** What a relay means by a code (RFC 8489 §14.8, RFC 8656 §19). */
function refusalOf(code: number): keyof Messages['check']['refusal'] {
  switch (code) {
    case 401: case 438: case 441: return 'credentials'
    case 403: return 'forbidden'
    case 486: case 508: return 'full'
    case 500: return 'error'
    default: return 'other'
  }
}

/** “12 ms”, “+0.4 s” for the clock; empty where there is none. */
export function delayOf({ way, delayMs }: Finding): string {
  if (delayMs === undefined) return ''
  if (way === 'clock') {
    const seconds = (Math.abs(delayMs) / 1000).toFixed(1)
    return `${seconds === '0.0' ? '' : delayMs < 0 ? '−' : '+'}${seconds} s`
  }
  return `${Math.round(delayMs)} ms`
}

export function verdictOf({ verdict }: Findings, { check }: Messages): string {
  if (!verdict) return check.looking
  const network = verdict.by ? check.through[verdict.by] : check.verdict[verdict.code]
  return verdict.shut ? check.shut[verdict.shut](network) : network
}

/** What one can do, what to ask an IT department for, and what whoever runs the server. */
export function asksOf({ verdict, ways }: Findings, { check }: Messages, origin: string): Record<'you' | 'company' | 'operator', string[]> {
  const code = ways.find(({ reason }) => reason === 'refusal')?.code
  const say = (ask: Ask) => {
    if (ask === 'refusal') return check.ask.refusal[code ? refusalOf(code) : 'other'](code ?? 0)
    return wayFor(ask, ways)?.reason === 'browser-forbids' ? check.ask.browser() : check.ask[ask](hostFor(ask, ways, origin))
  }
  const those = (whose: readonly Ask[]) => (verdict?.asks ?? []).filter((ask) => whose.includes(ask)).map(say)
  const isKnown = verdict?.code === 'through' || ways.every(({ reason }) => reason !== 'unexplained')
  return { you: [...(isKnown ? [] : [check.otherBrowser]), ...those(yourAsks)], company: those(companyAsks), operator: those(operatorAsks) }
}

/** Those that say something: where the page does not come, nothing is tried after it. */
export function told({ ways }: Findings): readonly Finding[] {
  return ways.filter(({ reason }) => reason !== 'not-tried')
}

/** What the wish is about, where that is a way to a relay. */
function wayFor(ask: Ask, ways: readonly Finding[]): Finding | undefined {
  const way = { connect: 'turn-tls', tcp: 'turn-tcp', udp: 'turn-udp' }[ask as string]
  return way === undefined ? undefined : ways.find((finding) => finding.way === way && finding.url) ?? ways.find((finding) => finding.way === 'stun-udp')
}

/** host:port of it. */
function hostFor(ask: Ask, ways: readonly Finding[], origin: string): string {
  const url = wayFor(ask, ways)?.url
  if (url) return url.replace(/^[a-z]+:/i, '').replace(/\?.*/, '')
  return ask === 'https' ? new URL(origin).origin.replace(/^http:/, 'https:') : new URL(origin).origin
}

/** For mails: no secret is in it. */
export function reportOf(findings: Findings, t: Messages, about: { origin: string, userAgent: string, at: Date }): string {
  const { you, company, operator } = asksOf(findings, t, about.origin)
  const { server } = findings
  const meaning = (finding: Finding) => finding.state === 'unasked' ? '' : ` ${meaningOf(finding, t)}`
  const line = (finding: Finding) => `- ${t.check.way[finding.way]}: ${t.check.state[finding.state]}${delayOf(finding) && ` (${delayOf(finding)})`}.${meaning(finding)}`
  const list = (title: string, lines: readonly string[]) => lines.length > 0 ? ['', title, ...lines.map((text) => `- ${text}`)] : []
  return [
    `Yodel ${about.origin}, ${about.at.toISOString()}`,
    verdictOf(findings, t),
    '',
    ...told(findings).map(line),
    ...list(t.check.askYou, you),
    ...list(t.check.askCompany, company),
    ...list(t.check.askOperator, operator),
    '',
    ...(server ? [t.check.server(server.version, server.tlsMode, server.address, server.forwardingHeaders.join(', '))] : []),
    about.userAgent,
  ].join('\n')
}
