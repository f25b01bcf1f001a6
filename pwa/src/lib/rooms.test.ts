import { expect, it, vi } from 'vitest'
import { lookAt, makeRoom } from './rooms'

const answer = (status: number, body: unknown) => vi.fn<typeof fetch>(async () => new Response(JSON.stringify(body), { status }))

it('makes a room and tells its name', async () => {
  const fetcher = answer(201, { room: 'kolun-tadir', url: 'https://x/r/kolun-tadir', callCapacity: 3, passcodeRequired: true })
  expect(await makeRoom({ passcode: 'alp', callCapacity: 3 }, fetcher)).toEqual({ ok: true, value: { room: 'kolun-tadir' } })
  const [path, init] = fetcher.mock.calls[0] ?? []
  expect(path).toBe('/api/v1/rooms')
  expect(JSON.parse(String(init?.body))).toEqual({ passcode: 'alp', callCapacity: 3 })
})

it('hands the server’s refusal on', async () => {
  const asked = await makeRoom({ room: 'family' }, answer(409, { code: 'room-exists', detail: 'There is one.' }))
  expect(asked).toEqual({ ok: false, problem: { code: 'room-exists', detail: 'There is one.', ways: [] } })
})

it('says so when the server is not there, or is not ours', async () => {
  const gone = await lookAt('family', vi.fn<typeof fetch>(async () => { throw new TypeError('Failed to fetch') }))
  expect(gone).toMatchObject({ ok: false, problem: { code: 'server-unreachable' } })
  expect(await lookAt('family', async () => new Response('<html>'))).toMatchObject({ ok: false, problem: { code: 'server-unreachable' } })
})

it('sees an unknown room as an open and empty one', async () => {
  expect(await lookAt('new', answer(404, { code: 'room-not-found' }))).toEqual({ ok: true, value: { passcodeRequired: false, peerCount: 0 } })
  expect(await lookAt('old', answer(200, { passcodeRequired: true, peerCount: 3 }))).toEqual({ ok: true, value: { passcodeRequired: true, peerCount: 3 } })
})
