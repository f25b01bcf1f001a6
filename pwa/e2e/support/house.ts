// What every test file begins with: `const house = useHouse()`. It lends servers and people to a test and takes them back
// after it; of a failed one it keeps what the people saw and what the server wrote.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContext } from 'playwright-core'
import type { Browser as Firefox } from 'puppeteer-core'
import { afterAll, afterEach, type TestContext } from 'vitest'
import { ChromiumPerson, type ContextOptions, fakeDevices, launchChromium, newContext, type Proxy } from './chromium'
import { type FirefoxProxy, launchFirefox, launchFirefoxAt } from './firefox'
import { evidenceDir } from './paths'
import { Network } from './namespaces'
import type { Person } from './person'
import { puppeteerPerson } from './puppeteer'
import { type Place, Server } from './server'
import { keepWatch, sights } from './watch'

export interface BrowserOptions {
  flags?: readonly string[]
  proxy?: Proxy
  /** Run in each page before its own. */
  scripts?: readonly (() => void)[]
}

export interface House {
  server(...flags: string[]): Promise<Server>
  /** One that runs elsewhere than on loopback. */
  serverAt(place: Place, ...flags: string[]): Promise<Server>
  /** One at the router of a network of the test's own. */
  serverIn(network: { place: Place }, ...flags: string[]): Promise<Server>
  network(): Promise<Network>
  /** Somebody new with a Chromium context of their own; nothing is open yet. */
  chromium(server: { url: string }, name: string, options?: ContextOptions & { devices?: readonly string[] } & Pick<BrowserOptions, 'scripts'>): Promise<ChromiumPerson>
  /** The same in a browser that the test has launched. */
  chromiumIn(browser: Browser, server: { url: string }, name: string, options?: ContextOptions): Promise<ChromiumPerson>
  /** Somebody with a browser of their own, which has the links of one place alone if that has a Chromium. */
  chromiumOf(place: { chromium?: string | undefined }, server: { url: string }, name: string, options?: BrowserOptions): Promise<ChromiumPerson>
  firefox(server: { url: string }, name: string): Promise<Person>
  /** Somebody with a Firefox of their own in a namespace. */
  firefoxOf(place: { namespace: string }, server: { url: string }, name: string, options: { proxy: FirefoxProxy, scripts?: readonly (() => void)[] }): Promise<Person>
  /** Somebody whose browser is the test's own: of a failed test it is kept what they saw, too. */
  welcome<P extends Person>(person: P): P
  /** Something of the test's own to be closed after it. */
  later(close: () => Promise<unknown>): void
}

/** `watched`: each page writes down what its person notices (watch.ts). */
export function useHouse({ watched = false } = {}): House {
  const chromiums = new Map<string, Promise<Browser>>()
  let firefox: Promise<Firefox> | null = null
  let servers: Server[] = []
  let people: Person[] = []
  let guests: Person[] = []
  let contexts: BrowserContext[] = []
  let roaming: Browser[] = []
  let networks: Network[] = []
  let closers: (() => Promise<unknown>)[] = []

  const browserWith = (devices?: readonly string[]) => {
    const key = devices?.join(' ') ?? 'fake'
    const browser = chromiums.get(key) ?? launchChromium(devices)
    chromiums.set(key, browser)
    return browser
  }
  const settle = async (browser: Browser, server: { url: string }, name: string, options: ContextOptions, scripts: readonly (() => void)[] = []) => {
    const context = await newContext(browser, options)
    contexts.push(context)
    for (const script of watched ? [keepWatch, ...scripts] : scripts) await context.addInitScript(script)
    const person = new ChromiumPerson(name, await context.newPage(), server.url)
    people.push(person)
    return person
  }

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await keepEvidence(task, [...people, ...guests], servers, watched)
    const leaving = { servers, people, contexts, roaming, networks, closers }
    servers = []
    people = []
    guests = []
    contexts = []
    roaming = []
    networks = []
    closers = []
    await all([...leaving.contexts.map(context => context.close()), ...leaving.people.filter(person => !(person instanceof ChromiumPerson)).map(person => person.window.close())])
    await all(leaving.roaming.map(browser => browser.close()))
    await all(leaving.closers.map(close => close()))
    await all(leaving.servers.map(server => server.dispose()))
    await all(leaving.networks.map(network => network.close()))
  })
  afterAll(async () => {
    await Promise.all([...chromiums.values(), firefox].map(async browser => (await browser)?.close()))
  })

  return {
    async server(...flags) {
      const server = await Server.start(...flags)
      servers.push(server)
      return server
    },
    async serverAt(place, ...flags) {
      const server = await Server.startAt(place, ...flags)
      servers.push(server)
      return server
    },
    serverIn(network, ...flags) {
      return this.serverAt(network.place, ...flags)
    },
    async network() {
      const network = await Network.build()
      networks.push(network)
      return network
    },
    async chromium(server, name, { devices, scripts, ...options } = {}) {
      return settle(await browserWith(devices), server, name, options, scripts)
    },
    chromiumIn: (browser, server, name, options = {}) => settle(browser, server, name, options),
    async chromiumOf({ chromium }, server, name, { flags = [], proxy, scripts } = {}) {
      // Plain HTTP from another host is no secure origin, which is no matter here.
      const browser = await launchChromium([...fakeDevices, `--unsafely-treat-insecure-origin-as-secure=${server.url}`, ...flags], chromium, proxy)
      roaming.push(browser)
      return settle(browser, server, name, {}, scripts)
    },
    async firefoxOf(place, server, name, { proxy, scripts = [] }) {
      const { browser, close } = await launchFirefoxAt(place.namespace, proxy)
      closers.push(close)
      const { person } = await puppeteerPerson(browser, name, server.url, [...watched ? [keepWatch] : [], ...scripts])
      people.push(person)
      return person
    },
    async firefox(server, name) {
      firefox ??= launchFirefox()
      const { person } = await puppeteerPerson(await firefox, name, server.url, watched ? [keepWatch] : [])
      people.push(person)
      return person
    },
    welcome(person) {
      guests.push(person)
      return person
    },
    later: (close) => { closers.push(close) },
  }
}

/** Waits for each, whatever becomes of the others; then fails as the first that failed. */
async function all(work: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason
}

async function keepEvidence(task: TestContext['task'], people: readonly Person[], servers: readonly Server[], watched: boolean): Promise<void> {
  const folder = join(evidenceDir, `${task.file.name} ${task.name}`.replace(/[^\w.-]+/g, '-').slice(0, 120))
  await mkdir(folder, { recursive: true })
  await Promise.all([
    ...people.map(person => person.window.screenshot(join(folder, `${person.name}.png`)).catch(() => undefined)),
    ...people.map(person => writeFile(join(folder, `${person.name}.console.txt`), person.console.join('\n'))),
    ...people.filter(() => watched).map(async person => writeFile(join(folder, `${person.name}.sights.txt`), (await sights(person, 0).catch(() => [])).map(sight => JSON.stringify(sight)).join('\n'))),
    ...servers.map((server, index) => writeFile(join(folder, `server-${index + 1}.log`), server.log)),
  ])
  console.error(`what was seen is in ${folder}`)
}
