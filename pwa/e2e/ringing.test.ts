// Every way in which a ring can end.
import { expect, test } from 'vitest'
import { Guest, makeRoom } from './support/guest'
import { useHouse } from './support/house'
import { captured, hasLetGo, hearsAndSees } from './support/media'
import { until } from './support/until'

const house = useHouse()

test('a page that nobody tapped rings without a word in the console', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await anna.window.reload()
  await anna.is('idle')
  await ben.tap('call')
  await anna.is('ringing')
  await ben.tap('hangup')
  await anna.is('ended')
  expect(anna.console.filter(line => line.includes('vibrate'))).toEqual([])
})

test('refused: the caller is told so, the callee is back in the room and was never filmed', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await anna.tap('call')
  await ben.is('ringing')
  await ben.tap('decline')
  await Promise.all([ben.is('idle'), anna.is('ended')])
  await anna.reads('call-status', 'They can’t talk right now.')
  await hasLetGo(anna)
  expect(await captured(ben)).toMatchObject({ times: 0 })
})

test('cancelled: the ringing stops, and both are told', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await anna.tap('call')
  await ben.is('ringing')
  await anna.tap('hangup')
  await Promise.all([anna.is('ended'), ben.is('ended')])
  await Promise.all([anna.reads('call-status', 'You cancelled the call.'), ben.reads('call-status', 'The call was cancelled.')])
  await hasLetGo(anna)
})

test('no answer: it ends by itself, and who was away from the screen sees a missed call', async () => {
  const server = await house.server('--ring-timeout=4s')
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await anna.tap('call')
  await ben.is('ringing')
  await Promise.all([anna.is('ended'), ben.is('ended')])
  await Promise.all([anna.reads('call-status', 'No answer.'), ben.reads('call-status', 'You missed a call.')])
  await hasLetGo(anna)
})

test('busy: the caller is told that they are in another call', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await Guest.join(server.url, 'valley', 'Ben')
  await anna.tap('call')
  await anna.is('calling')
  const call = await until('the room has a call', async () => (await ben.look()).call)
  await ben.decline(call!.id, 'busy')
  await anna.is('ended')
  await anna.reads('call-status', 'They are in another call.')
  await hasLetGo(anna)
})

test('taken on another device: whoever else was rung is told so, and is not filmed', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  const benToo = await (await house.chromium(server, 'Ben’s tablet')).enter('valley')
  await anna.tap('call')
  await Promise.all([ben.is('ringing'), benToo.is('ringing')])
  await ben.tap('accept')
  await benToo.is('ended')
  await benToo.reads('call-status', 'The call was taken somewhere else.')
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
  expect(await captured(benToo)).toMatchObject({ times: 0 })
  expect(await benToo.words('call'), '“call again” while the others talk').toBeNull()
  await ben.tap('hangup')
  await benToo.sees('call')
})

test('two who accept at once: the later one is turned away politely, and the call goes on', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  const cleo = await house.chromium(server, 'Cleo')
  let letGo: () => void = () => undefined
  const taken = new Promise<void>((resolve) => { letGo = resolve })
  await cleo.page.route('**/accept', async (route) => {
    await taken
    await route.continue()
  })
  await cleo.enter('valley')

  await anna.tap('call')
  await Promise.all([ben.is('ringing'), cleo.is('ringing')])
  await cleo.tap('accept')
  await cleo.is('connecting')
  await ben.tap('accept')
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
  letGo()
  await cleo.is('ended')
  await cleo.reads('call-status', 'This time you could not join.')
  await cleo.isTold('call-full', /every place in it is taken/)
  await hasLetGo(cleo)
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
})

test('a third person may enter the room of a call for two, sees that it is full, and may call when it is over', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await anna.tap('call')
  await ben.is('ringing')
  await ben.tap('accept')
  await Promise.all([anna.is('connected'), ben.is('connected')])

  const cleo = await (await house.chromium(server, 'Cleo')).enter('valley')
  await until('Cleo reads that every place is taken', () => cleo.window.evaluate(() => document.body.innerText), text => text.includes('every place is taken'))
  expect(await cleo.words('accept')).toBeNull()
  expect(await cleo.words('call')).toBeNull()

  await ben.tap('hangup')
  await cleo.sees('call')
  await cleo.tap('call')
  await Promise.all([anna.is('ringing'), ben.is('ringing')])
})

test('where three may talk, the third joins a call that is on, and each sees both others', async () => {
  const server = await house.server()
  await makeRoom(server.url, { room: 'valley', callCapacity: 3 })
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await anna.tap('call')
  await ben.is('ringing')
  await ben.tap('accept')
  await Promise.all([anna.is('connected'), ben.is('connected')])
  const cleo = await (await house.chromium(server, 'Cleo')).enter('valley')
  await cleo.tap('accept')
  for (const person of [anna, ben, cleo]) {
    await until(`${person.name} sees two others`, () => person.window.evaluate(() =>
      Array.from(document.querySelectorAll<HTMLVideoElement>('[data-testid=remote-video]')).filter(video => video.videoWidth > 0 && video.currentTime > 0).length), count => count === 2)
    await hearsAndSees(person)
  }
  await ben.tap('hangup')
  await ben.is('ended')
  await ben.reads('company', 'Anna and Cleo')
  await Promise.all([hearsAndSees(anna), hearsAndSees(cleo)])
})

test('two who call each other at the same moment end up in one call, without another tap', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  const asked = [anna, ben].map(({ page }) => page.waitForRequest(request => request.url().endsWith('/calls')))
  for (const { page } of [anna, ben]) {
    await page.route('**/calls', async (route) => {
      await Promise.all(asked) // neither knows of the other's call
      await route.continue()
    })
  }
  await Promise.all([anna.tap('call'), ben.tap('call')])
  await Promise.all([anna.is('connected'), ben.is('connected')])
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
})
