// One look at everything: each way as soon as it is known, and then what it comes to. It takes a seat in a room of its own,
// for only who has one may relay, and gives it back.
import type { Environment } from '../call/environment'
import { Api } from '../protocol/api'
import type { Joined } from '../protocol/types'
import { Failure, failing, type Finding, relayWays, type State, type Way, ways } from './findings'
import { lookAtMedia } from './media'
import { lookAtStun, lookAtTurn } from './relays'
import { greet, isThere, type Server } from './server'
import { lookAtLongPoll, lookAtPostStream, lookAtSse } from './streams'
import type { Tools } from './tools'
import { judge, type Verdict } from './verdict'

/** Replaced whole on every change. */
export interface Findings {
  /** In the order of `ways`. */
  readonly ways: readonly Finding[]
  /** Null until all is known. */
  readonly verdict: Verdict | null
  readonly server: Server | null
}

/** A browser takes about ten seconds to find that a STUN server does not answer. */
const patienceMs = 12_000
/** Beyond this certificates may not be good yet, or any more. */
const clockLimitMs = 60_000
const mediaWays: readonly Way[] = ['camera', 'microphone']

export class Checkup {
  readonly #environment: Environment
  readonly #onChange: (findings: Findings) => void
  readonly #over = new AbortController()
  readonly #found = new Map<Way, Finding>()
  #server: Server | null = null
  #isOver = false

  constructor(environment: Environment, onChange: (findings: Findings) => void) {
    this.#environment = environment
    this.#onChange = onChange
  }

  get findings(): Findings {
    const unknown = (way: Way): Finding => ({ way, state: mediaWays.includes(way) ? 'unasked' : 'waiting' })
    const all = ways.map((way) => this.#found.get(way) ?? unknown(way))
    return { ways: all, verdict: this.#isOver ? this.#judge(all) : null, server: this.#server }
  }

  /** Once for each Checkup. */
  async run(): Promise<void> {
    if (this.#environment.isSecureContext) this.#note({ way: 'secure-origin', state: 'works' })
    else for (const way of ['secure-origin', ...mediaWays] as const) this.#note({ way, state: 'fails', reason: 'insecure' })
    try {
      const { server, tookMs, aheadMs } = await greet(this.#tools)
      this.#server = server
      this.#note({ way: 'page', state: 'works', delayMs: tookMs })
      this.#note({ way: 'clock', state: Math.abs(aheadMs) > clockLimitMs ? 'slow' : 'works', delayMs: aheadMs })
      await Promise.all([
        this.#look('sse', () => lookAtSse(this.#tools, aheadMs)),
        this.#look('post-stream', () => lookAtPostStream(this.#tools, aheadMs)),
        this.#look('long-poll', () => lookAtLongPoll(this.#tools, aheadMs)),
        this.#lookAtRelays(server),
      ])
      if (this.findings.ways.some(({ way, state }) => state === 'fails' && way !== 'secure-origin' && !mediaWays.includes(way)) && !await isThere(this.#tools)) throw new Failure('went-away')
    } catch (error) {
      this.#note(failing('page', error))
      for (const { way, state } of this.findings.ways) if (state === 'waiting') this.#note({ way, state: 'fails', reason: 'not-tried' })
    }
    this.#isOver = true
    this.#tell()
  }

  async askForMedia(): Promise<void> {
    for (const finding of await lookAtMedia(this.#environment.mediaDevices)) this.#note(finding)
  }

  dispose(): void {
    this.#over.abort()
  }

  get #tools(): Tools {
    return { ...this.#environment, patienceMs, signal: this.#over.signal }
  }

  async #look(way: Way, look: () => Promise<Finding>): Promise<void> {
    this.#note(await look().catch((error: unknown) => failing(way, error)))
  }

  async #lookAtRelays({ urls }: Server): Promise<void> {
    for (const way of relayWays) if (!urls.has(way)) this.#note({ way, state: 'absent' })
    if (urls.size === 0 || this.#over.signal.aborted) return
    const { clock, fetch, uuid } = this.#environment
    let token: string | null = null
    const api = new Api({ clock, fetch, room: `check-${uuid()}`, token: () => token })
    let joined: Joined
    try {
      joined = await api.join({}) // to its end, even where all is ended: a seat that nobody knows of cannot be left
      token = joined.token
    } catch {
      for (const [way, url] of urls) this.#note({ ...failing(way, new Failure('no-seat')), url })
      return
    }
    await Promise.all([...urls].map(([way, url]) => this.#look(way, () => this.#lookAtUrl(way, url, joined.iceServers)).then(() => this.#name(way, url))))
    await api.leave(joined.peer.id).catch(() => undefined) // else the seat is empty half a minute later
  }

  #lookAtUrl(way: typeof relayWays[number], url: string, servers: readonly RTCIceServer[]): Promise<Finding> {
    if (way === 'stun-udp') return lookAtStun(this.#tools, url)
    const server = servers.find(({ urls }) => urls.includes(url))
    return lookAtTurn(this.#tools, way, { ...server, urls: url })
  }

  #name(way: Way, url: string): void {
    const finding = this.#found.get(way)
    if (finding) this.#note({ ...finding, url })
  }

  #judge(all: readonly Finding[]): Verdict {
    return judge(Object.fromEntries(all.map(({ way, state }) => [way, state as State])), this.#found.get('page')?.reason)
  }

  #note(finding: Finding): void {
    this.#found.set(finding.way, finding)
    this.#tell()
  }

  #tell(): void {
    if (!this.#over.signal.aborted) this.#onChange(this.findings)
  }
}
