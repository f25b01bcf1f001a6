// Coming in: a full room, a passcode, a name, a room of one's own.
import { expect, test } from 'vitest'
import { Guest, makeRoom } from './support/guest'
import { useHouse } from './support/house'
import { until } from './support/until'

const house = useHouse()

test('the 33rd at the door is told that the room is full, and comes in when somebody has left', async () => {
  const server = await house.server()
  const guests = await Promise.all(Array.from({ length: 32 }, (_, n) => Guest.join(server.url, 'valley', `Guest ${n + 1}`)))
  const anna = await (await house.chromium(server, 'Anna')).open('valley')
  await anna.tap('join')
  await anna.isTold('room-full', /The room is full/)
  expect(await anna.state()).toBeNull()
  await guests[0]!.leave()
  await anna.tap('join')
  await anna.is('idle')
})

test('a wrong passcode is said to be wrong, and the right one opens', async () => {
  const server = await house.server()
  await makeRoom(server.url, { room: 'valley', passcode: 'edelweiss' })
  const anna = await (await house.chromium(server, 'Anna')).open('valley')
  await anna.sees('passcode-input')
  await anna.type('passcode-input', 'enzian')
  await anna.tap('join')
  await anna.isTold('passcode-wrong', /not the passcode/)
  expect(await anna.state()).toBeNull()
  await anna.type('passcode-input', 'edelweiss')
  await anna.tap('join')
  await anna.is('idle')
  await anna.misses('error')
})

test('from the home page to a room of one’s own that a friend can be invited to', async () => {
  const server = await house.server()
  const anna = await house.chromium(server, 'Anna')
  await anna.window.goto(server.url)
  await anna.tap('join')
  await anna.isTold('name-missing', /write your name/)
  await until('the sentence is in sight, at the field that has the focus', () => anna.window.evaluate(() => {
    const { top, bottom } = document.querySelector('[data-testid=error]')!.getBoundingClientRect()
    return top >= 0 && bottom <= window.innerHeight && document.activeElement?.getAttribute('data-testid') === 'name-input'
  }))
  await anna.type('name-input', 'Anna')
  await anna.tap('join')
  await anna.is('idle')
  const path = await anna.window.evaluate(() => location.pathname)
  expect(path).toMatch(/^\/r\/[A-Za-z0-9_-]{12,64}$/)

  const ben = await house.chromium(server, 'Ben')
  await ben.window.goto(server.url)
  await ben.type('name-input', 'Ben')
  await ben.type('room-input', `Call me: ${server.url}${path}`)
  await ben.tap('join')
  await ben.is('idle')
  await until('Anna sees Ben', () => anna.people(), people => people.includes('Ben'))
})

test('a room made with a passcode at home is guarded, and its maker is inside', async () => {
  const server = await house.server()
  const anna = await house.chromium(server, 'Anna')
  await anna.window.goto(server.url)
  await anna.type('name-input', 'Anna')
  await anna.window.click('summary', 5_000)
  await anna.type('passcode-input', 'edelweiss')
  await anna.tap('join')
  await anna.is('idle')
  const room = await anna.window.evaluate(() => location.pathname.slice('/r/'.length))
  await expect(Guest.join(server.url, room, 'Stranger')).rejects.toThrow('passcode-required')
  await Guest.join(server.url, room, 'Friend', 'edelweiss')
  await until('Anna sees the friend', () => anna.people(), people => people.includes('Friend'))
})

test('a room that anybody could guess is said to be one; a link to nowhere is told', async () => {
  const server = await house.server()
  const anna = await house.chromium(server, 'Anna')
  await anna.window.goto(server.url)
  await anna.type('room-input', 'test')
  await until('Anna is warned', () => anna.window.evaluate(() => document.body.innerText), text => text.includes('easy to guess'))
  await anna.type('room-input', 'not a room!')
  await anna.type('name-input', 'Anna')
  await anna.tap('join')
  await anna.isTold('room-invalid', /up to 64 letters/)
  await anna.open('not%20a%20room')
  await until('Anna reads that there is no such page', () => anna.window.evaluate(() => document.body.innerText), text => text.includes('No such page'))
})

test('leaving by the back arrow gives the seat up at once', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await until('Anna sees Ben', () => anna.people(), people => people.includes('Ben'))
  await ben.tap('leave')
  await until('Ben is gone from the room', () => anna.people(), people => !people.includes('Ben'), 5_000)
  expect(await ben.window.evaluate(() => sessionStorage.length)).toBe(0)
})
