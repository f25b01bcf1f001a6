// The REST half of the contract: one method per call, answers checked, every failure an ApiProblem.
import type { Clock } from './clock'
import * as shapes from './shapes'
import { fields, optionalText, type Fields } from './shapes'
import type { PollRequest } from './long-poll'
import type { Call, CallId, EventId, IceAnswer, Joined, MediaState, Outgoing, PeerId, PollAnswer, RoomInfo, Tokens } from './types'

/**
 * RFC 9457 as the contract uses it, plus codes of our own for what is not our server's word and may be different in a
 * moment: `network` (no answer came), `bad-answer` (one that nobody can read) and `http-…` with the status (a proxy's own
 * page, or a captive portal's).
 */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly code: string
  /** 0 when our server gave no answer: what a proxy says of itself ends nothing. */
  readonly status: number
  readonly detail: string
  readonly retryable: boolean
  /** From Retry-After; 0 when the server named no time. */
  readonly retryAfterMs: number
  readonly errors: readonly { readonly field: string, readonly reason: string }[]
  /** With `call-exists`: the call that does. */
  readonly call: Call | null

  constructor(facts: { code: string, status: number, detail?: string, retryable: boolean, retryAfterMs?: number, errors?: ApiProblem['errors'], call?: Call | null }) {
    super(`${facts.code} (${facts.status})`)
    this.code = facts.code
    this.status = facts.status
    this.detail = facts.detail ?? ''
    this.retryable = facts.retryable
    this.retryAfterMs = facts.retryAfterMs ?? 0
    this.errors = facts.errors ?? []
    this.call = facts.call ?? null
  }
}

export interface ApiOptions {
  fetch: typeof fetch
  clock: Clock
  room: string
  /** The full token, asked for on each request since it is renewed; null before joining. */
  token(): string | null
  /** The server's clock on an answer that it gave at once. */
  onShortReply?(at: string | undefined): void
  /** A call as a request of ours has left it: the stream is to tell of it too. */
  onCall?(call: Call): void
}

/** The contract's base path; the app and its server share an origin. */
const base = '/api/v1'
/** How long one request may take before it counts as a network failure. */
const usualTimeoutMs = 10_000

const eventStream = 'text/event-stream'

export interface PeerPatch { name?: string, media?: MediaState, away?: true }

interface Request {
  method?: 'POST' | 'PATCH' | 'DELETE'
  body?: unknown
  signal?: AbortSignal | undefined
  timeoutMs?: number
  /** Outlives the page (fetch standard: keepalive), for the last word on pagehide. */
  keepalive?: boolean
  accept?: string
}

export class Api {
  readonly #options: ApiOptions
  readonly #room: string

  constructor(options: ApiOptions) {
    this.#options = options
    this.#room = `/rooms/${encodeURIComponent(options.room)}`
  }

  /** With a token of this room the same peer again, without one a new peer. */
  async join(body: { name?: string, passcode?: string }, signal?: AbortSignal): Promise<Joined> {
    return shaped(shapes.joined, await this.#request(`${this.#room}/peers`, { method: 'POST', body, signal }))
  }

  async renew(peer: PeerId, signal?: AbortSignal): Promise<Tokens> {
    return shaped(shapes.tokens, await this.#request(`${this.#peer(peer)}/token`, { method: 'POST', body: {}, signal }))
  }

  async patchPeer(peer: PeerId, body: PeerPatch, request: Pick<Request, 'signal' | 'keepalive'> = {}): Promise<void> {
    await this.#request(this.#peer(peer), { method: 'PATCH', body, ...request })
  }

  async leave(peer: PeerId): Promise<void> {
    await this.#request(this.#peer(peer), { method: 'DELETE', keepalive: true })
  }

  async room(signal?: AbortSignal): Promise<RoomInfo> {
    return shaped(shapes.roomInfo, await this.#request(this.#room, { signal }))
  }

  /** All or none. A single message goes as itself, so that curl and the app look alike on the wire. */
  async send(messages: readonly Outgoing[], signal?: AbortSignal): Promise<void> {
    const body = messages.length === 1 ? messages[0] : messages
    const { at } = shaped(shapes.receipt, await this.#request(`${this.#room}/messages`, { method: 'POST', body, signal }))
    this.#options.onShortReply?.(at)
  }

  /** `id` is the caller's own, so that a retry finds the call it made before. */
  async startCall(body: { id: CallId, video: boolean, note?: string, to?: readonly PeerId[] }, signal?: AbortSignal): Promise<Call> {
    return this.#act(`${this.#room}/calls`, body, signal)
  }

  async getCall(call: CallId, signal?: AbortSignal): Promise<Call> {
    return shaped(shapes.call, await this.#request(this.#call(call), { signal }))
  }

  async accept(call: CallId, signal?: AbortSignal): Promise<Call> {
    return this.#act(`${this.#call(call)}/accept`, {}, signal)
  }

  async decline(call: CallId, reason: 'declined' | 'busy', signal?: AbortSignal): Promise<Call> {
    return this.#act(`${this.#call(call)}/decline`, { reason }, signal)
  }

  async hangup(call: CallId, reason: 'hangup' | 'failed', signal?: AbortSignal): Promise<Call> {
    return this.#act(`${this.#call(call)}/hangup`, { reason }, signal)
  }

  async iceServers(signal?: AbortSignal): Promise<IceAnswer> {
    return shaped(shapes.iceAnswer, await this.#request('/ice-servers', { signal }))
  }

  /** Where EventSource reads. It cannot set headers, hence the stream token in the query (RFC 6750 §2.3). */
  streamUrl(streamToken: string, lastEventId: EventId): string {
    return base + this.#events({ access_token: streamToken, lastEventId })
  }

  /** The same stream, authorised by header; not a stream is an ApiProblem. It ends with the signal. */
  async openStream(lastEventId: EventId, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const { fetch } = this.#options
    const response = await fetch(base + this.#events({ lastEventId }), this.#init({ method: 'POST', accept: eventStream }, signal))
      .catch(() => { throw foreign('network') })
    if (!response.ok) throw problem(response, await response.text().catch(() => ''))
    const isStream = response.headers.get('Content-Type')?.startsWith(eventStream) === true
    if (!isStream || !response.body) throw foreign('bad-answer')
    return response.body
  }

  async poll({ lastEventId, waitSeconds, timeoutMs, signal }: PollRequest): Promise<PollAnswer> {
    const path = this.#events({ waitSeconds: String(waitSeconds), lastEventId })
    const answer = shaped(shapes.pollAnswer, await this.#request(path, { signal, timeoutMs }))
    if (waitSeconds === 0) this.#options.onShortReply?.(answer.at)
    return answer
  }

  #events({ lastEventId, ...more }: { lastEventId: EventId, waitSeconds?: string, access_token?: string }): string {
    return `${this.#room}/events?${new URLSearchParams({ ...more, ...(lastEventId !== '' && { lastEventId }) })}`
  }

  async #act(path: string, body: object, signal?: AbortSignal): Promise<Call> {
    const call = shaped(shapes.call, await this.#request(path, { method: 'POST', body, signal }))
    this.#options.onCall?.(call)
    return call
  }

  #peer(peer: PeerId): string {
    return `${this.#room}/peers/${encodeURIComponent(peer)}`
  }

  #call(call: CallId): string {
    return `${this.#room}/calls/${encodeURIComponent(call)}`
  }

  async #request(path: string, request: Request): Promise<unknown> {
    const { fetch, clock } = this.#options
    const aborter = new AbortController()
    const giveUp = () => aborter.abort()
    const cancelTimeout = clock.after(request.timeoutMs ?? usualTimeoutMs, giveUp)
    if (request.signal?.aborted) giveUp()
    request.signal?.addEventListener('abort', giveUp)
    try {
      const response = await fetch(base + path, this.#init(request, aborter.signal))
      return await read(response)
    } catch (error) {
      if (error instanceof ApiProblem) throw error
      const retryable = request.signal?.aborted !== true
      throw new ApiProblem({ code: 'network', status: 0, retryable })
    } finally {
      cancelTimeout()
      request.signal?.removeEventListener('abort', giveUp)
    }
  }

  #init({ method, body, keepalive, accept }: Request, signal: AbortSignal): RequestInit {
    const token = this.#options.token()
    return {
      method: method ?? 'GET',
      headers: {
        Accept: accept ?? 'application/json',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(token !== null && { Authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(keepalive && { keepalive }),
      signal,
      cache: 'no-store',
      credentials: 'omit',
    }
  }
}

async function read(response: Response): Promise<unknown> {
  if (response.status === 204) return null
  const body = await response.text()
  if (!response.ok) throw problem(response, body)
  try {
    return JSON.parse(body)
  } catch {
    throw foreign('bad-answer')
  }
}

function problem(response: Response, body: string): ApiProblem {
  const { status } = response
  const raw = parsed(body)
  const code = optionalText(raw['code'])
  const wait = retryAfterMs(response.headers.get('Retry-After'))
  // Contract: every problem of our server has both.
  if (code === undefined || typeof raw['retryable'] !== 'boolean') return foreign(`http-${status}`, wait)
  return new ApiProblem({
    code,
    status,
    detail: optionalText(raw['detail']) ?? '',
    retryable: raw['retryable'],
    retryAfterMs: wait,
    errors: fieldErrors(raw['errors']),
    call: callIn(raw),
  })
}

function parsed(body: string): Fields {
  try {
    return fields(JSON.parse(body), 'problem')
  } catch {
    return {}
  }
}

function fieldErrors(value: unknown): ApiProblem['errors'] {
  if (!Array.isArray(value)) return []
  return value.flatMap((entry: unknown) => {
    const { field, reason } = typeof entry === 'object' && entry !== null ? entry as Fields : {}
    return typeof field === 'string' ? [{ field, reason: optionalText(reason) ?? '' }] : []
  })
}

function callIn(raw: Fields): Call | null {
  try {
    return shapes.optionalCall(raw['call'])
  } catch {
    return null
  }
}

// RFC 9110 §10.2.3: seconds. The date form is for clocks that agree, which phones' do not.
function retryAfterMs(header: string | null): number {
  const seconds = Number(header ?? 0)
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0
}

function shaped<T>(decode: (value: unknown) => T, value: unknown): T {
  try {
    return decode(value)
  } catch {
    throw foreign('bad-answer')
  }
}

function foreign(code: string, retryAfterMs = 0): ApiProblem {
  return new ApiProblem({ code, status: 0, retryable: true, retryAfterMs })
}
