// The installed app, killed in mid-call, opens at its first page: which room to go back to.
import { Api, ApiProblem } from '../protocol/api'
import { Nudge, retrying } from '../protocol/retry'
import { keptSeats, SeatKeeper, type Seat, type SeatShelf } from '../protocol/seat'
import { browserEnvironment, type Environment } from './environment'
import { seatStorage } from './storage'
import type { KeptCall } from './view'

/** The server ends a call that nobody came back to after two minutes; while it was down itself it waited. */
const shortWhileMs = 600_000

export type KeptOptions = Pick<Environment, 'clock' | 'fetch' | 'window' | 'document'> & { storage: SeatShelf | null }

/**
 * The latest call among the seats of all rooms. A seat that no server would take any more is forgotten, and so is one of a call
 * of hours ago: nobody wants to be taken there. Seats without a call stay: a room's own page is where they are of use.
 */
export function keptCall(options: KeptOptions = { ...browserEnvironment(), storage: seatStorage() }): KeptCall | null {
  const { storage, clock } = options
  const forget = ({ room }: Seat) => new SeatKeeper(storage, room).forget()
  const isOld = ({ call, seenAtMs }: Seat) => call !== null && Math.abs(clock.now() - seenAtMs) > shortWhileMs
  const seats = keptSeats(storage)
  for (const seat of seats) if (Date.parse(seat.tokenExpiresAt) <= clock.now() || isOld(seat)) forget(seat)
  const [latest] = keptSeats(storage).filter(({ call }) => call !== null).toSorted((a, b) => b.seenAtMs - a.seenAtMs)
  return latest ? { room: latest.room, isOn: (signal) => isOn(options, latest.room, () => forget(latest), signal) } : null
}

/** Asked without a token: whoever shows one is in the room again, and would be seen there and rung. */
async function isOn(options: KeptOptions, room: string, forget: () => void, signal: AbortSignal): Promise<boolean> {
  const { fetch, clock } = options
  const api = new Api({ fetch, clock, room, token: () => null })
  const callOn = await retrying((aborted) => api.room(aborted), { clock, signal, nudge: wakeUps(options, signal) }).then(
    (info) => info.callOn,
    (error: unknown) => error instanceof ApiProblem && error.code === 'room-not-found' ? false : null,
  )
  if (callOn === false) forget()
  return callOn === true
}

function wakeUps({ window, document }: KeptOptions, signal: AbortSignal): Nudge {
  const nudge = new Nudge()
  window.addEventListener('online', () => nudge.give(), { signal })
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') nudge.give() }, { signal })
  return nudge
}
