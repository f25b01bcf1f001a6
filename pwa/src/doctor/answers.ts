// What an answer is that is not the one asked for: of a proxy, a portal to sign in to, another site.
import { type AnswerReason, Failure } from './findings'
import type { Tools } from './tools'

const reasons: Readonly<Record<number, AnswerReason>> = {
  401: 'wants-login', 403: 'forbidden', 404: 'not-found', 451: 'forbidden', 502: 'gateway', 503: 'gateway', 504: 'gateway', 511: 'sent-on',
}

/** Asks, and throws a Failure unless the answer is a good one. A redirect is never one: ours sends nobody on. */
export async function ask(fetch: Tools['fetch'], path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, { ...init, redirect: 'manual', cache: 'no-store', credentials: 'omit' }).catch(() => { throw new Failure('unconnected') })
  if (response.type === 'opaqueredirect') throw new Failure('sent-on')
  if (!response.ok) throw new Failure(reasonOf(response), response.status)
  return response
}

function reasonOf({ status, headers }: Response): AnswerReason {
  if (status === 429 && headers.get('Content-Type')?.startsWith('application/problem+json')) return 'too-often'
  return reasons[status] ?? (status >= 500 ? 'server-error' : 'not-ours')
}
