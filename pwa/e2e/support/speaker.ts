// Somebody who goes on speaking to another page in the name of a peer, so that a fault always has something to lose.
// A word is a candidate for an address that leads nowhere: the app hands it to the browser exactly once and in order
// or breaks the promise that everything rests on (RFC 8838 §9). Posted as the contract advises: one at a time, with an
// id, again until answered.
import { expect } from 'vitest'
import type { Person } from './person'
import { pause, until } from './until'
import { heard } from './watch'

interface Seat { peer: string, token: string, call: string | null }

const attemptMs = 2_000
const betweenAttemptsMs = 200

export class Speaker {
  readonly #seat: Seat
  readonly #url: string
  readonly #hearer: Person
  readonly #to: string
  #spoken: Promise<unknown> = Promise.resolve()
  #count = 0
  #talking: Promise<void> | null = null
  #silent = false

  private constructor(url: string, seat: Seat, hearer: Person, to: string) {
    this.#url = url
    this.#seat = seat
    this.#hearer = hearer
    this.#to = to
  }

  /** Both are in a call. `server`: where the words are posted, which may be another way than the pages have. */
  static async from(speaker: Person, hearer: Person, server: { url: string }, room = 'valley'): Promise<Speaker> {
    const [seat, { peer }] = await Promise.all([seatOf(speaker, room), seatOf(hearer, room)])
    if (seat.call === null) throw new Error(`${speaker.name} is not in a call`)
    return new Speaker(`${server.url}/api/v1/rooms/${room}/messages`, seat, hearer, peer)
  }

  /** One word; resolves once it is acknowledged. */
  say(): Promise<void> {
    const word = this.#count++
    const spoken = this.#spoken.then(() => this.#post(word))
    this.#spoken = spoken
    return spoken
  }

  /** Says one word and resolves with when the other page heard it. */
  async told(timeoutMs?: number): Promise<number> {
    const word = String(this.#count)
    void this.say()
    const all = await until(`${this.#hearer.name} hears word ${word}`, () => heard(this.#hearer), now => now.some(each => each.word === word), timeoutMs)
    return all.find(each => each.word === word)!.at
  }

  /** A word every so often, until everythingIsHeard(). */
  talk(everyMs = 100): void {
    this.#silent = false
    this.#talking = (async () => {
      while (!this.#silent) {
        await this.say()
        await pause(everyMs)
      }
    })()
  }

  /** Stops talking; each word was heard exactly once and in order. Resolves with how many. */
  async everythingIsHeard(): Promise<number> {
    this.#silent = true
    await this.#talking
    await this.#spoken
    const words = Array.from({ length: this.#count }, (_, word) => String(word))
    await until(`${this.#hearer.name} has heard ${words.length} words`, async () => (await heard(this.#hearer)).length, count => count >= words.length)
    expect((await heard(this.#hearer)).map(({ word }) => word), `the words that ${this.#hearer.name} heard`).toEqual(words)
    return words.length
  }

  async #post(word: number): Promise<void> {
    const body = JSON.stringify({
      id: crypto.randomUUID(), to: this.#to, call: this.#seat.call, type: 'candidate',
      data: { candidate: `candidate:word${word} 1 tcp 1 192.0.2.1 9 typ host tcptype active`, sdpMid: '0', sdpMLineIndex: 0 },
    })
    for (;;) {
      const response = await fetch(this.#url, { method: 'POST', body, headers: { Authorization: `Bearer ${this.#seat.token}` }, signal: AbortSignal.timeout(attemptMs) }).catch(() => null)
      if (response?.status === 202) return
      const { retryable = true } = response ? await response.json().catch(() => ({})) as { retryable?: boolean } : {}
      if (!retryable) throw new Error(`word ${word} was refused with ${response?.status}`)
      await pause(betweenAttemptsMs)
    }
  }
}

/** What the page keeps of its seat. */
export async function seatOf(person: Person, room = 'valley'): Promise<Seat> {
  const seat = await person.window.evaluate((key) => {
    const kept = sessionStorage.getItem(key) ?? localStorage.getItem(key)
    return kept === null ? null : JSON.parse(kept) as Seat
  }, `yodel.seat.${room}`)
  if (!seat) throw new Error(`${person.name} has no seat`)
  return seat
}
