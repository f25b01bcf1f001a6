// Yodel as an installed app: it can be installed, opens without a network, and takes a new version only when asked to.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { launchOptions } from './support/chromium'
import { facadeBefore } from './support/facade'
import { useHouse } from './support/house'
import { hearsAndSees } from './support/media'
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
