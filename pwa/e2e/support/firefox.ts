// Firefox by Puppeteer over WebDriver BiDi: one browser for a file, a context of its own for each person.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import puppeteer, { type Browser } from 'puppeteer-core'
import { freePort } from './daemon'
import { inside } from './netns'
import { firefoxPath } from './paths'

const preferences = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.gmp-manager.updateEnabled': false,
  'intl.accept_languages': 'en-GB',
}

export function launchFirefox(more: Readonly<Record<string, boolean>> = {}): Promise<Browser> {
  return puppeteer.launch({ browser: 'firefox', executablePath: firefoxPath, headless: true, extraPrefsFirefox: { ...preferences, ...more } })
}

export interface FirefoxProxy {
  host: string
  port: number
}

/** One in a network namespace that reaches the world by a proxy alone. Certificates are not looked at. */
export async function launchFirefoxAt(namespace: string, proxy: FirefoxProxy): Promise<{ browser: Browser, close: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'yodel-firefox-'))
  const wrapper = join(folder, 'firefox')
  await writeFile(wrapper, `#!/bin/sh\nexec ${inside(namespace).join(' ')} ${firefoxPath} "$@"\n`)
  await chmod(wrapper, 0o755)
  const port = await freePort()
  const bridge = await bridgeInto(namespace, port)
  const tidyUp = async () => {
    await bridge.close()
    await rm(folder, { recursive: true, force: true })
  }
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath: wrapper, headless: true, debuggingPort: port, acceptInsecureCerts: true,
    extraPrefsFirefox: {
      ...preferences,
      'network.proxy.type': 1, 'network.proxy.http': proxy.host, 'network.proxy.http_port': proxy.port, 'network.proxy.ssl': proxy.host, 'network.proxy.ssl_port': proxy.port,
    },
  }).catch(async (error: unknown) => {
    await tidyUp()
    throw error
  })
  return { browser, close: () => browser.close().finally(tidyUp) }
}

/** A port of loopback here leads to the same one inside a namespace: Puppeteer talks to Firefox over TCP. */
async function bridgeInto(namespace: string, port: number): Promise<{ close: () => Promise<void> }> {
  const children = new Set<ChildProcess>()
  const script = `const s = require('net').connect(${port}, '127.0.0.1'); process.stdin.pipe(s).pipe(process.stdout); s.on('error', () => process.exit(1))`
  const server = createServer((socket) => {
    const [program, ...enter] = inside(namespace)
    const child = spawn(program, [...enter, process.execPath, '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
    children.add(child)
    for (const stream of [socket, child.stdin, child.stdout]) stream.on('error', () => socket.destroy())
    socket.pipe(child.stdin)
    child.stdout.pipe(socket)
    socket.on('close', () => child.kill())
    child.on('exit', () => {
      children.delete(child)
      socket.destroy()
    })
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  return {
    async close() {
      for (const child of children) child.kill()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
