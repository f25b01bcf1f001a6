// A call of two or three, everything that may happen to its connections, and the question whether they agree in the end.
import type { Kind } from './strict-sdp'
import { Network } from './strict-network'
import { StrictPage, type Surroundings } from './strict-page'
import type { StrictPc } from './strict-pc'
import { StrictProgram } from './strict-program'
import { StrictRoom } from './strict-room'
import { VirtualTime } from './virtual-time'
import type { Badness } from './wire'

/** `gap`: the stream loses its place. `break`: the way of the media is gone. `afresh`: “reconnect”, tapped. */
export const mishaps = ['reload', 'gap', 'cut', 'restart', 'break', 'camera', 'microphone', 'afresh', 'leave', 'return'] as const
export type What = typeof mishaps[number]

export interface Mishap { readonly who: number, readonly whom: number, readonly what: What, readonly afterMs: number }

export interface Story extends Badness {
  readonly people: number
  /** Who of them is a program that knows the contract alone. */
  readonly program: number | null
  readonly chance: number
  readonly slowestOperationMs: number
  readonly mends: boolean
  readonly mishaps: readonly Mishap[]
}

const names = ['ana', 'bo', 'cy']
/** What follows the contract alone cannot know that something got lost on the other side, so nothing may be under way. */
const losses: readonly What[] = ['reload', 'gap', 'afresh']
const stepMs = 2_000
const calmForMs = 12_000
const longestMs = 180_000

export class NegotiationWorld {
  readonly room: StrictRoom
  readonly network: Network
  /** What must never happen, and did. */
  readonly broken: string[] = []
  readonly people = new Map<string, StrictPage | StrictProgram>()
  readonly #story: Story
  readonly #time: VirtualTime
  readonly #surroundings: Surroundings

  constructor(story: Story) {
    this.#story = story
    this.#time = new VirtualTime(story.chance)
    this.room = new StrictRoom(this.#time, 3)
    this.network = new Network(this.#time, story.slowestOperationMs)
    this.#surroundings = {
      room: this.room, network: this.network, badness: story, mends: story.mends, broken: this.broken,
      sends: (peer) => Object.values(this.people.get(peer)!.wanted).some((track) => track !== null),
    }
  }

  async play(): Promise<void> {
    const present = names.slice(0, this.#story.people)
    for (const name of present) this.#open(name)
    await this.#time.pass(60_000)
    this.room.start('ana', { id: 'c1', video: true })
    for (const peer of present.slice(1)) this.room.act('c1', { type: 'accept', peer })
    for (const { who, whom, what, afterMs } of this.#story.mishaps) {
      await this.#time.pass(afterMs)
      const alone = this.#story.program !== null && losses.includes(what)
      if (alone) await this.settle()
      this.#do(present[who % present.length]!, present[whom % present.length]!, what)
      if (alone) await this.settle()
    }
    for (const person of this.people.values()) person.mend()
    await this.settle()
  }

  /** Until all agree and go on agreeing, for something may have waited for its time; or until they never will. */
  async settle(): Promise<void> {
    for (let spentMs = 0, calmMs = 0; spentMs < longestMs && calmMs < calmForMs; spentMs += stepMs) {
      await this.#time.pass(stepMs)
      calmMs = this.disagreements().length === 0 ? calmMs + stepMs : 0
    }
  }

  /** What somebody who looks at all pages at once would find wrong now. */
  disagreements(): string[] {
    const participants = this.room.call?.participants ?? []
    return [...this.people.values()].flatMap((person) => {
      const others = participants.includes(person.peer) ? participants.filter((peer) => peer !== person.peer) : []
      const open = person.pcs.filter((pc) => !pc.closed).length
      if (open !== others.length) return [`${person.peer} has ${open} connections to ${others.length}`]
      return others.flatMap((peer) => this.#between(person, this.people.get(peer)!).map((what) => `${person.peer} to ${peer}: ${what}`))
    })
  }

  /** Everybody restarts ICE towards somebody, one after the other: whether that still works, and for whom it does not. */
  async tryOut(): Promise<string[]> {
    const failures: string[] = []
    for (const person of this.people.values()) {
      const pc = person.pcs.find((each) => !each.closed)
      const before = pc?.currentLocal?.ufrag
      pc?.restartIce()
      await this.settle()
      if (pc && before === pc.currentLocal?.ufrag) failures.push(`${person.peer} cannot restart`)
    }
    return failures
  }

  #between(person: StrictPage | StrictProgram, other: StrictPage | StrictProgram): string[] {
    const [pc, partner] = [person.pc(other.peer), other.pc(person.peer)]
    if (!pc?.currentRemote || !partner?.currentLocal) return ['nothing agreed']
    const { ufrag } = partner.currentLocal
    const found = [
      !pc.idle && 'something pending',
      pc.currentRemote.id !== partner.currentLocal.id && 'another description than theirs',
      pc.currentRemote.ufrag !== ufrag && 'other credentials than theirs',
      String(pc.applied.get(ufrag)) !== String(partner.gathered.get(ufrag)) && `candidates ${pc.applied.get(ufrag)} of ${partner.gathered.get(ufrag)}`,
      pc.connectionState !== 'connected' && pc.connectionState,
      String(pc.transceivers.map(({ kind }) => kind)) !== 'audio,video' && `lines ${pc.transceivers.map(({ kind }) => kind)}`,
      ...pc.transceivers.flatMap((line) => this.#mediaOf(person, other, pc, line.kind)),
    ]
    return found.filter((each) => each !== false)
  }

  #mediaOf(person: StrictPage | StrictProgram, other: StrictPage | StrictProgram, pc: StrictPc, kind: Kind): (string | false)[] {
    const transceiver = pc.transceivers.find((each) => each.kind === kind)!
    const plays = this.network.plays(pc, transceiver)
    const { track } = transceiver.receiver
    const shown = !(person instanceof StrictPage) || person.remote(other.peer)?.stream?.getTracks().includes(track as never)
    return [
      transceiver.sender.track !== person.wanted[kind] && `${kind} sent is not what is wanted`,
      plays !== (other.wanted[kind] !== null) && `${kind} ${plays ? 'heard of somebody who sends none' : 'not heard'}`,
      plays && !shown && `${kind} not shown`,
    ]
  }

  #open(name: string): void {
    const before = this.people.get(name)
    if (before instanceof StrictPage) before.close()
    this.room.sit(name)
    const isProgram = this.#story.program !== null && name === names[this.#story.program % this.#story.people]
    this.people.set(name, isProgram ? new StrictProgram(name, this.#surroundings) : new StrictPage(name, this.#surroundings, before instanceof StrictPage ? before : null))
  }

  #do(name: string, other: string, what: What): void {
    const person = this.people.get(name)!
    switch (what) {
      case 'restart': return person.pc(other)?.restartIce()
      case 'camera': return person.setWanted('video', !person.wanted.video)
      case 'microphone': return person.setWanted('audio', !person.wanted.audio)
      case 'break': return this.#story.mends ? this.network.break(person.pc(other)) : undefined
      case 'leave': return (this.room.call?.participants.length ?? 0) > 2 ? void person.hangup() : undefined
      case 'return': return void person.accept()
      case 'afresh': return person.beginAfresh()
      case 'gap': return person instanceof StrictPage ? person.cut(true) : person.beginAfresh()
      case 'cut': return person instanceof StrictPage ? person.cut(false) : undefined
      case 'reload': return person instanceof StrictPage ? this.#open(name) : person.beginAfresh()
      default: what satisfies never
    }
  }
}
