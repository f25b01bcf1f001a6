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

/** Posts once; the answer, or null where there was none. */
type Post = (path: string, token: string, body: string) => Promise<Answer | null>
interface Answer { status: number, retryable: boolean }

export class Speaker {
  readonly #seat: Seat
  readonly #post: Post
  readonly #path: string
  readonly #hearer: Person
  readonly #to: string
  #spoken: Promise<unknown> = Promise.resolve()
  #count = 0
  #talking: Promise<void> | null = null
  #silent = false

  private constructor(post: Post, path: string, seat: Seat, hearer: Person, to: string) {
    this.#post = post
    this.#path = path
    this.#seat = seat
    this.#hearer = hearer
    this.#to = to
  }

  /** Both are in a call. Words are posted to `server`, past whatever is between it and the page; without one by the page itself. */
  static async from(speaker: Person, hearer: Person, server: { url: string } | null, room = 'valley'): Promise<Speaker> {
    const [seat, { peer }] = await Promise.all([seatOf(speaker, room), seatOf(hearer, room)])
    if (seat.call === null) throw new Error(`${speaker.name} is not in a call`)
    return new Speaker(server ? postTo(server.url) : postBy(speaker), `/api/v1/rooms/${room}/messages`, seat, hearer, peer)
  }

  /** One word; resolves once it is acknowledged. */
  say(): Promise<void> {
    const word = this.#count++
    const spoken = this.#spoken.then(() => this.#utter(word))
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

  async #utter(word: number): Promise<void> {
    const body = JSON.stringify({
      id: crypto.randomUUID(), to: this.#to, call: this.#seat.call, type: 'candidate',
      data: { candidate: `candidate:word${word} 1 tcp 1 192.0.2.1 9 typ host tcptype active`, sdpMid: '0', sdpMLineIndex: 0 },
    })
    for (;;) {
      const answer = await this.#post(this.#path, this.#seat.token, body)
      if (answer?.status === 202) return
      if (answer && !answer.retryable) throw new Error(`word ${word} was refused with ${answer.status}`)
      await pause(betweenAttemptsMs)
    }
  }
}

async function post(url: string, token: string, body: string, patienceMs: number): Promise<Answer | null> {
  try {
    const response = await fetch(url, { method: 'POST', body, headers: { Authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(patienceMs) })
    const { retryable = true } = await response.json().catch(() => ({})) as { retryable?: boolean }
    return { status: response.status, retryable }
  } catch {
    return null
  }
}

const postTo = (origin: string): Post => (path, token, body) => post(origin + path, token, body, attemptMs)
const postBy = (person: Person): Post => (path, token, body) => person.window.evaluate(post, path, token, body, attemptMs)

/** What the page keeps of its seat. */
export async function seatOf(person: Person, room = 'valley'): Promise<Seat> {
  const seat = await person.window.evaluate((key) => {
    const kept = sessionStorage.getItem(key) ?? localStorage.getItem(key)
    return kept === null ? null : JSON.parse(kept) as Seat
  }, `yodel.seat.${room}`)
  if (!seat) throw new Error(`${person.name} has no seat`)
  return seat
}
