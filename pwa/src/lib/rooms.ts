// The two questions asked before there is a seat: make a room, and what is known of one.
import type { Problem } from '../call/view'

export interface NewRoom {
  readonly room?: string
  readonly passcode?: string
  readonly callCapacity?: number
}

export type Asked<T> = { readonly ok: true, readonly value: T } | { readonly ok: false, readonly problem: Problem }

/** Creates a room; without `room` the server picks a name nobody can guess. */
export async function makeRoom(wanted: NewRoom, fetcher: typeof fetch = fetch): Promise<Asked<{ room: string }>> {
  const asked = await ask('/api/v1/rooms', { method: 'POST', body: JSON.stringify(wanted) }, fetcher)
  if (!asked.ok) return asked
  const room = asked.value['room']
  return typeof room === 'string' ? { ok: true, value: { room } } : { ok: false, problem: unexpected }
}

/** What the door of a room shows. A room that does not exist yet is made by joining it, so it is an open one. */
export async function lookAt(room: string, fetcher: typeof fetch = fetch): Promise<Asked<{ passcodeRequired: boolean, peerCount: number }>> {
  const asked = await ask(`/api/v1/rooms/${room}`, {}, fetcher)
  if (!asked.ok) return asked.problem.code === 'room-not-found' ? { ok: true, value: { passcodeRequired: false, peerCount: 0 } } : asked
  const { passcodeRequired, peerCount } = asked.value
  return { ok: true, value: { passcodeRequired: passcodeRequired === true, peerCount: typeof peerCount === 'number' ? peerCount : 0 } }
}

const unexpected: Problem = { code: 'unexpected', ways: ['retry'] }

async function ask(path: string, init: RequestInit, fetcher: typeof fetch): Promise<Asked<Record<string, unknown>>> {
  try {
    const response = await fetcher(path, { ...init, signal: AbortSignal.timeout(15_000) })
    const body: unknown = await response.json()
    const value = typeof body === 'object' && body !== null ? body as Record<string, unknown> : {}
    return response.ok ? { ok: true, value } : { ok: false, problem: problemOf(value) }
  } catch {
    return { ok: false, problem: { code: 'server-unreachable', ways: ['retry'] } }
  }
}

function problemOf(body: Record<string, unknown>): Problem {
  const { code, detail } = body
  if (typeof code !== 'string') return unexpected
  return { code, ways: [], ...(typeof detail === 'string' ? { detail } : {}) }
}
