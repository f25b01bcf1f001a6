// What happens to a page on a phone: it is reloaded, opened twice, closed, and the server goes away and comes back.
import { expect, test } from 'vitest'
import { ChromiumPerson } from './support/chromium'
import { useHouse } from './support/house'
import { captured, hasLetGo, hearsAndSees, received, type Received } from './support/media'
import { until } from './support/until'

const house = useHouse()

async function call() {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await anna.tap('call')
  await ben.is('ringing')
  await ben.tap('accept')
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
  return { server, anna, ben }
}

/** Waits until half a second's worth of packets of 20 ms came without a sound in them; the test tone beeps every second half. */
async function silence(person: ChromiumPerson): Promise<Received> {
  let last = await received(person)
  return until(`${person.name} hears nothing for 75 packets`, async () => {
    const now = await received(person)
    if (now.audioEnergy - last.audioEnergy > 1e-6) last = now
    return { ...now, packetsOfSilence: now.audioPackets - last.audioPackets }
  }, now => now.packetsOfSilence >= 75)
}

/** Whether the picture of the other is shown, and not the initials. */
const shown = (person: ChromiumPerson) => person.window.evaluate(() => {
  const video = document.querySelector('[data-testid=remote-video]')
  return video !== null && getComputedStyle(video).visibility === 'visible'
})

/** Whether the far end of a call shows somebody as muted. */
const sounds = (person: ChromiumPerson) => person.words('remote-name').then(words => words === null)

/** From now on notes how dark the picture of the other becomes, 0 to 255, whatever shows it: the video, or the last picture of it. */
const watchDarkness = (person: ChromiumPerson) => person.window.evaluate(() => {
  const pen = Object.assign(document.createElement('canvas'), { width: 8, height: 6 }).getContext('2d', { willReadFrequently: true })!
  const noted = Object.assign(globalThis, { darkest: 255 })
  setInterval(() => {
    const [video, last] = ['remote-video', 'last-picture'].map(testid => document.querySelector<HTMLVideoElement | HTMLCanvasElement>(`[data-testid=${testid}]`))
    const shown = last?.checkVisibility() === true ? last : video
    if (!shown) return
    pen.drawImage(shown, 0, 0, 8, 6)
    const { data } = pen.getImageData(0, 0, 8, 6)
    noted.darkest = Math.min(noted.darkest, data.reduce((sum, value, index) => index % 4 === 3 ? sum : sum + value, 0) / (8 * 6 * 3))
  }, 20)
})
const darkest = (person: ChromiumPerson) => person.window.evaluate(() => (globalThis as unknown as { darkest: number }).darkest)

test.each(['caller', 'callee'] as const)('the %s reloads in mid-call: the seat is kept and the call comes back on both sides, muted as it was', async (who) => {
  const { anna, ben } = await call()
  const [mover, stayer] = who === 'caller' ? [anna, ben] : [ben, anna]
  await mover.tap('toggle-mic')
  await until(`${stayer.name} sees that ${mover.name} is muted`, () => sounds(stayer), heard => !heard)
  const seat = () => mover.window.evaluate(() => (JSON.parse(sessionStorage.getItem('yodel.seat.valley') ?? '{}') as { peer?: string }).peer)
  const before = await seat()

  const elapsed = async () => ((minutes = 0, seconds = 0) => minutes * 60 + seconds)(...(await mover.words('elapsed') ?? '').split(':').map(Number))
  const elapsedBefore = await until('the call is three seconds old', elapsed, seconds => seconds >= 3)
  await watchDarkness(stayer)
  await mover.window.reload()
  await Promise.all([mover.is('connected'), stayer.is('connected')])
  expect(await until('the time is shown again', elapsed), 'seconds since the call was answered').toBeGreaterThanOrEqual(elapsedBefore)
  expect(await seat()).toBe(before)
  await hearsAndSees(mover)
  const { framesDecoded } = await until(`${stayer.name} sees ${mover.name} again`, () => received(stayer), now => now.framesDecoded > 0)
  await until(`${stayer.name} sees more`, () => received(stayer), now => now.framesDecoded > framesDecoded)
  expect(await darkest(stayer), 'the darkest moment of the picture meanwhile').toBeGreaterThan(20)
  expect(await mover.window.evaluate(() => globalThis.__yodel?.localStream()?.getAudioTracks().map(track => track.enabled)), 'microphone after the reload').toEqual([false])
  await until(`${stayer.name} still sees that ${mover.name} is muted`, () => sounds(stayer), heard => !heard)

  await mover.tap('toggle-mic')
  await hearsAndSees(stayer)
  await stayer.tap('hangup')
  await mover.is('ended')
  await Promise.all([hasLetGo(anna), hasLetGo(ben)])
})

test('mute is heard and seen on the other side, and so is the camera', async () => {
  const { anna, ben } = await call()
  await anna.tap('toggle-mic')
  await ben.reads('remote-name', 'Anna')
  const { audioEnergy } = await silence(ben)
  await anna.tap('toggle-mic')
  await until('Ben is shown no mute any more', () => sounds(ben))
  await until('Ben hears Anna again', () => received(ben), now => now.audioEnergy > audioEnergy)

  await anna.tap('toggle-camera')
  await until('Anna’s camera is let go', () => captured(anna), now => now.live.join() === 'audio')
  await until('Ben sees no picture of Anna', () => shown(ben), seen => !seen)
  await anna.tap('toggle-camera')
  await until('Ben sees Anna again', () => shown(ben))
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
})

test('a reload with the camera off: it stays off, and nothing lights up', async () => {
  const { anna, ben } = await call()
  await anna.tap('toggle-camera')
  await until('Ben sees no picture of Anna', () => shown(ben), seen => !seen)
  await anna.window.reload()
  await anna.is('connected')
  await hearsAndSees(anna)
  expect(await captured(anna), 'what the page after the reload asked for').toMatchObject({ times: 1, live: ['audio'] })
  expect(await shown(ben), 'a picture of Anna').toBe(false)
  await anna.tap('toggle-camera')
  await until('Ben sees Anna again', () => shown(ben))
})

test('a tab that the browser duplicates: the first says where the call is, lets go, and comes back only when asked to', async () => {
  const { server, anna, ben } = await call()
  const seat = await anna.window.evaluate(() => ({ ...sessionStorage }) as Record<string, string>)
  const page = await anna.page.context().newPage()
  await page.addInitScript((entries) => {
    if (sessionStorage.length > 0) return
    for (const [key, value] of Object.entries(entries)) sessionStorage.setItem(key, value)
  }, seat)
  const second = new ChromiumPerson('Anna’s second tab', page, server.url)
  await second.open('valley')

  await second.is('connected')
  await anna.isTold('replaced', /another tab[^]*Your call goes on there/)
  await until('the first tab lets go', () => captured(anna), now => now.live.length === 0)
  await Promise.all([hearsAndSees(second), hearsAndSees(ben)])

  // What would make a hasty page fight for its seat.
  await anna.window.evaluate(() => {
    for (const type of ['online', 'focus']) window.dispatchEvent(new Event(type))
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await Promise.all([hearsAndSees(second), hearsAndSees(ben)])
  expect(await anna.attribute('error', 'data-code')).toBe('replaced')

  await second.tap('toggle-mic')
  await until('Ben sees that Anna is muted', () => sounds(ben), heard => !heard)
  await anna.tap('take-over')
  await second.isTold('replaced', /another tab/)
  await until('the second tab lets go', () => captured(second), now => now.live.length === 0)
  await anna.is('connected')
  await hearsAndSees(anna)
  expect(await anna.window.evaluate(() => globalThis.__yodel?.localStream()?.getAudioTracks().map(track => track.enabled)), 'microphone, as it was in the second tab').toEqual([false])
  expect(await sounds(ben), 'Anna’s sound').toBe(false)
})

test('the server goes away and comes back: the page says so, finds it again, and is rung', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await server.stop()
  await Promise.all([anna.reads('link', 'Looking for the server'), ben.reads('link', 'Looking for the server')])
  await server.start()
  await Promise.all([anna.misses('link'), ben.misses('link')])
  await until('both are in the room again', () => anna.people(), people => people.includes('Anna') && people.includes('Ben'))
  await anna.tap('call')
  await ben.is('ringing')
  await ben.tap('accept')
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
})

test('no server at all at the door: a sentence, and trying again works once it is back', async () => {
  const server = await house.server()
  const anna = await (await house.chromium(server, 'Anna')).open('valley')
  await server.stop()
  await anna.tap('join')
  await anna.isTold('server-unreachable', /cannot be reached/)
  await server.start()
  await anna.tap('join')
  await anna.is('idle')
})

test('a page that its person closes vanishes from the room before the lease is over', async () => {
  const server = await house.server('--lease=10m')
  const anna = await (await house.chromium(server, 'Anna')).enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await until('Anna sees Ben', () => anna.people(), people => people.includes('Ben'))
  await ben.page.close({ runBeforeUnload: true })
  await until('Ben is gone, 10 s after his page', () => anna.people(), people => !people.includes('Ben'), 20_000)
})
