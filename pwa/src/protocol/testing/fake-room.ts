// A server's room behind a network that treats each way in its own manner, for tests of who has to find out.
import type { StreamEvent } from '../decode'
import type { Rung } from '../transport'
import { written, type FakeConnection, type FakeWays } from './fake-ways'

/** What the network does with what the server writes. */
export type Manner =
  | 'prompt'
  | 'held' // until the connection ends
  | 'held-later' // lets the beginning through
  | 'one-behind' // each write comes with the next
  | 'refused' // by somebody on the way, at once
  | 'silent' // a frozen server, a dead network
  | number // late by so many ms

const wayMs = 20
const heartbeatMs = 10_000
const waitMs = 25_000

export class FakeRoom {
  readonly manners: Record<Rung, Manner> = { 'sse': 'prompt', 'post-stream': 'prompt', 'long-poll': 'prompt' }
  readonly #pipes = new Set<Pipe>()
  #epoch = 'e'
  #log: string[] = []

  constructor(ways: FakeWays) {
    ways.onOpen = (connection) => {
      const pipe = connection.rung === 'long-poll' ? new Polls(this, connection) : new Stream(this, connection)
      this.#pipes.add(pipe)
    }
  }

  /** All events since the log was last lost. */
  get log(): readonly string[] {
    return this.#log
  }

  get position(): string {
    return `${this.#epoch}-${this.#log.length}`
  }

  /** Something happens in the room. */
  tell(): string {
    this.#log.push(`${this.#epoch}-${this.#log.length + 1}`)
    for (const pipe of this.#pipes) pipe.wake()
    return this.position
  }

  /** A server without a journal: its connections break, and nobody can go on. */
  restart(): void {
    for (const pipe of this.#pipes) pipe.cut()
    this.#epoch += 'e'
    this.#log = []
  }

  knows(position: string): boolean {
    return position.startsWith(`${this.#epoch}-`)
  }

  after(position: string): readonly string[] {
    return this.#log.slice(this.#log.indexOf(position) + 1)
  }
}

interface Pipe {
  /** There is news. */
  wake(): void
  cut(): void
}

class Stream implements Pipe {
  #told: string
  #pending: StreamEvent | null = null
  #beating: ReturnType<typeof setTimeout> | undefined
  #greeted = false

  constructor(private readonly room: FakeRoom, private readonly connection: FakeConnection) {
    this.#told = connection.lastEventId
    if (this.#manner === 'refused') setTimeout(() => connection.end({ name: 'unexplained' }), wayMs)
    else setTimeout(() => this.#begin(), wayMs)
  }

  get #manner(): Manner {
    return this.room.manners[this.connection.rung]
  }

  wake(): void {
    if (!this.#greeted || this.connection.isClosed) return
    for (const id of this.room.after(this.#told)) this.#write(written.joined(id))
    this.#told = this.room.position
  }

  cut(): void {
    this.connection.end()
  }

  #begin(): void {
    if (this.connection.isClosed) return
    if (this.#manner === 'silent') return void setTimeout(() => this.#begin(), 500)
    this.#greeted = true
    const resumed = this.room.knows(this.#told)
    if (!resumed) this.#told = this.room.position
    this.#write(written.hello(this.#told, resumed ? {} : { resumed, reason: 'restart' }))
    this.wake()
  }

  #write(event: StreamEvent): void {
    clearTimeout(this.#beating)
    this.#beating = setTimeout(() => this.#beat(), heartbeatMs)
    this.#pass(event)
  }

  #beat(): void {
    if (!this.connection.isClosed) this.#write(written.heartbeat())
  }

  #pass(event: StreamEvent): void {
    const manner = this.#manner
    if (typeof manner === 'number') return this.#deliver(event, manner)
    if (manner === 'prompt' || (manner === 'held-later' && event.type === 'hello')) return this.#deliver(event, 0)
    if (manner !== 'one-behind') return
    if (this.#pending) this.#deliver(this.#pending, 0)
    this.#pending = event
  }

  #deliver(event: StreamEvent, lateMs: number): void {
    setTimeout(() => this.connection.say(event), wayMs + lateMs)
  }
}

class Polls implements Pipe {
  #waitMs = 0
  #answer: (() => void) | null = null

  constructor(private readonly room: FakeRoom, private readonly connection: FakeConnection) {
    connection.onAsk = () => this.#ask()
    this.#ask()
  }

  wake(): void {
    this.#answer?.()
  }

  cut(): void {
    this.connection.end()
  }

  #ask(): void {
    const { room, connection } = this
    const manner = room.manners['long-poll']
    const waitingMs = this.#waitMs
    this.#waitMs = waitMs
    if (manner === 'refused') return void setTimeout(() => connection.end(), wayMs)
    if (manner === 'silent') return void setTimeout(() => connection.end(), 3_000)
    const lateMs = wayMs + (typeof manner === 'number' ? manner : 0)
    const asked = connection.lastEventId
    let isOver = false
    const answer = () => {
      if (isOver) return
      isOver = true
      this.#answer = null
      const from = room.knows(asked) ? asked : room.position
      const news = room.after(from)
      const to = room.position
      setTimeout(() => {
        if (from !== asked) connection.say(written.hello(from, { resumed: false, reason: 'restart' }))
        connection.answer(news, to)
      }, lateMs)
    }
    setTimeout(() => {
      if (!room.knows(asked) || room.after(asked).length > 0) return answer()
      this.#answer = answer
      setTimeout(answer, waitingMs)
    }, wayMs)
  }
}
