// What every test file begins with: `const house = useHouse()`. It lends servers and people to a test and takes them back
// after it; of a failed one it keeps what the people saw and what the server wrote.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContext } from 'playwright-core'
import type { Browser as Firefox } from 'puppeteer-core'
import { afterAll, afterEach, type TestContext } from 'vitest'
import { ChromiumPerson, type ContextOptions, launchChromium, newContext } from './chromium'
import { firefoxPerson, launchFirefox } from './firefox'
import { evidenceDir } from './paths'
import type { Person } from './person'
import { Server } from './server'

export interface House {
  server(...flags: string[]): Promise<Server>
  /** Somebody new with a Chromium context of their own; nothing is open yet. */
  chromium(server: { url: string }, name: string, options?: ContextOptions & { devices?: readonly string[] }): Promise<ChromiumPerson>
  firefox(server: { url: string }, name: string): Promise<Person>
  /** Something of the test's own to be closed after it. */
  later(close: () => Promise<unknown>): void
}

export function useHouse(): House {
  const chromiums = new Map<string, Promise<Browser>>()
  let firefox: Promise<Firefox> | null = null
  let servers: Server[] = []
  let people: Person[] = []
  let contexts: BrowserContext[] = []
  let closers: (() => Promise<unknown>)[] = []

  const browserWith = (devices?: readonly string[]) => {
    const key = devices?.join(' ') ?? 'fake'
    const browser = chromiums.get(key) ?? launchChromium(devices)
    chromiums.set(key, browser)
    return browser
  }

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await keepEvidence(task, people, servers)
    await Promise.all([...contexts.map(context => context.close()), ...people.filter(person => !(person instanceof ChromiumPerson)).map(person => person.window.close())])
    await Promise.all(closers.map(close => close()))
    const stopping = servers
    people = []
    contexts = []
    closers = []
    servers = []
    await Promise.all(stopping.map(server => server.dispose()))
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
    async chromium(server, name, { devices, ...options } = {}) {
      const context = await newContext(await browserWith(devices), options)
      contexts.push(context)
      const person = new ChromiumPerson(name, await context.newPage(), server.url)
      people.push(person)
      return person
    },
    async firefox(server, name) {
      firefox ??= launchFirefox()
      const person = await firefoxPerson(await firefox, name, server.url)
      people.push(person)
      return person
    },
    later: (close) => { closers.push(close) },
  }
}

async function keepEvidence(task: TestContext['task'], people: readonly Person[], servers: readonly Server[]): Promise<void> {
  const folder = join(evidenceDir, `${task.file.name} ${task.name}`.replace(/[^\w.-]+/g, '-').slice(0, 120))
  await mkdir(folder, { recursive: true })
  await Promise.all([
    ...people.map(person => person.window.screenshot(join(folder, `${person.name}.png`)).catch(() => undefined)),
    ...people.map(person => writeFile(join(folder, `${person.name}.console.txt`), person.console.join('\n'))),
    ...servers.map((server, index) => writeFile(join(folder, `server-${index + 1}.log`), server.log)),
  ])
  console.error(`what was seen is in ${folder}`)
}
