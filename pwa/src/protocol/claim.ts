// Which page has the seat, where several could: a tab that the browser duplicates brings a copy of its seat along, and the
// windows of the installed app share one. The server tells the page that lost it (`goodbye replaced`). But a page that sleeps,
// or has no connection, has not heard it when it wakes up: it would open its stream and take the seat back from where the
// person is now. So pages also tell each other, through the storage that all of them share. No token is in it.
import type { SeatStorage } from './seat'
import type { PeerId } from './types'

/** Its change is also a `storage` event in all other pages. */
export const claimsKey = 'yodel.pages'

/** Of peers that left without a word nobody takes the entry out. */
const keptEntries = 16

export class Claim {
  readonly #storage: SeatStorage | null
  readonly #page: string

  /** `page` is this page's own id. `storage` null: the server's word has to do. */
  constructor(storage: SeatStorage | null, page: string) {
    this.#storage = storage
    this.#page = page
  }

  /** This page is where the person is: opened, joined, or asked to take over. */
  make(peer: PeerId): void {
    const others = this.#entries().filter((entry) => !entry.startsWith(`${peer}:`))
    try {
      this.#storage?.setItem(claimsKey, [...others, `${peer}:${this.#page}`].slice(-keptEntries).join(' '))
    } catch {
      // Full or forbidden: the server's word has to do.
    }
  }

  /** Whether another page has claimed the seat since. */
  isLost(peer: PeerId): boolean {
    const entry = this.#entries().find((entry) => entry.startsWith(`${peer}:`))
    return entry !== undefined && entry !== `${peer}:${this.#page}`
  }

  #entries(): string[] {
    try {
      return this.#storage?.getItem(claimsKey)?.split(' ') ?? []
    } catch {
      return []
    }
  }
}
