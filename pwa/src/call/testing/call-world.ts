// A room of two to four, everything they may do with calls, and the question whether their pages agree with the server.
import { activeCallOf, outcomeOf, stageOf } from '../state'
import type { Call } from '../view'
import { StrictPerson } from './strict-person'
import { StrictRoom } from './strict-room'
import { VirtualTime } from './virtual-time'
import type { Badness } from './wire'

/** `repeat`: something of the server's comes once more. `gap`: the stream loses its place. `vanish`: the lease runs out. */
export const deeds = [
  'start', 'accept', 'decline', 'busy', 'hangup', 'dismiss', 'repeat', 'cut', 'gap', 'reload', 'vanish', 'leave',
] as const
export type Deed = typeof deeds[number]

export interface CallStory extends Badness {
  readonly people: number
  readonly capacity: number
  readonly chance: number
  readonly steps: readonly { readonly who: number, readonly what: Deed, readonly afterMs: number }[]
}

const names = ['ana', 'bo', 'cy', 'di']
const both = { audio: true, video: true }
const untilEnteredMs = 30_000
/** Beyond everything that waits: the ringing, the repeats of a hang-up, the slowest answers. */
const untilQuietMs = 300_000

export class CallWorld {
  /** What must never happen, and did. */
  readonly broken: string[] = []
  /** Stages and outcomes that anybody saw. */
  readonly seen = new Set<string>()
  readonly #story: CallStory
  readonly #time: VirtualTime
  readonly #room: StrictRoom
  readonly #pages = new Map<string, StrictPerson>()

  constructor(story: CallStory) {
    this.#story = story
    this.#time = new VirtualTime(story.chance)
    this.#room = new StrictRoom(this.#time, story.capacity)
  }

  async play(): Promise<void> {
    const { people, steps } = this.#story
    const present = names.slice(0, people)
    for (const name of present) this.#open(name)
    await this.#time.pass(untilEnteredMs)
    for (const { who, what, afterMs } of steps) {
      await this.#time.pass(afterMs)
      this.#do(present[who % people]!, what)
    }
    for (const page of this.#pages.values()) page.mend()
    await this.#time.pass(untilQuietMs)
  }

  /** What somebody who looks at the server and at all pages at once would find wrong now. */
  disagreements(): string[] {
    return [...this.#pages].flatMap(([name, page]) => this.#wrongWith(name, page).map((what) => `${name}: ${what}`))
  }

  #wrongWith(name: string, { state }: StrictPerson): string[] {
    const { call } = this.#room
    const mine = call?.state === 'active' && call.participants.includes(name) ? call : null
    const stage = stageOf(state)
    const shown = stage === 'idle' || stage === 'ended' ? 'nothing' : stage
    const found = [
      shown !== stageOfServer(call, name) && `shows ${shown}, and it is ${stageOfServer(call, name)}`,
      state.intent !== null && `still wants to ${state.intent.kind}`,
      !isSame(activeCallOf(state), mine) && 'keeps connections to another call than its own',
      call !== null && (state.lost || !isSame(state.call, call)) && 'knows the call otherwise',
      call === null && !this.#hasEnded(state.call, state.lost) && 'believes in a call that is over',
    ]
    return found.filter((each) => each !== false)
  }

  #hasEnded(call: Call | null, lost: boolean): boolean {
    return !call || lost || isSame(call, this.#room.find(call.id) ?? { ...call, state: 'ended' })
  }

  #open(name: string): StrictPerson {
    const page = new StrictPerson(name, this.#room, this.#story, this.broken, (state) => {
      this.seen.add(stageOf(state))
      this.seen.add(`over: ${outcomeOf(state)}`)
    })
    this.#pages.set(name, page)
    return page
  }

  #close(name: string): void {
    this.#pages.get(name)?.close()
    this.#pages.delete(name)
  }

  #do(name: string, what: Deed): void {
    const page = this.#pages.get(name) ?? this.#open(name)
    if (!page.entered && what !== 'vanish' && what !== 'leave') return
    switch (what) {
      case 'start': return void page.calls.start(both)
      case 'accept': return void page.calls.accept(both)
      case 'decline': return void page.calls.decline('declined')
      case 'busy': return void page.calls.decline('busy')
      case 'hangup': return void page.calls.hangup()
      case 'dismiss': return page.dispatch({ type: 'dismiss' })
      case 'repeat': return page.repeat()
      case 'cut': return page.cut(false)
      case 'gap': return page.cut(true)
      case 'reload':
        this.#close(name)
        return void this.#open(name)
      case 'vanish':
      case 'leave':
        this.#close(name)
        return this.#room.rise(name, what === 'vanish')
      default: what satisfies never
    }
  }
}

/** By the server's word alone. */
function stageOfServer(call: Call | null, peer: string): string {
  if (call?.state === 'ringing' && call.caller === peer) return 'calling'
  if (call?.state === 'ringing' && call.invited.some((each) => each.peer === peer && each.state === 'ringing')) return 'ringing'
  return call?.state === 'active' && call.participants.includes(peer) ? 'connected' : 'nothing'
}

function isSame(a: Call | null, b: Call | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
