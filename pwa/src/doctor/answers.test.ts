// Answers that are not ours, as a browser's fetch shows them; e2e/strangers.test.ts has the servers that give them.
import { expect, test } from 'vitest'
import { systemClock } from '../protocol/clock'
import { ask } from './answers'
import { Failure, failing } from './findings'
import { greet } from './server'

/** What the doctor makes of an answer; of none where it is null. */
function failureOf(answer: Response | null): Promise<unknown> {
  const fetch = () => answer ? Promise.resolve(answer) : Promise.reject(new TypeError('Failed to fetch'))
  return greet({ clock: systemClock, fetch, openEventSource: () => { throw new Error('not asked for') }, createPeerConnection: null, patienceMs: 5_000, signal: new AbortController().signal })
    .catch((error: unknown) => error)
}

const saying = (status: number, type: string, body: string) => new Response(body, { status, headers: { 'Content-Type': type } })

test.each([
  [401, 'wants-login'], [403, 'forbidden'], [404, 'not-found'], [407, 'not-ours'], [410, 'not-ours'], [451, 'forbidden'], [500, 'server-error'], [502, 'gateway'], [503, 'gateway'], [504, 'gateway'], [511, 'sent-on'],
])('%d is %s', async (status, reason) => {
  expect(await failureOf(saying(status, 'text/html', '<!doctype html>'))).toMatchObject({ reason, code: status })
})

test.each([
  ['a page', 'text/html', '<!doctype html><title>Sign in</title>'], ['JSON of something else', 'application/json', '{"status":"ok"}'], ['JSON with a time', 'application/json', '{"at":"2026-01-02T03:04:05Z"}'],
])('%s with 200 is somebody else’s', async (_, type, body) => {
  expect(await failureOf(saying(200, type, body))).toMatchObject({ reason: 'not-ours' })
})

test('429 is the server’s own only with a problem of the contract', async () => {
  const refused = await failureOf(saying(429, 'application/problem+json', '{"code":"too-many-probes"}'))
  expect(failing('page', refused)).toEqual({ way: 'page', state: 'refused', reason: 'too-often', code: 429 })
  expect(await failureOf(saying(429, 'text/html', ''))).toMatchObject({ reason: 'not-ours', code: 429 })
})

test('nobody there', async () => {
  expect(await failureOf(null)).toMatchObject({ reason: 'unconnected' })
})

test('a browser shows a redirect without its status', async () => {
  const redirect = Object.defineProperty(new Response(null), 'type', { value: 'opaqueredirect' })
  await expect(ask(() => Promise.resolve(redirect), '/', {})).rejects.toEqual(new Failure('sent-on'))
})
