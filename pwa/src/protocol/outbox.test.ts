import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiProblem } from './api'
import { systemClock } from './clock'
import { Outbox } from './outbox'
import type { Outgoing } from './types'

/** A server that takes what it is given, in order, once per id; `refusals` are answered first, one per POST. */
class FakeServer {
  readonly posts: string[][] = []
  readonly taken: Outgoing[] = []
  refusals: ((batch: readonly Outgoing[]) => ApiProblem | null)[] = []
  inFlight = 0
  /** The answer to a POST that was taken is lost on its way. */
  loseAnswers = 0

  post = async (batch: readonly Outgoing[]): Promise<void> => {
    expect(++this.inFlight, 'POSTs at a time').toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 10))
    this.inFlight--
    this.posts.push(batch.map((message) => String(message.data)))
    const problem = this.refusals.shift()?.(batch)
    if (problem) throw problem
    for (const message of batch) if (!this.taken.some(({ id }) => id === message.id)) this.taken.push(message)
    if (this.loseAnswers-- > 0) throw network()
  }
}

const network = () => new ApiProblem({ code: 'network', status: 0, retryable: true })
const problem = (status: number, code: string, more: { retryAfterMs?: number, field?: string } = {}) => new ApiProblem({
  code, status, retryable: status >= 429 || code === 'peer-away', ...more, errors: more.field ? [{ field: more.field, reason: '' }] : [],
})

let server: FakeServer
let dropped: string[]
let outbox: Outbox
let lastId = 0
const refused = vi.fn()

beforeEach(() => {
  vi.useFakeTimers()
  server = new FakeServer()
  dropped = []
  refused.mockReset()
  outbox = new Outbox({
    clock: { ...systemClock, random: () => 1 }, // full delay: 0.5, 1, 2, 4, 8, 8 … s
    post: server.post,
    onDropped: (message, { code }) => dropped.push(`${message.data}: ${code}`),
    onRefused: refused,
    uuid: () => `id-${++lastId}`,
  })
})
afterEach(() => {
  outbox.close()
  vi.useRealTimers()
})

const send = (data: string, to = 'bo') => outbox.send({ to, call: 'c', type: 'candidate', data })
const settle = () => vi.advanceTimersByTimeAsync(120_000)
const taken = () => server.taken.map((message) => message.data)

describe('order', () => {
  test('one POST at a time; what came meanwhile leaves together', async () => {
    send('a')
    send('b')
    send('c')
    await settle()
    expect(server.posts).toEqual([['a'], ['b', 'c']])
  })

  test('at most 64 in one POST', async () => {
    for (let i = 0; i < 130; i++) send(String(i))
    await settle()
    expect(server.posts.map((post) => post.length)).toEqual([1, 64, 64, 1])
    expect(taken()).toEqual(Array.from({ length: 130 }, (_, i) => String(i)))
  })

  test('no POST grows beyond what the server takes', async () => {
    const offer = 'o'.repeat(20_000)
    for (let i = 0; i < 5; i++) send(offer)
    await settle()
    expect(server.posts.map((post) => post.length)).toEqual([1, 2, 2])
  })

  test('whatever fails on the way, all arrives once and in order', async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(fc.constantFrom('fine', 'network', 'answer lost', '503', '429'), { maxLength: 12 }),
      fc.array(fc.nat(2_000), { minLength: 1, maxLength: 12 }),
      async (luck, pauses) => {
        server = new FakeServer()
        server.refusals = luck.map((word) => () => {
          if (word === 'answer lost') server.loseAnswers = 1
          return word === 'network' ? network() : word === '503' ? problem(503, 'draining') : word === '429' ? problem(429, 'too-many-messages', { retryAfterMs: 300 }) : null
        })
        const box = new Outbox({ clock: systemClock, post: server.post })
        for (const [i, pause] of pauses.entries()) {
          box.send({ to: 'bo', call: 'c', type: 'candidate', data: i })
          await vi.advanceTimersByTimeAsync(pause)
        }
        await settle()
        expect(taken()).toEqual(pauses.map((_, i) => i))
      },
    ), { numRuns: 60 })
  })
})

describe('retry', () => {
  test('with the same ids, after 0.5 s, then 1 s', async () => {
    server.loseAnswers = 2
    send('a')
    await vi.advanceTimersByTimeAsync(10)
    expect(server.posts).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(499)
    expect(server.posts).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(11)
    expect(server.posts).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(999)
    expect(server.posts).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(11)
    expect(server.posts).toHaveLength(3)
    expect(taken()).toEqual(['a'])
  })

  test('never waits longer than 8 s, and never gives up', async () => {
    server.refusals = Array.from({ length: 40 }, () => network)
    send('a')
    await vi.advanceTimersByTimeAsync(41 * 8_010)
    expect(taken()).toEqual(['a'])
  })

  test('not before Retry-After', async () => {
    server.refusals = [() => problem(429, 'too-many-messages', { retryAfterMs: 5_000 })]
    send('a')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(server.posts).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(600)
    expect(taken()).toEqual(['a'])
  })

  test('at once when somebody says that the server is back', async () => {
    server.refusals = [network, network, network, network].map((fail) => () => fail())
    send('a')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(server.posts).toHaveLength(3)
    outbox.nudge()
    await vi.advanceTimersByTimeAsync(10)
    expect(server.posts).toHaveLength(4)
  })
})

describe('what the server will not take', () => {
  test('the one bad element is taken out by its index, the rest goes on', async () => {
    server.refusals = [() => null, () => problem(400, 'bad-request', { field: '[1].data' })]
    for (const data of ['a', 'b', 'bad', 'c']) send(data)
    await settle()
    expect(taken()).toEqual(['a', 'b', 'c'])
    expect(dropped).toEqual(['bad: bad-request'])
  })

  test('where nobody says which, it is found one by one', async () => {
    const unless = (batch: readonly Outgoing[]) => batch.some(({ data }) => data === 'bad') ? problem(404, 'peer-not-found') : null
    server.refusals = Array.from({ length: 20 }, () => unless)
    for (const data of ['a', 'b', 'bad', 'c', 'd']) send(data)
    await settle()
    expect(taken()).toEqual(['a', 'b', 'c', 'd'])
    expect(dropped).toEqual(['bad: peer-not-found'])
  })

  test('a peer that is away holds up nobody else, and gets all in order when it is back', async () => {
    let away = true
    const unless = (batch: readonly Outgoing[]) => away && batch.some(({ to }) => to === 'cy') ? problem(409, 'peer-away') : null
    server.refusals = Array.from({ length: 100 }, () => unless)
    send('a')
    send('c1', 'cy')
    send('b')
    send('c2', 'cy')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(taken()).toEqual(['a', 'b'])
    away = false
    outbox.nudge()
    await settle()
    expect(taken()).toEqual(['a', 'b', 'c1', 'c2'])
    expect(dropped).toEqual([])
  })

  test('401 empties the queue and is told once', async () => {
    server.refusals = [() => null, () => problem(401, 'token-revoked')]
    for (const data of ['a', 'b', 'c']) send(data)
    await settle()
    expect(taken()).toEqual(['a'])
    expect(server.posts).toHaveLength(2)
    expect(refused).toHaveBeenCalledOnce()
  })
})

test('what is taken back is not sent', async () => {
  send('a')
  send('old')
  outbox.send({ to: 'bo', call: 'next', type: 'candidate', data: 'new' })
  outbox.drop(({ call }) => call === 'c')
  await settle()
  expect(server.posts).toEqual([['a'], ['new']])
})

test('a closed outbox is silent', async () => {
  server.refusals = [network]
  send('a')
  await vi.advanceTimersByTimeAsync(20)
  outbox.close()
  send('b')
  await settle()
  expect(server.posts).toHaveLength(1)
})

describe('a POST that hangs on a dead connection', () => {
  /** The first one hangs until it is aborted, whether the server has taken it or not. */
  function hanging(taken: boolean): Outbox {
    let posts = 0
    return new Outbox({
      clock: systemClock,
      uuid: () => `id-${++lastId}`,
      post: async (batch, signal) => {
        if (++posts > 1) return server.post(batch)
        if (taken) await server.post(batch)
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(network())))
      },
    })
  }

  test.each([true, false])('is sent again, with what came after it, when the network is back (taken: %s)', async (already) => {
    outbox = hanging(already)
    send('a')
    send('b')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(taken()).toEqual(already ? ['a'] : [])
    outbox.nudge()
    await vi.advanceTimersByTimeAsync(20)
    expect(taken()).toEqual(['a', 'b'])
  })

  test('where answers take 3 s one gets through, however often somebody says that the way is open', async () => {
    outbox = new Outbox({
      clock: systemClock,
      post: (batch, signal) => new Promise((resolve, reject) => {
        const answer = setTimeout(() => resolve(server.post(batch)), 3_000)
        signal.addEventListener('abort', () => {
          clearTimeout(answer)
          reject(network())
        })
      }),
    })
    send('a')
    for (let second = 0; second < 12; second++) {
      await vi.advanceTimersByTimeAsync(1_000)
      outbox.nudge()
    }
    expect(taken()).toEqual(['a'])
  })

  test('one that has only just left is waited for', async () => {
    outbox = hanging(false)
    send('a')
    await vi.advanceTimersByTimeAsync(800)
    outbox.nudge()
    await vi.advanceTimersByTimeAsync(100)
    expect(taken()).toEqual([])
  })
})
