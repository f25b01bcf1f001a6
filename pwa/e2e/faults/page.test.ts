// What befalls a page in mid-call: it is reloaded, its browser is killed, it is put in the background.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { freeze, launchDesk, putAway } from '../support/background'
import { ChromiumPerson, launchOptions } from '../support/chromium'
import { Guest } from '../support/guest'
import { useHouse } from '../support/house'
import type { Person } from '../support/person'
import { puppeteerPerson } from '../support/puppeteer'
import { pause, until } from '../support/until'
import { keepWatch, sights } from '../support/watch'
import { bothTalk, bothWell, meet, nothingIsLost, speaking, talk } from './company'
import { measured } from './measured'

const house = useHouse({ watched: true })
const hiddenMs = 24_000
/** A busy machine apart, it is a hundredth of this. */
const latestWordMs = 5_000

const microphone = (person: Person) => person.window.evaluate(() => globalThis.__yodel?.localStream()?.getAudioTracks().map(track => track.enabled))
const shownMuted = (person: Person) => person.attribute('remote-name', 'data-muted').then(muted => muted === 'true')

test.each([['caller', 'Anna'], ['callee', 'Ben']] as const)('the %s reloads in mid-call and is muted as before', async (_, who) => {
  const server = await house.server()
  const [anna, ben] = await Promise.all([house.chromium(server, 'Anna'), house.chromium(server, 'Ben')])
  await meet(anna, ben)
  await talk(anna, ben, server)
  const [mover, stayer] = who === 'Anna' ? [anna, ben] : [ben, anna]
  await mover.tap('toggle-mic')
  await until(`${stayer.name} sees that ${mover.name} is muted`, () => shownMuted(stayer))
  for (let times = 0; times < 2; times++) {
    const began = Date.now()
    await mover.window.reload()
    measured('reloaded', await bothWell({ anna, ben }, began))
    expect(await microphone(mover), 'microphone after the reload').toEqual([false])
    expect(await shownMuted(stayer), 'shown as muted').toBe(true)
  }
  await nothingIsLost(await speaking(anna, ben, server))
})

/** What a browser has written of local storage, as it is on disk. */
async function stored(profile: string): Promise<string> {
  const folder = join(profile, 'Default', 'Local Storage', 'leveldb')
  const logs = (await readdir(folder)).filter(name => name.endsWith('.log'))
  return (await Promise.all(logs.map(name => readFile(join(folder, name), 'latin1')))).join('')
}

test('the installed app is killed in mid-call and opened again: it goes straight back, muted as before', async () => {
  const server = await house.server()
  const profile = await mkdtemp(join(tmpdir(), 'yodel-app-'))
  const contexts: BrowserContext[] = []
  house.later(async () => {
    await Promise.all(contexts.map(context => context.close().catch(() => undefined)))
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }) // what was killed may have left children behind
  })
  const open = async (name: string) => {
    const options = launchOptions()
    const context = await chromium.launchPersistentContext(profile, { ...options, args: [...options.args, `--app=${server.url}/`], viewport: null })
    contexts.push(context)
    await context.addInitScript(keepWatch)
    const page = context.pages()[0] ?? await context.newPage()
    await page.reload() // the window was there before the script
    const devtools = await context.browser()!.newBrowserCDPSession()
    const { processInfo } = await devtools.send('SystemInfo.getProcessInfo')
    return { person: house.welcome(new ChromiumPerson(name, page, server.url)), pid: processInfo.find(({ type }) => type === 'browser')!.id, closed: new Promise(resolve => context.once('close', resolve)) }
  }
  const before = await open('Anna')
  expect(await before.person.window.evaluate(() => matchMedia('(display-mode: standalone)').matches), 'runs as an installed app').toBe(true)
  const ben = await house.chromium(server, 'Ben')
  await meet(before.person, ben)
  await talk(before.person, ben, server)
  await before.person.tap('toggle-mic')
  await until('Ben sees that Anna is muted', () => shownMuted(ben))

  // Chromium writes what a page stores a few seconds later; without that there is nothing to come back to.
  await until('the seat is on disk, muted', () => stored(profile), text => text.includes('"microphone":"off"'))
  process.kill(before.pid, 'SIGKILL')
  await before.closed
  const began = Date.now()
  const { person: anna } = await open('Anna again')
  measured('browser-killed', await bothWell({ anna, ben }, began, 30_000))
  expect(await microphone(anna), 'microphone afterwards').toEqual([false])
  expect(await shownMuted(ben), 'shown as muted').toBe(true)
  await nothingIsLost(await speaking(anna, ben, server))
})

test('a tab in the background, in a call, and one that the system freezes: both stay on the stream they have', async () => {
  const server = await house.server('--heartbeat=2s', '--lease=5m') // nobody holds a stream open for Dora
  const desk = await launchDesk()
  house.later(() => desk.close())
  const [{ person: anna, page }, { person: cleo, page: pocket }] = [await puppeteerPerson(desk, 'Anna', server.url, [keepWatch]), await puppeteerPerson(desk, 'Cleo', server.url, [keepWatch])]
  const ben = await house.chromium(server, 'Ben')
  await cleo.enter('alp')
  await meet(anna, ben)
  const company = await talk(anna, ben, server)

  const lookAgain = [await putAway(page), await putAway(pocket)]
  for (const person of [anna, cleo]) expect(await person.window.evaluate(() => document.visibilityState), `whether ${person.name}’s tab is looked at`).toBe('hidden')
  const began = Date.now()
  const thaw = await freeze(pocket)
  await Guest.join(server.url, 'alp', 'Dora')
  bothTalk(company)
  await pause(hiddenMs / 2)
  await thaw()
  await pause(hiddenMs / 2)
  const said = Date.now()
  expect(await company.bensWords.told() - said, 'ms until a word reaches a tab in the background').toBeLessThan(latestWordMs)

  const looked = Date.now()
  for (const look of lookAgain) await look()
  measured('background', await bothWell(company, looked))
  await nothingIsLost(company)
  await until('Cleo sees who came while her page was frozen', () => cleo.people(), people => people.includes('Dora'))
  for (const person of [anna, cleo]) {
    expect(new Set((await sights(person, began)).map(({ rung }) => rung)), `what ${person.name}’s events travelled by`).toEqual(new Set(['sse']))
  }
})
