// Two people with Chromium: they ring, talk, hang up, and talk again.
import { expect, test } from 'vitest'
import { useHouse } from './support/house'
import { captured, hasLetGo, hearsAndSees } from './support/media'

const house = useHouse()

test('a call rings, is accepted, carries picture and sound both ways, and ends for both', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')

  await anna.tap('call')
  await anna.is('calling')
  await anna.reads('call-status', 'Waiting for an answer…')
  await ben.is('ringing')
  await ben.reads('call-status', 'Incoming video call…')
  await ben.tap('accept')

  await Promise.all([anna.is('connected'), ben.is('connected')])
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
  await Promise.all([anna.reads('elapsed', /\d:(?!00)\d\d/), ben.reads('path', 'Direct')])
  expect(await anna.attribute('transport', 'data-rung')).toBe('sse')

  await ben.tap('hangup')
  await Promise.all([anna.is('ended'), ben.is('ended')])
  await Promise.all([anna.reads('call-status', 'The call is over.'), ben.reads('call-status', 'The call is over.')])
  await Promise.all([hasLetGo(anna), hasLetGo(ben)])
})

test('whoever hangs up, the next call works, in either direction', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')

  const rounds = [[anna, ben, anna], [anna, ben, ben], [ben, anna, ben]] as const
  for (const [caller, callee, ender] of rounds) {
    await caller.tap('call')
    await callee.is('ringing')
    await callee.tap('accept')
    await Promise.all([hearsAndSees(caller), hearsAndSees(callee)])
    await ender.tap('hangup')
    await Promise.all([caller.is('ended'), callee.is('ended')])
    await Promise.all([hasLetGo(caller), hasLetGo(callee)])
  }
  expect(await captured(anna), 'one capture for each call').toMatchObject({ times: rounds.length })
})

test('after hanging up nothing captures again by itself', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await anna.tap('call')
  await ben.is('ringing')
  await ben.tap('accept')
  await Promise.all([anna.is('connected'), ben.is('connected')])
  await ben.tap('hangup')
  await hasLetGo(anna)
  const { times } = await captured(anna)

  // What wakes a page up, and makes hasty apps open the camera again.
  await anna.window.evaluate(() => {
    for (const type of ['online', 'focus', 'pageshow']) window.dispatchEvent(new Event(type))
    document.dispatchEvent(new Event('visibilitychange'))
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'))
  })
  await anna.tap('back')
  await anna.is('idle')
  await ben.tap('call')
  await anna.is('ringing')
  expect(await captured(anna), 'captures of somebody who is rung and has not answered').toMatchObject({ times, live: [], held: false })
  await anna.tap('decline')
  await anna.is('idle')
  expect(await captured(anna)).toMatchObject({ times, live: [], held: false })
})
