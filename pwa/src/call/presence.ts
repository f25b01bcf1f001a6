// What the room shows of us: microphone and camera. One PATCH at a time, the latest wins.
import { retrying } from '../protocol/retry'
import type { Clock } from '../protocol/clock'
import type { PeerPatch } from '../protocol/api'
import type { MediaState } from '../protocol/types'

export interface PresenceOptions {
  clock: Clock
  patch(change: PeerPatch): Promise<void>
}

export class Presence {
  readonly #options: PresenceOptions
  /** As the server has it, or is being told; null outside a room. */
  #told: MediaState | null = null
  #wanted: MediaState | null = null
  #telling = false

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  /** What the server says of us in a join answer or `hello`. Null: we are in no room. */
  learn(media: MediaState | null): void {
    this.#told = media
    if (!media) this.#wanted = null // what was captured then is not what will be
    void this.#tell()
  }

  /** What is captured now. The others see it once the server was told. */
  report(media: MediaState): void {
    this.#wanted = media
    void this.#tell()
  }

  async #tell(): Promise<void> {
    if (this.#telling) return
    this.#telling = true
    try {
      while (this.#told && this.#wanted && !same(this.#told, this.#wanted)) {
        const media = this.#wanted
        await retrying(() => this.#options.patch({ media: this.#wanted ?? media }), { clock: this.#options.clock, giveUpAfterMs: 30_000 })
        if (this.#told) this.#told = media
      }
    } catch {
      // Told again with the next change or `hello`.
    } finally {
      this.#telling = false
    }
  }
}

function same(a: MediaState, b: MediaState): boolean {
  return a.audio === b.audio && a.video === b.video && a.screen === b.screen
}
