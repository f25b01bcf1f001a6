import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiProblem } from './api'
import { systemClock } from './clock'
import { Nudge, retrying } from './retry'

const passing = new ApiProblem({ code: 'network', status: 0, retryable: true })
const final = new ApiProblem({ code: 'call-over', status: 409, retryable: false })
const clock = { ...systemClock, random: () => 1 }
const attempt = vi.fn<(signal: AbortSignal) => Promise<string>>()
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms)

/** Never answers, until it is called off as the api calls a request off. */
const hanging = (signal: AbortSignal) => new Promise<string>((_, reject) => {
  signal.addEventListener('abort', () => reject(new ApiProblem({ code: 'network', status: 0, retryable: false })))
})

beforeEach(() => {
  vi.useFakeTimers()
  attempt.mockReset()
})
afterEach(() => vi.useRealTimers())

test('until it is done', async () => {
  attempt.mockRejectedValueOnce(passing).mockRejectedValueOnce(passing).mockResolvedValue('done')
  const result = retrying(attempt, { clock, giveUpAfterMs: 5_000 })
  await wait(1_500)
  await expect(result).resolves.toBe('done')
})

test('not what failed for good', async () => {
  attempt.mockRejectedValue(final)
  await expect(retrying(attempt, { clock, giveUpAfterMs: 5_000 })).rejects.toBe(final)
  expect(attempt).toHaveBeenCalledOnce()
})

test('no longer than somebody waits', async () => {
  attempt.mockRejectedValue(passing)
  const failed = expect(retrying(attempt, { clock, giveUpAfterMs: 5_000 })).rejects.toBe(passing)
  await wait(10_000)
  await failed
  expect(attempt).toHaveBeenCalledTimes(4) // at 0, 0.5, 1.5 and 3.5 s; 7.5 s is too late
})

test('for ever, where nobody says how long', async () => {
  attempt.mockRejectedValue(passing)
  const aborter = new AbortController()
  const failed = expect(retrying(attempt, { clock, signal: aborter.signal })).rejects.toBe(passing)
  await wait(3_600_000)
  expect(attempt.mock.calls.length).toBeGreaterThan(450)
  aborter.abort()
  await failed
})

test('a nudge ends the wait, and the next one is short again', async () => {
  const nudge = new Nudge()
  attempt.mockRejectedValue(passing)
  void retrying(attempt, { clock, nudge })
  await wait(30_000)
  const { length } = attempt.mock.calls
  nudge.give()
  await wait(0)
  expect(attempt).toHaveBeenCalledTimes(length + 1)
  await wait(500)
  expect(attempt).toHaveBeenCalledTimes(length + 2)
})

test('a nudge ends an attempt that hangs, and leaves alone one that has just begun', async () => {
  const nudge = new Nudge()
  attempt.mockImplementation(hanging)
  void retrying(attempt, { clock, nudge })
  await wait(899)
  nudge.give()
  await wait(0)
  expect(attempt).toHaveBeenCalledOnce()
  await wait(1)
  nudge.give()
  await wait(0)
  expect(attempt).toHaveBeenCalledTimes(2)
})

test('called off, the attempt under way is called off too', async () => {
  const aborter = new AbortController()
  attempt.mockImplementation(hanging)
  const failed = expect(retrying(attempt, { clock, signal: aborter.signal })).rejects.toMatchObject({ code: 'network' })
  aborter.abort()
  await failed
  expect(attempt).toHaveBeenCalledOnce()
})
