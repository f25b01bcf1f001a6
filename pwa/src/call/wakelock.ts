// Keeps the screen on during a call, where the browser can and the battery allows.
import type { Environment } from './environment'

export class ScreenLock {
  readonly #environment: Pick<Environment, 'wakeLock' | 'document'>
  #wanted = false
  #sentinel: WakeLockSentinel | null = null
  #asking = false

  constructor(environment: Pick<Environment, 'wakeLock' | 'document'>, signal: AbortSignal) {
    this.#environment = environment
    // The browser takes the lock away with every change of tab.
    environment.document.addEventListener('visibilitychange', () => void this.#settle(), { signal })
    signal.addEventListener('abort', () => this.hold(false))
  }

  hold(wanted: boolean): void {
    this.#wanted = wanted
    void this.#settle()
  }

  async #settle(): Promise<void> {
    const { wakeLock, document } = this.#environment
    if (!this.#wanted) {
      const sentinel = this.#sentinel
      this.#sentinel = null
      return void sentinel?.release().catch(() => undefined)
    }
    if (!wakeLock || this.#asking || document.visibilityState !== 'visible' || (this.#sentinel && !this.#sentinel.released)) return
    this.#asking = true
    this.#sentinel = await wakeLock.request('screen').catch(() => null) // low battery: not ours to decide
    this.#asking = false
    if (!this.#wanted) void this.#settle()
  }
}
