// How events travel: the doctor's own short stream, by GET and by POST, and its long-poll. They need no room.
import { latenessMs } from '../protocol/delay'
import { fields, list, text } from '../protocol/shapes'
import { SseParser } from '../protocol/sse-parser'
import { ask } from './answers'
import { Failure, type Finding, type Way } from './findings'
import { type Tools, within } from './tools'

const path = '/api/v1/doctor/events'
const types = ['hello', 'heartbeat', 'goodbye']
/** A stream whose events come within this part of the time they took to write was held back. */
const heldPart = 0.5

/** One event: when it was written, by the server's clock, and when it came, by ours. */
export interface Arrival { readonly writtenMs: number, readonly arrivedMs: number }

/** `aheadMs`: how far our clock is ahead of the server's. */
export function streamFinding(way: Way, arrivals: readonly Arrival[], aheadMs: number): Finding {
  const delayMs = Math.max(0, ...arrivals.map(({ writtenMs, arrivedMs }) => arrivedMs - aheadMs - writtenMs))
  const [first, last] = [arrivals[0], arrivals.at(-1)]
  if (!first || !last) return { way, state: 'fails', reason: 'cut' }
  const isHeld = last.arrivedMs - first.arrivedMs < (last.writtenMs - first.writtenMs) * heldPart
  return { way, state: isHeld ? 'held' : delayMs > latenessMs ? 'slow' : 'works', delayMs }
}

export async function lookAtSse(tools: Tools, aheadMs: number): Promise<Finding> {
  const { clock, fetch, openEventSource } = tools
  const arrivals: Arrival[] = []
  return within(tools, (signal) => new Promise((resolve, reject) => {
    const source = openEventSource(path)
    signal.addEventListener('abort', () => source.close())
    for (const type of types) {
      source.addEventListener(type, (message) => {
        try {
          arrivals.push(arrival((message as MessageEvent<unknown>).data, clock.now()))
        } catch (error) {
          return reject(error as Error)
        }
        if (type === 'goodbye') resolve(streamFinding('sse', arrivals, aheadMs))
      })
    }
    source.addEventListener('error', () => { // not one that came back by itself
      source.close()
      void whyNot(fetch, arrivals, signal).then(reject)
    })
  }))
}

/** An EventSource does not say what became of it: the same question by fetch does. */
async function whyNot(fetch: Tools['fetch'], arrivals: readonly Arrival[], signal: AbortSignal): Promise<Failure> {
  if (arrivals.length > 0) return new Failure('cut')
  const again = ask(fetch, path, { headers: { Accept: 'text/event-stream' }, signal })
  return again.then(({ body }) => { void body?.cancel(); return new Failure('no-stream') }, (error: unknown) => error instanceof Failure ? error : new Failure('no-stream'))
}

export async function lookAtPostStream(tools: Tools, aheadMs: number): Promise<Finding> {
  const { clock, fetch } = tools
  return within(tools, async (signal) => {
    const response = await ask(fetch, path, { method: 'POST', headers: { Accept: 'text/event-stream' }, signal })
    const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream') === true
    if (!isStream || !response.body) throw new Failure('not-ours')
    const reader = response.body.getReader()
    const parser = new SseParser()
    const arrivals: Arrival[] = []
    for (;;) {
      const { done, value } = await reader.read().catch(() => { throw new Failure('cut') })
      if (done) throw new Failure('cut')
      for (const { type, data } of parser.push(value)) {
        arrivals.push(arrival(data, clock.now()))
        if (type === 'goodbye') return streamFinding('post-stream', arrivals, aheadMs)
      }
    }
  })
}

export async function lookAtLongPoll(tools: Tools, aheadMs: number): Promise<Finding> {
  const { clock, fetch } = tools
  return within(tools, async (signal) => {
    const response = await ask(fetch, `${path}?waitSeconds=1`, { headers: { Accept: 'application/json' }, signal })
    const arrivedMs = clock.now()
    const body: unknown = await response.json().catch(() => null)
    const delayMs = Math.max(0, arrivedMs - aheadMs - writtenAt(body))
    return { way: 'long-poll', state: delayMs > latenessMs ? 'slow' : 'works', delayMs }
  })
}

function writtenAt(answer: unknown): number {
  try {
    const raw = fields(answer, 'answer')
    if (list(raw['events'], 'events').length === 0) throw new Failure('not-ours')
    return time(raw['at'])
  } catch {
    throw new Failure('not-ours')
  }
}

function arrival(data: unknown, arrivedMs: number): Arrival {
  try {
    return { writtenMs: time(fields(JSON.parse(String(data)), 'event')['at']), arrivedMs }
  } catch {
    throw new Failure('not-ours')
  }
}

function time(value: unknown): number {
  const ms = Date.parse(text(value, 'at'))
  if (!Number.isFinite(ms)) throw new Failure('not-ours')
  return ms
}
