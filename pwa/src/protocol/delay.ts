// How late the events of one connection are, by the server's clock. Pure: time is what the caller says.
import type { StreamEvent } from './decode'

/** Later than this is late. */
export const latenessMs = 2_000
/** Heartbeats that were written so far apart … */
const apartMs = 2_000
/** … and come so close together were held back. */
const bunchMs = 500

export type Delay =
  | { name: 'unmeasured' }
  | { name: 'timely' }
  | { name: 'late', writtenMs: number } // by our own clock; −Infinity where that is not known

interface Heartbeat { readonly atMs: number, readonly arrivedMs: number, readonly writtenMs: number | null }

export class DelayMeter {
  #helloAtMs = -Infinity
  #heartbeat: Heartbeat | null = null

  /** `writtenMs`: the event's `at` by our own clock, null as long as the server's clock is not known. */
  take({ type, at }: Pick<StreamEvent, 'type' | 'at'>, writtenMs: number | null, nowMs: number): Delay {
    const atMs = Date.parse(at ?? '')
    if (type === 'hello' && Number.isFinite(atMs)) this.#helloAtMs = atMs
    if (type === 'hello' || !Number.isFinite(atMs)) return { name: 'unmeasured' }
    if (atMs < this.#helloAtMs) return { name: 'unmeasured' } // replayed: it is old, not late
    const before = this.#heartbeat
    if (type === 'heartbeat') this.#heartbeat = { atMs, arrivedMs: nowMs, writtenMs }
    if (type === 'heartbeat' && before && atMs - before.atMs > apartMs && nowMs - before.arrivedMs < bunchMs) {
      return { name: 'late', writtenMs: before.writtenMs ?? -Infinity }
    }
    if (writtenMs === null) return { name: 'unmeasured' }
    return nowMs - writtenMs > latenessMs ? { name: 'late', writtenMs } : { name: 'timely' }
  }
}
