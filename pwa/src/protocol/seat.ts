// The seat in a room: who we are there and the tokens that prove it. Kept in storage, so that a reload comes back as the
// same peer, and written whenever it changes: a killed page has no last moment. The stream's position is not part of it: a
// page that lost its memory starts from the snapshot of the join answer, and replayed offers of its former connections
// would only have to be dropped.
import type { Api } from './api'
import { ApiProblem } from './api'
import type { Clock } from './clock'
import { fields, optionalCall, optionalText, text } from './shapes'
import { retrying } from './retry'
import type { Call, CallId, PeerId } from './types'

export interface Seat {
  readonly room: string
  readonly peer: PeerId
  readonly name: string
  readonly token: string
  readonly streamToken: string
  /** RFC 3339. */
  readonly tokenExpiresAt: string
  /** The call we are in, and what we captured for it, so that a reload rejoins it muted as before. */
  readonly call: CallId | null
  /** The same as the server last described it, in case it forgets it; null before it has. */
  readonly described: Call | null
  readonly microphone: Capturing
  readonly camera: Capturing
  readonly facing: Facing
  /** When a page was last here in a call, in ms since 1970 by our clock; 0 for never. */
  readonly seenAtMs: number
}

/** `off`: captured and muted; `none`: not captured. */
type Capturing = 'on' | 'off' | 'none'
/** Of the camera, which may be off. */
type Facing = 'user' | 'environment'

/** What we use of session and local storage. Each method may throw where the person forbade storage. */
export interface SeatStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** Storage whose keys can be counted through. */
export type SeatShelf = SeatStorage & Pick<Storage, 'length' | 'key'>

const prefix = 'yodel.seat.'

export class SeatKeeper {
  readonly #storage: SeatStorage | null
  readonly #key: string
  #seat: Seat | null
  /** Whether storage has what we have: it may be full or forbidden. */
  #kept = true

  /** `storage` null: nothing survives a reload, all else works. */
  constructor(storage: SeatStorage | null, room: string) {
    this.#storage = storage
    this.#key = prefix + room
    this.#seat = read(storage, this.#key)
  }

  get seat(): Seat | null {
    return this.#seat
  }

  take(seat: Seat): void {
    this.#seat = seat
    this.#kept = this.#write(JSON.stringify(seat))
    if (!this.#kept) this.erase() // an older one would come back with the microphone open that was muted since
  }

  update(change: Partial<Omit<Seat, 'room' | 'peer'>>): void {
    if (this.#seat) this.take({ ...this.#seat, ...change })
  }

  /** Takes up what another page of the same storage has made of the seat meanwhile: newer tokens, another call, or nothing. */
  reread(): void {
    if (this.#kept) this.#seat = read(this.#storage, this.#key)
  }

  /** From storage alone: this page still has to say goodbye, and whoever comes after it is not to find the seat. */
  erase(): void {
    try {
      this.#storage?.removeItem(this.#key)
    } catch {
      // Forbidden: nothing is there.
    }
  }

  forget(): void {
    this.#seat = null
    this.erase()
  }

  #write(text: string): boolean {
    try {
      this.#storage?.setItem(this.#key, text)
      return this.#storage !== null
    } catch {
      return false // full or forbidden: the seat lasts as long as the page
    }
  }
}

/** The seats of all rooms that this storage has; what cannot be read is skipped. */
export function keptSeats(storage: SeatShelf | null): Seat[] {
  try {
    const keys = Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? '')
    return keys.filter((key) => key.startsWith(prefix)).flatMap((key) => read(storage, key) ?? [])
  } catch {
    return []
  }
}

export interface RenewalOptions {
  clock: Clock
  seats: SeatKeeper
  renew: (peer: PeerId, signal: AbortSignal) => ReturnType<Api['renew']>
  /** The server will not renew (401): the seat is lost. */
  onRefused(problem: ApiProblem): void
  signal: AbortSignal
}

/** Renews both tokens when four fifths of their time are over, for as long as the signal is not aborted. */
export function keepRenewed(options: RenewalOptions): void {
  const { clock, seats, signal } = options
  if (signal.aborted || !seats.seat) return
  const leftMs = Date.parse(seats.seat.tokenExpiresAt) - clock.now()
  const delayMs = Number.isFinite(leftMs) ? Math.max(leftMs * 0.8, 1_000) : 3_600_000
  const cancel = clock.after(Math.min(delayMs, 0x7fffffff), () => {
    signal.removeEventListener('abort', cancel)
    void renewOnce(options)
  })
  signal.addEventListener('abort', cancel)
}

async function renewOnce(options: RenewalOptions): Promise<void> {
  const { clock, seats, renew, onRefused, signal } = options
  const seat = seats.seat
  if (!seat) return
  try {
    seats.update(await retrying(() => renew(seat.peer, signal), { clock, signal, giveUpAfterMs: 600_000 }))
  } catch (error) {
    if (signal.aborted) return
    if (error instanceof ApiProblem && error.status === 401) return onRefused(error)
  }
  keepRenewed(options)
}

function read(storage: SeatStorage | null, key: string): Seat | null {
  try {
    const stored = storage?.getItem(key)
    if (!stored) return null
    const raw = fields(JSON.parse(stored), 'seat')
    return {
      room: text(raw['room'], 'room'),
      peer: text(raw['peer'], 'peer'),
      name: text(raw['name'], 'name'),
      token: text(raw['token'], 'token'),
      streamToken: text(raw['streamToken'], 'streamToken'),
      tokenExpiresAt: text(raw['tokenExpiresAt'], 'tokenExpiresAt'),
      call: optionalText(raw['call']) ?? null,
      described: optionalCall(raw['described']),
      microphone: capturing(raw['microphone']),
      camera: capturing(raw['camera']),
      facing: raw['facing'] === 'environment' ? 'environment' : 'user',
      seenAtMs: typeof raw['seenAtMs'] === 'number' ? raw['seenAtMs'] : 0,
    }
  } catch {
    return null // written by another version, or forbidden to read: as if there were none
  }
}

function capturing(value: unknown): Capturing {
  return value === 'on' || value === 'off' ? value : 'none'
}
