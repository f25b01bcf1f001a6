// Whatever the network does to each way and whenever: everything is told, once, in its order.
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ServerTime, systemClock } from './clock'
import { EventStream } from './stream'
import { FakeRoom, type Manner } from './testing/fake-room'
import { FakeWays, written } from './testing/fake-ways'
import { rungs } from './ladder'
import type { Rung } from './transport'

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-03-01T09:30:00.000Z') }))
afterEach(() => void vi.useRealTimers())

const manner = fc.constantFrom<Manner>('prompt', 'prompt', 'held', 'held-later', 'one-behind', 'refused', 'silent', 300, 1_500, 2_500, 6_000)
const rung = fc.constantFrom<Rung>(...rungs)
const deed = fc.oneof(
  fc.record({ kind: fc.constant('tell'), events: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('manner'), rung, manner }),
  fc.record({ kind: fc.constant('cut'), rung }),
  fc.record({ kind: fc.constant('goodbye'), rung, reason: fc.constantFrom('draining', 'refresh'), afterMs: fc.nat(3_000) }),
  fc.constant({ kind: 'reopen' as const }),
  fc.constant({ kind: 'pause' as const }),
  fc.constant({ kind: 'network' as const }),
  fc.constant({ kind: 'distrust' as const }),
  fc.constant({ kind: 'move' as const }),
  fc.record({ kind: fc.constant('sleep'), ms: fc.nat(200_000) }),
)
const lost = fc.constant({ kind: 'restart' as const })
type Value<A> = A extends fc.Arbitrary<infer T> ? T : never
type Deed = Value<typeof deed> | Value<typeof lost>
const pauseMs = fc.oneof(fc.nat(60), fc.nat(4_000), fc.nat(40_000))
const storyOf = <T>(deeds: fc.Arbitrary<T>) => fc.array(fc.tuple(deeds, pauseMs), { minLength: 1, maxLength: 25 })

class World {
  readonly ways = new FakeWays()
  readonly room = new FakeRoom(this.ways)
  readonly told: string[] = []
  readonly states: string[] = []
  readonly stream: EventStream

  constructor(random: () => number, begin: Rung) {
    this.stream = new EventStream({
      clock: { ...systemClock, random },
      time: new ServerTime(systemClock),
      memory: { rung: begin },
      transports: this.ways.transports,
      onEvent: (event) => { if ('id' in event) this.told.push(event.id) },
      onState: ({ name }) => this.states.push(name),
    })
    this.stream.start('e-0', 10)
  }

  does(deed: Deed): void {
    switch (deed.kind) {
      case 'tell': for (let i = 0; i < deed.events; i++) this.room.tell(); return
      case 'manner': this.room.manners[deed.rung] = deed.manner; return
      case 'cut': this.#on(deed.rung, (connection) => connection.end()); return
      case 'goodbye': this.#on(deed.rung, (connection) => connection.say(written.goodbye(deed.reason, deed.afterMs))); return
      case 'reopen': return this.stream.reopen()
      case 'pause': return this.stream.pause()
      case 'network': return this.stream.networkChanged()
      case 'distrust': return this.stream.distrust()
      case 'move': for (const connection of this.ways.open) connection.isDead = true; return
      case 'sleep': vi.setSystemTime(Date.now() + deed.ms); return
      case 'restart': return this.room.restart()
      default: deed satisfies never
    }
  }

  #on(rung: Rung, act: (connection: FakeWays['open'][number]) => void): void {
    for (const connection of this.ways.open) if (connection.rung === rung) act(connection)
  }

  /** All is well again, and the person looks at the page. */
  async heal(): Promise<void> {
    for (const each of rungs) this.room.manners[each] = 'prompt'
    await vi.advanceTimersByTimeAsync(400)
    this.stream.reopen()
    await vi.advanceTimersByTimeAsync(30_000)
  }
}

test('everything is told once and in order, and in the end soon', async () => {
  await fc.assert(fc.asyncProperty(storyOf(deed), rung, fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), async (story, begin, chance) => {
    const world = new World(() => chance.next().value as number, begin)
    for (const [each, ms] of story) {
      world.does(each)
      await vi.advanceTimersByTimeAsync(ms)
      expect(world.told).toEqual(world.room.log.slice(0, world.told.length))
      expect(new Set(world.ways.rungs.map((rung) => rung === 'long-poll')).size, 'one of each kind at most').toBe(world.ways.open.length)
    }
    await world.heal()
    expect(world.told).toEqual(world.room.log)
    expect(world.states.at(-1)).toBe('open')
    world.stream.stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(world.ways.open, 'stopped, nothing is open').toEqual([])
  }), { numRuns: 150 })
}, 60_000)

test('where the log is lost, the same since it was', async () => {
  await fc.assert(fc.asyncProperty(storyOf(fc.oneof({ weight: 6, arbitrary: deed }, { weight: 1, arbitrary: lost })), rung, async (story, begin) => {
    const world = new World(() => 0.5, begin)
    for (const [each, ms] of story) {
      world.does(each)
      await vi.advanceTimersByTimeAsync(ms)
      expect(new Set(world.told).size, 'none twice').toBe(world.told.length)
    }
    await world.heal()
    const before = world.told.length
    for (let i = 0; i < 3; i++) world.room.tell()
    await vi.advanceTimersByTimeAsync(500)
    expect(world.told.slice(before)).toEqual(world.room.log.slice(-3))
    const since = world.told.filter((id) => world.room.knows(id))
    expect(since, 'a run without a gap').toEqual(world.room.log.slice(world.room.log.indexOf(since[0]!)))
    world.stream.stop()
  }), { numRuns: 150 })
}, 60_000)
