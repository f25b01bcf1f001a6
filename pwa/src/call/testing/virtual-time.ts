// Time that passes only where a test lets it, and chance that repeats itself: whole calls run in a few milliseconds.
import type { Clock } from '../../protocol/clock'

/** Tests run in Node; the app's types know browsers alone. */
const { setImmediate } = globalThis as unknown as { setImmediate(task: () => void): void }

interface Task { readonly atMs: number, readonly run: () => void }

export class VirtualTime implements Clock {
  #nowMs = Date.parse('2026-03-01T09:30:00.000Z')
  /** In the order in which they are due; of two at one moment the one planned earlier is first. */
  #tasks: Task[] = []
  #seed: number

  constructor(seed: number) {
    this.#seed = seed | 0
  }

  now(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): () => void {
    const task = { atMs: this.#nowMs + Math.max(0, delayMs), run }
    let at = this.#tasks.length
    while (at > 0 && this.#tasks[at - 1]!.atMs > task.atMs) at--
    this.#tasks.splice(at, 0, task)
    return () => { this.#tasks = this.#tasks.filter((each) => each !== task) }
  }

  /** mulberry32: small, and good enough to shuffle a network. */
  random(): number {
    this.#seed = this.#seed + 0x6d2b79f5 | 0
    let bits = Math.imul(this.#seed ^ this.#seed >>> 15, 1 | this.#seed)
    bits = bits + Math.imul(bits ^ bits >>> 7, 61 | bits) ^ bits
    return ((bits ^ bits >>> 14) >>> 0) / 2 ** 32
  }

  /** A whole number of milliseconds, at most `mostMs`. */
  upTo(mostMs: number): number {
    return Math.floor(this.random() * (mostMs + 1))
  }

  chance(probability: number): boolean {
    return this.random() < probability
  }

  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve))
  }

  /** Lets so much time pass. After each task everything runs that was only waiting for a promise. */
  async pass(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs
    await settled()
    for (let task = this.#tasks[0]; task && task.atMs <= untilMs; task = this.#tasks[0]) {
      this.#tasks.shift()
      this.#nowMs = task.atMs
      task.run()
      await settled()
    }
    this.#nowMs = untilMs
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
