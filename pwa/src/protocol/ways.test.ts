import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ServerTime, systemClock } from './clock'
import { EventStream } from './stream'
import { FakeRoom } from './testing/fake-room'
import { FakeWays, serverAheadMs, stamp, written } from './testing/fake-ways'
import type { Rung } from './transport'

let ways: FakeWays
let room: FakeRoom
let memory: { rung: Rung }
let time: ServerTime
let told: { id: string, ms: number }[]
/** Of all changes: the rung, or how the stream stands. */
let travels: string[]
let stream: EventStream
let startedMs: number
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const since = () => Date.now() - startedMs
/** When it began to travel like this for the first time, in ms since the start. */
const at: Record<string, number> = {}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T09:30:00.000Z') })
  ways = new FakeWays()
  room = new FakeRoom(ways)
  memory = { rung: 'sse' }
  time = new ServerTime(systemClock)
  told = []
  travels = []
  for (const key of Object.keys(at)) delete at[key]
  startedMs = Date.now()
  stream = new EventStream({
    clock: { ...systemClock, random: () => 0.5 },
    time, memory,
    transports: ways.transports,
    onEvent: (event) => { if ('id' in event) told.push({ id: event.id, ms: since() }) },
    onState: (state) => {
      const name = state.name === 'open' ? state.rung : state.name
      travels.push(name)
      at[name] ??= since()
    },
  })
})
afterEach(() => {
  expect(told.map(({ id }) => id), 'each event once and in order').toEqual(room.log.slice(0, told.length))
  stream.stop()
  vi.useRealTimers()
})

const start = () => stream.start('e-0', 10)
const travelsBy = () => travels.at(-1)

/** Something happens in the room; resolves with how long it took until we were told. */
async function tell(withinMs = 5_000): Promise<number> {
  const sentMs = since()
  const id = room.tell()
  await wait(withinMs)
  const event = told.find((event) => event.id === id)
  if (!event) throw new Error(`${id} was not told within ${withinMs} ms`)
  return event.ms - sentMs
}

describe('a GET stream that is held back from the start', () => {
  beforeEach(() => { room.manners.sse = 'held' })

  test('gives way to the stream by POST after 3 s', async () => {
    start()
    await wait(3_200)
    expect(travelsBy()).toBe('post-stream')
    expect(at['post-stream']).toBeLessThan(3_100)
    expect(memory.rung).toBe('post-stream')
  })

  test('costs the events no more than the first second', async () => {
    start()
    room.tell()
    await wait(1_100)
    expect(told).toHaveLength(1)
    expect(travelsBy()).toBe('long-poll')
    for (let i = 0; i < 40; i++) {
      await wait(60)
      expect(await tell(100)).toBeLessThan(100)
    }
  })

  test('leaves nothing beside the POST stream once its first heartbeat was in time', async () => {
    start()
    await wait(20_000)
    expect(ways.rungs).toEqual(['post-stream'])
    expect(travels).toEqual(['connecting', 'long-poll', 'post-stream'])
  })

  test('if that by POST is held back too, long-poll is the way', async () => {
    room.manners['post-stream'] = 'held'
    start()
    await wait(6_300)
    expect(ways.rungs).toEqual(['long-poll'])
    expect(memory.rung).toBe('long-poll')
    expect(travels).toEqual(['connecting', 'long-poll'])
    for (let i = 0; i < 10; i++) expect(await tell(2_000)).toBeLessThan(100)
  })

  test('is no reason to leave it if nothing else gets through either', async () => {
    room.manners['long-poll'] = 'silent'
    start()
    await wait(20_000)
    expect(ways.count('post-stream')).toBe(0)
    expect(travels).toEqual(['connecting', 'reconnecting'])
  })
})

describe('a slow network', () => {
  test('is not taken for one that holds back', async () => {
    room.manners.sse = room.manners['long-poll'] = 3_500
    start()
    for (let i = 0; i < 10; i++) await wait(10_000)
    expect(ways.count('post-stream')).toBe(0)
    expect(travelsBy()).toBe('sse')
  })

  test('hello after 1.5 s: carried until the first heartbeat, and that was all', async () => {
    room.manners.sse = 1_500
    start()
    await wait(1_200)
    room.manners.sse = 'prompt'
    await wait(30_000)
    expect(ways.rungs).toEqual(['sse'])
    expect(ways.opened).toHaveLength(2)
  })
})

describe('a stream that is held back later', () => {
  test('is left when an event came by the carrier and not by the stream, at the latest 20 s after the last heartbeat', async () => {
    start()
    await wait(5_000)
    room.manners.sse = 'held'
    room.manners['post-stream'] = 'prompt'
    await wait(5_000)
    room.tell()
    await wait(15_000)
    expect(travelsBy()).toBe('post-stream')
    expect(told).toHaveLength(1)
    expect(told[0]!.ms).toBeLessThan(12_100)
  })

  test('that lets its beginning through and then nothing is found out by its second silence', async () => {
    room.manners.sse = 'held-later'
    start()
    await wait(40_000)
    expect(travelsBy()).toBe('post-stream')
    for (let i = 0; i < 5; i++) expect(await tell(3_000)).toBeLessThan(100)
  })

  test('one that shows each event with the next is found out', async () => {
    room.manners.sse = 'one-behind'
    start()
    room.tell() // pushes the hello through
    await wait(40_000)
    expect(travelsBy()).toBe('post-stream')
  })

  test('one that is late by 3 s is found out by its heartbeats', async () => {
    start()
    await wait(15_000)
    room.manners.sse = 3_000
    await wait(40_000)
    expect(travelsBy()).toBe('post-stream')
    expect(ways.rungs).toEqual(['post-stream'])
  })

  test('an event that a request of ours should have caused brings the carrier at once', async () => {
    start()
    await wait(500)
    room.manners.sse = 'held'
    stream.expect({ id: 'c1', revision: 1 } as Parameters<EventStream['expect']>[0])
    room.tell()
    await wait(1_600)
    expect(told).toHaveLength(1)
    await wait(2_200)
    expect(travelsBy()).toBe('post-stream')
  })

  test('heartbeats that come in bunches are found out', async () => {
    start()
    await wait(15_000)
    const stream = ways.at('sse')
    room.manners.sse = 'held'
    for (let i = 0; i < 3; i++) {
      await wait(6_000)
      const now = Date.now()
      if (!stream.isClosed) stream.say(written.heartbeat(now - 2_900), written.heartbeat(now - 100)) // 2.8 s apart: each hardly late
    }
    expect(travelsBy()).toBe('post-stream')
  })
})

describe('a stream that somebody on the way will not have', () => {
  test('is left after three refusals, carried meanwhile', async () => {
    room.manners.sse = 'refused'
    start()
    room.tell()
    await wait(4_000)
    expect(told[0]!.ms).toBeLessThan(200)
    expect(ways.count('sse')).toBe(3)
    expect(travelsBy()).toBe('post-stream')
  })

  test('is not left while the server is out of reach', async () => {
    room.manners.sse = room.manners['long-poll'] = 'refused'
    start()
    await wait(60_000)
    expect(ways.count('post-stream')).toBe(0)
    room.manners.sse = room.manners['long-poll'] = 'prompt'
    await wait(9_000)
    expect(travels).toEqual(['connecting', 'reconnecting', expect.any(String), ...travels.slice(3)])
    expect(travelsBy()).toBe('sse')
    await wait(20_000)
    expect(ways.rungs).toEqual(['sse'])
  })
})

describe('a frozen server', () => {
  test('is waited for, and the rung stays', async () => {
    start()
    await wait(5_000)
    room.manners.sse = room.manners['long-poll'] = 'silent'
    await wait(20_000)
    expect(travelsBy()).toBe('reconnecting')
    room.manners.sse = room.manners['long-poll'] = 'prompt'
    room.tell()
    await wait(9_000)
    expect(told).toHaveLength(1)
    await wait(30_000)
    expect(travelsBy()).toBe('sse')
    expect(ways.count('post-stream')).toBe(0)
    expect(ways.rungs).toEqual(['sse'])
  })
})

describe('up again', () => {
  /** On the rung that is all this network allows. */
  async function down(rung: Rung) {
    room.manners.sse = 'held'
    if (rung === 'long-poll') room.manners['post-stream'] = 'held'
    start()
    await wait(20_000)
    expect(travelsBy()).toBe(rung)
  }

  test.each<[Rung]>([['post-stream'], ['long-poll']])('from %s: after a minute, when nothing is held back any more', async (rung) => {
    await down(rung)
    room.manners.sse = room.manners['post-stream'] = 'prompt'
    await wait(70_000)
    expect(travelsBy()).toBe('sse')
    expect(ways.rungs).toEqual(['sse'])
    expect(memory.rung).toBe('sse')
  })

  test('one step, where only that is possible', async () => {
    await down('long-poll')
    room.manners['post-stream'] = 'prompt'
    await wait(80_000)
    expect(travelsBy()).toBe('post-stream')
    expect(memory.rung).toBe('post-stream')
    expect(ways.rungs).toEqual(['post-stream'])
  })

  test.each<[Rung]>([['post-stream'], ['long-poll']])('a trial that fails delays no event on %s', async (rung) => {
    await down(rung)
    const trials = ways.count('sse')
    for (let i = 0; i < 700; i++) expect(await tell(100)).toBeLessThan(100)
    expect(ways.count('sse')).toBe(trials + 1)
    expect(travelsBy()).toBe(rung)
  }, 20_000)

  test('trials become rarer: after 1, 2, 4, 8 and then every 10 minutes', async () => {
    await down('long-poll')
    const counts: number[] = []
    const before = ways.count('sse')
    for (let minute = 1; minute <= 40; minute++) {
      await wait(60_500)
      counts.push(ways.count('sse') - before)
    }
    expect(counts.filter((count, i) => count !== counts[i - 1])).toEqual([1, 2, 3, 4, 5, 6])
    expect(travels).toEqual(['connecting', 'long-poll'])
  })

  test('a trial that somebody on the way refuses is over at once', async () => {
    await down('post-stream')
    room.manners.sse = 'refused'
    const trials = ways.count('sse')
    await wait(70_000)
    expect(ways.count('sse')).toBe(trials + 1)
    expect(ways.rungs).toEqual(['post-stream'])
  })

  test('soon after the network has changed', async () => {
    await down('long-poll')
    room.manners.sse = 'prompt'
    stream.reopen()
    stream.networkChanged()
    await wait(4_900)
    expect(ways.rungs).toEqual(['long-poll'])
    await wait(200)
    expect(ways.rungs).toContain('sse')
    await wait(11_000)
    expect(travelsBy()).toBe('sse')
  })

  test('soon after it has changed, even though the way down has not proved itself yet', async () => {
    room.manners.sse = 'held'
    start()
    await wait(4_000)
    expect(travelsBy()).toBe('post-stream')
    room.manners.sse = 'prompt'
    stream.reopen()
    stream.networkChanged()
    await wait(27_000)
    expect(travelsBy()).toBe('sse')
  })

  test('is not said before its first heartbeat was in time', async () => {
    await down('long-poll')
    room.manners.sse = 'held-later'
    await wait(90_000)
    expect(travels).toEqual(['connecting', 'long-poll'])
    expect(memory.rung).toBe('long-poll')
  })

  test('a doubt that is settled while a trial is being prepared does not end the trials', async () => {
    await down('post-stream')
    room.manners.sse = 'prompt'
    room.manners['long-poll'] = 20_000
    for (let i = 0; i < 60 && !ways.rungs.includes('long-poll'); i++) await wait(1_000)
    stream.expect({ id: 'c1', revision: 1 } as Parameters<EventStream['expect']>[0])
    await wait(40_000)
    expect(travelsBy()).toBe('sse')
  })

  test('waking up in the middle of a trial ends it', async () => {
    await down('post-stream')
    await wait(40_000)
    for (let i = 0; i < 20 && !ways.rungs.includes('sse'); i++) await wait(500)
    stream.reopen()
    await wait(100)
    expect(ways.rungs).toContain('post-stream')
    expect(ways.rungs).not.toContain('sse')
    expect(travelsBy()).toBe('post-stream')
  })
})

describe('a network that may have changed without a word', () => {
  /** Whatever is open goes nowhere any more. */
  const move = () => { for (const connection of ways.open) connection.isDead = true }
  /** Media stays away, and it is said at once, a second later, and every two seconds. */
  async function distrust(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      stream.distrust()
      await wait(time === 0 ? 1_000 : 2_000)
    }
  }

  test('events come another way at once, and by a stream as before within three seconds', async () => {
    start()
    await wait(12_000)
    move()
    room.tell()
    await wait(1_200)
    expect(told).toHaveLength(0)
    const distrusted = since()
    stream.distrust()
    await wait(100)
    expect(told).toHaveLength(1)
    await wait(2_900)
    expect(ways.at('sse').isDead).toBe(false)
    expect(travelsBy()).toBe('sse')
    expect(since() - distrusted).toBe(3_000)
    await wait(20_000)
    expect(ways.rungs).toEqual(['sse'])
    expect(memory.rung).toBe('sse')
    expect(ways.count('post-stream')).toBe(0)
  })

  test('it had not: the stream is left alone, and soon alone', async () => {
    start()
    await wait(12_000)
    for (let i = 0; i < 5; i++) {
      await Promise.all([distrust(3), tell(100)])
      expect(await tell(1_000)).toBeLessThan(100)
    }
    await wait(10_000)
    expect(ways.rungs).toEqual(['sse'])
    expect(ways.count('sse')).toBe(1)
    expect(travels).toEqual(['connecting', 'sse'])
  })

  test('the way beside it may be dead, too: it is asked again after a second', async () => {
    start()
    await wait(12_000)
    move()
    room.tell()
    stream.distrust()
    ways.at('long-poll').isDead = true
    await wait(1_000)
    stream.distrust()
    await wait(100)
    expect(told).toHaveLength(1)
  })

  test('it changes once more, after the way beside the stream was opened', async () => {
    start()
    await wait(12_000)
    stream.distrust()
    await wait(1_000)
    move()
    room.tell()
    await distrust(2)
    expect(told).toHaveLength(1)
  })

  test('one so slow that no answer takes less than three seconds is not asked again and again before it answers', async () => {
    start()
    await wait(12_000)
    move()
    room.manners['sse'] = room.manners['long-poll'] = 3_000
    room.tell()
    await distrust(8)
    expect(told).toHaveLength(1)
  })

  test('where nothing gets through, everything is tried anew', async () => {
    start()
    await wait(12_000)
    move()
    room.manners['sse'] = room.manners['long-poll'] = 'silent'
    await distrust(10)
    stream.reopen()
    await wait(500)
    move()
    room.tell()
    room.manners['sse'] = room.manners['long-poll'] = 'prompt'
    await distrust(4)
    expect(told).toHaveLength(1)
    await wait(3_000)
    expect(ways.at('sse').isDead).toBe(false)
    expect(ways.count('post-stream')).toBe(0)
  })

  test('a wait of the long-poll is asked anew, and a trial begins again later', async () => {
    memory.rung = 'long-poll'
    start()
    await wait(5_000)
    move()
    stream.distrust()
    expect(await tell(100)).toBeLessThan(100)
    await wait(60_000)
    expect(ways.rungs).toContain('sse')
    stream.distrust()
    expect(ways.rungs).toEqual(['long-poll'])
    expect(memory.rung).toBe('long-poll')
  })

  test('where the new one holds streams back, that is found out as ever', async () => {
    start()
    await wait(12_000)
    await distrust(2)
    room.manners.sse = 'held'
    expect(await tell(30_000)).toBeLessThan(100)
    expect(travelsBy()).toBe('post-stream')
  })

  test('a page that is being left opens nothing', async () => {
    start()
    await wait(5_000)
    stream.pause()
    stream.distrust()
    expect(ways.open).toEqual([])
  })
})

describe('what is remembered', () => {
  test('is where the next page begins, without trying what is better first', async () => {
    memory.rung = 'post-stream'
    start()
    await wait(5_000)
    expect(ways.opened.map(({ rung }) => rung)).toEqual(['post-stream'])
    await wait(70_000)
    expect(travelsBy()).toBe('sse')
    expect(memory.rung).toBe('sse')
  })

  test('long-poll alone needs no stream', async () => {
    memory.rung = 'long-poll'
    start()
    await wait(5_000)
    expect(ways.opened.map(({ rung }) => rung)).toEqual(['long-poll'])
    expect(travels).toEqual(['connecting', 'long-poll'])
  })
})

describe('a page that does not see in time', () => {
  /** The page sleeps: nothing of it runs, and the clock goes on. */
  const sleep = (ms: number) => vi.setSystemTime(Date.now() + ms)

  test('frozen for minutes, with all its heartbeats at once afterwards: nothing is held against the stream', async () => {
    start()
    await wait(30_000)
    const stream = ways.at('sse')
    for (let i = 0; i < 10; i++) {
      const asleepMs = Date.now()
      sleep(300_000)
      for (let beat = 1; beat <= 30 && !stream.isClosed; beat++) stream.say(written.heartbeat(asleepMs + beat * 10_000))
      await wait(60_000)
    }
    expect(ways.count('post-stream')).toBe(0)
    expect(travelsBy()).toBe('sse')
    expect(ways.rungs).toEqual(['sse'])
  })

  test('blocked for 5 s right after it has asked for the stream: the hello was there all the time', async () => {
    room.manners.sse = 'silent'
    start()
    const stream = ways.at('sse')
    sleep(5_000)
    await wait(10)
    stream.say(written.hello('e-0', {}, Date.now() - 4_900))
    await wait(2_000)
    expect(ways.count('post-stream')).toBe(0)
  })

  test('an hour in the background, where timers ring once a second: still sse', async () => {
    stream.stop()
    stream = new EventStream({
      clock: { ...systemClock, random: () => 0.5, after: (ms, task) => systemClock.after(Math.ceil(ms / 1_000) * 1_000, task) },
      time, memory,
      transports: ways.transports,
      onEvent: (event) => { if ('id' in event) told.push({ id: event.id, ms: since() }) },
      onState: (state) => travels.push(state.name === 'open' ? state.rung : state.name),
    })
    start()
    for (let minute = 0; minute < 60; minute++) expect(await tell(60_000)).toBeLessThan(100)
    expect(ways.opened).toHaveLength(1)
    expect(travels).toEqual(['connecting', 'sse'])
  })

  test('a clock that is set is no delay', async () => {
    start()
    await wait(25_000)
    time.learnShort(stamp())
    vi.setSystemTime(Date.now() + 60_000)
    await wait(60_000)
    expect(ways.count('post-stream')).toBe(0)
    expect(travelsBy()).toBe('sse')
    expect(serverAheadMs).toBeGreaterThan(0)
  })
})
