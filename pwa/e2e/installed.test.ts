// Yodel as an installed app: it can be installed, opens without a network, finds its way back into a call after it was
// killed, and takes a new version only when asked to.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { ChromiumPerson, launchOptions } from './support/chromium'
import { facadeBefore } from './support/facade'
import { useHouse } from './support/house'
import { captured, hearsAndSees, received } from './support/media'
import type { Person } from './support/person'
import { until } from './support/until'

const house = useHouse()

const controlled = (person: Person) => person.window.evaluate(() => navigator.serviceWorker.controller?.state ?? null)

/** Loads the app twice: the worker installs with the first load and serves from the second on. */
async function withWorker(person: Person, url: string): Promise<void> {
  await person.window.goto(url)
  await until('the service worker is ready', () => person.window.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active?.state ?? null), state => state === 'activated')
  await person.window.reload()
  expect(await controlled(person), 'state of the worker that serves the page').toBe('activated')
}

/** A page says that it is installed as iOS does; windows of an installed Chromium app cannot be had without a screen. */
async function anInstalledApp(server: { url: string }, name: string): Promise<ChromiumPerson> {
  const person = await house.chromium(server, name)
  await person.page.context().addInitScript(() => { Object.defineProperty(navigator, 'standalone', { value: true }) })
  return person
}

/** Another window of the same app, at its first page. */
async function openedAgain(person: ChromiumPerson): Promise<ChromiumPerson> {
  const again = house.welcome(new ChromiumPerson(`${person.name} again`, await person.page.context().newPage(), person.url))
  await again.window.goto(person.url)
  return again
}

/** As a phone does it: no event, no last word. */
async function kill({ page }: ChromiumPerson): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  const killed = page.waitForEvent('crash')
  devtools.send('Page.crash').catch(() => undefined)
  await killed
}

async function call(server: { url: string }, anna: ChromiumPerson): Promise<ChromiumPerson> {
  await anna.enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await anna.tap('call')
  await ben.is('ringing')
  await ben.tap('accept')
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
  return ben
}

const microphone = (person: Person) => person.window.evaluate(() => globalThis.__yodel?.localStream()?.getAudioTracks().map(track => track.enabled))
const isMuted = async (ben: Person) => await ben.attribute('remote-name', 'data-muted') === 'true'

async function seesAgain(ben: Person): Promise<void> {
  const { framesDecoded } = await until('Ben sees something', () => received(ben), now => now.framesDecoded > 0)
  await until('Ben sees more', () => received(ben), now => now.framesDecoded > framesDecoded)
}

test.each([['', false], [', and the server, too', true]])('the app is killed in a call%s: opened at its first page it is back in it without a tap, muted as it was', async (_, serverToo) => {
  const server = await house.server()
  const anna = await anInstalledApp(server, 'Anna')
  if (serverToo) await withWorker(anna, server.url)
  const ben = await call(server, anna)
  await anna.tap('toggle-mic')
  await until('Ben sees that Anna is muted', () => isMuted(ben))
  await kill(anna)
  if (serverToo) await server.kill()
  const again = await openedAgain(anna)
  if (serverToo) {
    await again.reads('link', 'Looking for the server')
    await ben.reads('link', 'The call comes back with it')
    expect(await ben.window.evaluate(() => document.querySelector('[data-testid=last-picture]')?.checkVisibility()), 'the last picture of Anna').toBe(true)
    await server.start()
  }
  await again.is('connected')
  expect(await again.window.evaluate(() => location.pathname)).toBe('/r/valley')
  await Promise.all([hearsAndSees(again), seesAgain(ben)])
  expect(await microphone(again)).toEqual([false])
  expect(await isMuted(ben)).toBe(true)
  await again.tap('hangup')
  await ben.is('ended')
})

test('the app is killed in a call that is over when it is opened again: it opens as ever, and nobody sees it in the room', async () => {
  const server = await house.server('--lease=2s', '--lease-in-call=2s')
  const anna = await anInstalledApp(server, 'Anna')
  const ben = await call(server, anna)
  await kill(anna)
  await ben.is('ended')
  const again = await openedAgain(anna)
  await again.sees('room-input')
  expect(await again.words('error')).toBeNull()
  expect(await again.window.evaluate(() => Object.keys(localStorage).filter(key => key.startsWith('yodel.seat.')))).toEqual([])
  await ben.tap('back')
  expect(await ben.people()).toEqual(['Ben'])
})

test('a second window of the app takes the call; the first says so, and each has it when asked to', async () => {
  const server = await house.server()
  const first = await anInstalledApp(server, 'Anna')
  const ben = await call(server, first)
  const second = await openedAgain(first)
  await second.is('connected')
  await first.isTold('replaced', /Your call goes on there/)
  await until('the first window lets go', () => captured(first), now => now.live.length === 0)
  await second.tap('toggle-camera')
  await first.tap('take-over')
  await first.is('connected')
  await second.isTold('replaced', /Your call goes on there/)
  await hearsAndSees(first)
  expect((await captured(first)).live, 'the camera was turned off in the second').toEqual(['audio'])
  for (const window of [first, second]) {
    await window.window.evaluate(() => {
      for (const type of ['online', 'focus', 'pageshow']) globalThis.window.dispatchEvent(new Event(type))
      document.dispatchEvent(new Event('visibilitychange'))
    })
  }
  await hearsAndSees(first)
  expect([await first.state(), await second.attribute('error', 'data-code'), await ben.state()]).toEqual(['connected', 'replaced', 'connected'])
})

test('a reload in a call while the server is down: no error page, the server is looked for, and the call is back', async () => {
  const server = await house.server()
  const anna = await house.chromium(server, 'Anna')
  await withWorker(anna, server.url)
  const ben = await call(server, anna)
  await anna.tap('toggle-mic')
  await until('Ben sees that Anna is muted', () => isMuted(ben))
  await server.kill()
  await anna.window.reload()
  await anna.reads('link', 'Looking for the server')
  await ben.reads('link', 'Looking for the server')
  await server.start()
  await Promise.all([anna.is('connected'), ben.is('connected')])
  await Promise.all([hearsAndSees(anna), seesAgain(ben)])
  expect(await microphone(anna)).toEqual([false])
  expect(await isMuted(ben)).toBe(true)
})

test('Chromium has nothing to say against installing it', async () => {
  const server = await house.server()
  const profile = await mkdtemp(join(tmpdir(), 'yodel-profile-'))
  const context = await chromium.launchPersistentContext(profile, launchOptions())
  house.later(async () => {
    await context.close()
    await rm(profile, { recursive: true, force: true })
  })
  const page = await context.newPage()
  await page.goto(server.url)
  const devtools = await context.newCDPSession(page)
  const { data, errors } = await devtools.send('Page.getAppManifest')
  expect(errors).toEqual([])
  const { icons } = JSON.parse(data ?? '{}') as { icons: { purpose?: string }[] }
  expect(icons.map(icon => icon.purpose)).toEqual(expect.arrayContaining(['any', 'maskable']))
  expect(await devtools.send('Page.getInstallabilityErrors')).toEqual({ installabilityErrors: [] })
})

test('the shell opens without a network, and nothing of /api/ ever comes from the worker', async () => {
  const server = await house.server()
  const anna = await house.chromium(server, 'Anna')
  await withWorker(anna, server.url)
  const answers: { path: string, fromWorker: boolean }[] = []
  anna.page.on('response', response => answers.push({ path: new URL(response.url()).pathname, fromWorker: response.fromServiceWorker() }))
  await anna.enter('valley')
  expect(answers.filter(({ path }) => path === '/r/valley')).toEqual([{ path: '/r/valley', fromWorker: true }])
  expect(answers.filter(({ path }) => path.startsWith('/api/')).length).toBeGreaterThan(1)
  expect(answers.filter(({ path, fromWorker }) => path.startsWith('/api/') && fromWorker)).toEqual([])

  await server.stop()
  await anna.open('other-valley')
  await anna.tap('join')
  await anna.isTold('server-unreachable', /cannot be reached/)
  expect(await anna.window.evaluate(() => fetch('/api/v1/rooms/valley').then(answer => answer.status, () => 'no answer'))).toBe('no answer')
  const kept = () => anna.window.evaluate(async () => (await Promise.all((await caches.keys()).map(async key => (await (await caches.open(key)).keys()).map(request => new URL(request.url).pathname)))).flat())
  expect((await kept()).filter(path => path.startsWith('/api/'))).toEqual([])
})

test('a new version waits for a tap, keeps still during a call, and then takes over', async () => {
  const server = await house.server()
  const facade = await facadeBefore(server.url)
  house.later(() => facade.close())
  const anna = await house.chromium(facade, 'Anna')
  await withWorker(anna, facade.url)
  await anna.enter('valley')
  const ben = await (await house.chromium(server, 'Ben')).enter('valley')
  await anna.tap('call')
  await ben.is('ringing')
  await ben.tap('accept')
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])

  const mark = () => anna.window.evaluate(() => Object.assign(globalThis, { sameLoad: true }) && undefined)
  const sameLoad = () => anna.window.evaluate(() => 'sameLoad' in globalThis)
  await mark()
  facade.release()
  await anna.window.evaluate(async () => { await (await navigator.serviceWorker.getRegistration())?.update() })
  await anna.reads('update', 'after the call')
  expect(await anna.words('update-apply'), 'the button during a call').toBeNull()
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])

  await anna.tap('hangup')
  await anna.sees('update-apply')
  expect(await sameLoad(), 'no reload by itself').toBe(true)
  await anna.tap('update-apply')
  await until('the page is loaded anew', sameLoad, same => !same)
  await anna.is('idle')
  expect(await anna.words('update')).toBeNull()
  expect(await anna.window.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting === null)).toBe(true)
})
