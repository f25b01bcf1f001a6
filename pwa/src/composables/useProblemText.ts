// The sentence for a problem, and what to do about it where that takes another. Codes without one get a general sentence
// and the server's own words, small.
import type { Problem } from '../call/view'
import type { Messages } from '../locales/en'

/** Server codes that mean the same to a person. */
const sameAs: Record<string, string> = {
  'too-many-passcodes': 'rate-limited',
  'too-many-joins': 'rate-limited',
  'too-many-messages': 'rate-limited',
  'too-many-probes': 'rate-limited',
  'too-many-rooms': 'server-busy',
  'too-many-streams': 'server-busy',
  'room-log-full': 'server-busy',
  'storage-unavailable': 'server-busy',
  'draining': 'server-busy',
  'token-expired': 'token-revoked',
  'token-invalid': 'token-revoked',
  'token-missing': 'token-revoked',
  'token-wrong-room': 'token-revoked',
  'not-your-peer': 'token-revoked',
  'peer-not-found': 'token-revoked',
  'call-not-found': 'call-over',
  'not-in-call': 'call-over',
  'not-invited': 'call-over',
  'bad-request': 'not-understood',
  'body-too-large': 'not-understood',
  'method-not-allowed': 'not-understood',
  'not-found': 'not-understood',
}

export function problemText(problem: Problem, t: Messages): { sentence: string, detail: string | undefined } {
  const sentences: Record<string, string> = t.problem
  const advice: Record<string, string> = t.advice
  const code = sameAs[problem.code] ?? problem.code
  const known = Object.hasOwn(sentences, code) ? sentences[code] : undefined
  if (known !== undefined && problem.lacking) return { sentence: known, detail: t.lacking[problem.lacking] }
  return known === undefined || code === 'unexpected'
    ? { sentence: t.problem.unexpected, detail: problem.detail ?? (code === 'unexpected' ? undefined : code) }
    : { sentence: known, detail: Object.hasOwn(advice, code) ? advice[code] : undefined }
}
