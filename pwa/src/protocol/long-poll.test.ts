import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiProblem } from './api'
import { systemClock } from './clock'
import type { StreamEvent } from './decode'
import { LongPollTransport, type PollRequest } from './long-poll'
import type { Answer, Connection, Ending } from './transport'
import type { PollAnswer } from './types'

const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const poll = vi.fn<(request: PollRequest) => Promise<PollAnswer>>()
const word = (id: string) => ({ type: 'ready', id, room: 'r', at: '', from: 'p2', data: {} })
const after = <T>(ms: number, result: () => T) => new Promise<T>((resolve, reject) => setTimeout(() => {
  try {
    resolve(result())
  } catch (error) {
    reject(error as Error)
  }
}, ms))
const cut = () => { throw new ApiProblem({ code: 'network', status: 0, retryable: true }) }

let events: StreamEvent[]
let answers: Answer[]
let endings: Ending[]
let position: string
let transport: LongPollTransport
let connection: Connection
const waits = () => poll.mock.calls.map(([{ waitSeconds }]) => waitSeconds)

/** As the contract's server: quiet until the wait is over. */
const quiet = ({ lastEventId, waitSeconds }: PollRequest) => after(waitSeconds * 1_000 + 5, () => ({ events: [], lastEventId, at: '' }))

function open() {
  connection = transport.open(() => position, {
    handleEvent: (event) => events.push(event),
    handleAnswer: (answer) => {
      answers.push(answer)
      position = answer.lastEventId
    },
    handleEnd: (ending) => endings.push(ending),
  })
}

beforeEach(() => {
  vi.useFakeTimers()
  events = []
  answers = []
  endings = []
  position = 'e-0'
  poll.mockReset().mockImplementation(quiet)
  transport = new LongPollTransport({ clock: systemClock, poll, log: () => undefined })
})
afterEach(() => {
  connection.close()
  vi.useRealTimers()
})

test('the first request does not wait, the others wait for 25 s; that nothing happened is no trouble', async () => {
  open()
  await wait(60_000)
  expect(waits()).toEqual([0, 25, 25, 25])
  expect(answers).toHaveLength(3)
  expect(endings).toEqual([])
})

test('goes on from where an answer ends, which may be behind its last event', async () => {
  poll.mockResolvedValueOnce({ events: [word('e-1'), word('e-2')], lastEventId: 'e-9', at: '' })
  open()
  await wait(10)
  expect(events.map((event) => 'id' in event && event.id)).toEqual(['e-1', 'e-2'])
  expect(answers[0]).toEqual({ from: 'e-2', lastEventId: 'e-9' })
  expect(poll.mock.lastCall![0].lastEventId).toBe('e-9')
})

test('an empty answer begins where it was asked to', async () => {
  open()
  await wait(10)
  expect(answers[0]).toEqual({ from: 'e-0', lastEventId: 'e-0' })
})

test('asks again at once after an event', async () => {
  poll.mockImplementationOnce(quiet).mockImplementationOnce(() => after(3_000, () => ({ events: [word('e-1')], lastEventId: 'e-1', at: '' })))
  open()
  await wait(3_010)
  expect(waits()).toEqual([0, 25, 25])
})

test('closed in the middle of an answer, the rest of it is not told', async () => {
  poll.mockResolvedValueOnce({ events: [word('e-1'), word('e-2')], lastEventId: 'e-2', at: '' })
  open()
  const push = events.push.bind(events)
  events.push = (...more) => {
    connection.close()
    return push(...more)
  }
  await wait(60_000)
  expect(events).toHaveLength(1)
  expect(answers).toEqual([])
  expect(poll).toHaveBeenCalledOnce()
  expect(poll.mock.calls[0]![0].signal.aborted).toBe(true)
})

test('a refusal of our server’s is told', async () => {
  const problem = new ApiProblem({ code: 'token-revoked', status: 401, retryable: false })
  poll.mockRejectedValueOnce(problem)
  open()
  await wait(60_000)
  expect(endings).toEqual([{ name: 'problem', problem }])
  expect(poll).toHaveBeenCalledOnce()
})

describe('somebody on the way with less patience than we have', () => {
  /** Cuts whatever takes `seconds`, each time we come back. */
  async function behind(seconds: number, forMs: number) {
    poll.mockImplementation((request) => request.waitSeconds < seconds ? quiet(request) : after(seconds * 1_000, cut))
    open()
    for (let ms = 0; ms < forMs; ms += 500) {
      await wait(500)
      if (endings.length > 0) {
        endings.splice(0)
        open()
      }
    }
  }

  test('after two cuts the wait is half as long', async () => {
    await behind(15, 90_000)
    expect(waits().filter((seconds) => seconds > 0)).toEqual([25, 25, 12, 12, 12, 12, 12])
  })

  test('but never under 5 s', async () => {
    await behind(2, 120_000)
    expect(Math.min(...waits().filter((seconds) => seconds > 0))).toBe(5)
  })

  test('later it is tried again', async () => {
    await behind(15, 60_000)
    poll.mockReset().mockImplementation(quiet)
    await wait(300_000)
    expect(waits().at(-1)).toBe(25)
  })

  test('one cut alone is an accident', async () => {
    await behind(15, 15_500)
    poll.mockReset().mockImplementation(quiet)
    await wait(120_000)
    expect(waits().at(-1)).toBe(25)
  })

  test('an answer without events before its time is nobody’s we know', async () => {
    poll.mockImplementation(() => after(5, () => ({ events: [], lastEventId: 'e-0', at: '' })))
    open()
    await wait(1_000)
    expect(endings).toEqual([{ name: 'cut' }])
    expect(poll).toHaveBeenCalledTimes(2)
  })
})

test('a network that is gone makes no wait shorter', async () => {
  for (let i = 0; i < 5; i++) {
    poll.mockImplementationOnce(quiet).mockImplementationOnce(() => after(5, cut))
    open()
    await wait(100)
  }
  expect(waits().filter((seconds) => seconds > 0)).toEqual([25, 25, 25, 25, 25])
})

test('short requests hang no longer than 3 s, then 6 s, then 10 s on a connection that is dead', async () => {
  poll.mockImplementation(({ timeoutMs }) => after(timeoutMs, cut))
  for (let i = 0; i < 4; i++) {
    open()
    await wait(10_000)
  }
  expect(poll.mock.calls.map(([{ timeoutMs }]) => timeoutMs)).toEqual([3_000, 6_000, 10_000, 10_000])
})
