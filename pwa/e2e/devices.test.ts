// What a call needs and somebody may lack: leave to use the camera, a camera, a microphone, a secure origin, WebRTC.
import { expect, test } from 'vitest'
import { guardedDevices, insecureHost, noCamera } from './support/chromium'
import { useHouse } from './support/house'
import { captured, hasLetGo, received } from './support/media'
import type { Person } from './support/person'
import { until } from './support/until'

const house = useHouse()

/** Picture and sound that flow, each asked for by itself: with a device missing not both do. */
async function flows(person: Person, kind: 'picture' | 'sound'): Promise<void> {
  const amount = async () => {
    const { framesDecoded, audioEnergy } = await received(person)
    return kind === 'picture' ? framesDecoded : audioEnergy
  }
  const before = await until(`${person.name} receives ${kind}`, amount)
  await until(`${person.name} receives more ${kind} than ${before}`, amount, now => now > before)
}

test('camera denied: a plain sentence, and a call with voice only', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna', { devices: guardedDevices, permissions: ['microphone'] })).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await anna.tap('call')
  await anna.isTold('camera-denied', /may not use your camera.*Allow it/)
  expect(await anna.state()).toBe('idle')
  await anna.tap('way-audio-only')
  await ben.is('ringing')
  await ben.tap('accept')
  await Promise.all([anna.is('connected'), ben.is('connected')])
  await Promise.all([flows(anna, 'sound'), flows(ben, 'sound')])
  expect((await captured(anna)).live).toEqual(['audio'])
  await anna.tap('hangup')
  await Promise.all([hasLetGo(anna), hasLetGo(ben)])
})

test('everything denied while it rings: it goes on ringing, and the call works without sending anything', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben', { devices: guardedDevices, permissions: [] })).enter('valley')
  await anna.tap('call')
  await ben.is('ringing')
  await ben.tap('accept')
  await ben.sees('error')
  expect(await ben.state()).toBe('ringing')
  await ben.tap('way-without-media')
  await Promise.all([anna.is('connected'), ben.is('connected')])
  await Promise.all([flows(ben, 'picture'), flows(ben, 'sound')])
  expect(await captured(ben)).toMatchObject({ times: 0 })
})

test('microphone denied: its own sentence', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna', { devices: guardedDevices, permissions: ['camera'] })).enter('valley')
  await anna.tap('call-voice')
  await anna.isTold('microphone-denied', /may not use your microphone/)
  expect(await captured(anna)).toMatchObject({ times: 0 })
})

test('no camera: a plain sentence, and a call with voice only', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben', { devices: noCamera })).enter('valley')
  await anna.tap('call')
  await ben.is('ringing')
  await ben.tap('accept')
  await ben.isTold('camera-missing', /No camera was found/)
  await ben.tap('way-audio-only')
  await Promise.all([anna.is('connected'), ben.is('connected')])
  await Promise.all([flows(ben, 'picture'), flows(ben, 'sound'), flows(anna, 'sound')])
})

test('no microphone: a plain sentence, and a call that listens', async () => {
  const server = await house.server()
  const anna = await house.chromium(server, 'Anna')
  await anna.page.addInitScript(() => {
    const devices = navigator.mediaDevices
    const { getUserMedia, enumerateDevices } = MediaDevices.prototype
    devices.getUserMedia = async (wanted) => {
      if (wanted?.audio) throw new DOMException('Requested device not found', 'NotFoundError')
      return getUserMedia.call(devices, wanted)
    }
    devices.enumerateDevices = async () => (await enumerateDevices.call(devices)).filter(device => device.kind !== 'audioinput')
  })
  await anna.enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await ben.tap('call')
  await anna.is('ringing')
  await anna.tap('accept')
  await anna.isTold('microphone-missing', /No microphone was found/)
  await anna.tap('way-without-media')
  await Promise.all([flows(anna, 'picture'), flows(anna, 'sound')])
})

test('an origin that is not secure: the sentence says so, and one can still listen', async () => {
  const server = await house.server()
  const anna = await (await house.chromium({ url: `http://${insecureHost}:${server.port}` }, 'Anna')).enter('valley')
  expect(await anna.window.evaluate(() => isSecureContext)).toBe(false)
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await ben.tap('call')
  await anna.is('ringing')
  await anna.tap('accept')
  await anna.isTold('insecure-origin', /not secure \(https\)/)
  await anna.tap('way-without-media')
  await Promise.all([flows(anna, 'picture'), flows(anna, 'sound')])
})

test('whoever calls without sending anything sees and hears the other all the same', async () => {
  const server = await house.server()
  const anna = await (await house.chromium({ url: `http://${insecureHost}:${server.port}` }, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await anna.tap('call')
  await anna.isTold('insecure-origin', /still listen and watch/)
  await anna.tap('way-without-media')
  await ben.is('ringing')
  await ben.reads('call-status', 'Incoming video call…')
  await ben.tap('accept')
  await Promise.all([flows(anna, 'picture'), flows(anna, 'sound')])
})

test('a browser without WebRTC: the sentence names ones that have it, and the camera stays off', async () => {
  const server = await house.server()
  const anna = await house.chromium(server, 'Anna')
  await anna.page.addInitScript(() => { Reflect.deleteProperty(globalThis, 'RTCPeerConnection') })
  await anna.enter('valley')
  await anna.tap('call')
  await anna.isTold('no-webrtc', /cannot make video calls.*Chrome, Safari, Firefox/)
  expect(await captured(anna)).toMatchObject({ times: 0 })
})
