// Each proxy of the matrix at work, as it comes: nothing in its settings is there for the app's sake.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { certificateFor } from '../support/certificate'
import type { ContextOptions } from '../support/chromium'
import { connects, type Daemon, freePort, startDaemon } from '../support/daemon'
import { FaultProxy } from '../support/faultproxy'
import type { House } from '../support/house'
import { bufferingNginx, nginxBefore } from '../support/nginx'
import type { Server } from '../support/server'
import { intercepting, startSquid } from '../support/squid'
import type { RowName } from './matrix'

export interface Between {
  /** Where people find the server. */
  url: string
  server: Server
  /** A proxy that their browsers are told of, and how it signs what it passes on. */
  options?: ContextOptions
  via?: RegExp
}

const lend = <D extends Daemon>(house: House, daemon: D): D => {
  house.later(() => daemon.close())
  return daemon
}

/** In front of the server; `settings` are written for its port and the server's. */
async function reverse(house: House, name: string, command: (file: string) => readonly string[], settings: (port: number, server: number) => string): Promise<Between> {
  const [server, port] = [await house.server(), await freePort()]
  lend(house, await startDaemon({
    name,
    async command(folder) {
      const file = join(folder, 'settings')
      await writeFile(file, settings(port, server.port))
      return command(file)
    },
    isReady: () => connects(port),
  }))
  return { url: `http://127.0.0.1:${port}`, server }
}

/** Before the browser, which is told to use it. */
async function forward(house: House, via: RegExp, start: (port: number) => Promise<Daemon>): Promise<Between> {
  const [server, port] = [await house.server(), await freePort()]
  lend(house, await start(port))
  return { url: server.url, server, via, options: { proxy: { server: `http://127.0.0.1:${port}` } } }
}

export const putBetween: Record<RowName, (house: House) => Promise<Between>> = {
  async 'nginx'(house) {
    const server = await house.server()
    return { server, url: lend(house, await nginxBefore(server)).url }
  },
  async 'nginx-buffering'(house) {
    const server = await house.server()
    return { server, url: lend(house, await bufferingNginx(server)).url }
  },
  'haproxy': house => reverse(house, 'haproxy', file => ['haproxy', '-db', '-f', file], (port, server) => `
defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
listen front
  bind 127.0.0.1:${port}
  server yodel 127.0.0.1:${server}
`),
  'caddy': house => reverse(house, 'caddy', file => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file], (port, server) => `
{
	admin off
}
http://127.0.0.1:${port} {
	reverse_proxy 127.0.0.1:${server}
}
`),
  'squid': house => forward(house, /squid/, port => startSquid({ port, rules: 'http_access allow all\n' })),
  'tinyproxy': house => forward(house, /tinyproxy/, port => startDaemon({
    name: 'tinyproxy',
    async command(folder) {
      await writeFile(join(folder, 'settings'), `Port ${port}\nListen 127.0.0.1\nTimeout 600\nAllow 127.0.0.1\n`)
      return ['tinyproxy', '-d', '-c', join(folder, 'settings')]
    },
    isReady: () => connects(port),
  })),
  async 'intercepting'(house) {
    const [own, authority, port] = [await certificateFor('IP:127.0.0.1'), await certificateFor('DNS:office.test'), await freePort()]
    for (const certificate of [own, authority]) house.later(() => certificate.close())
    const server = await house.server('--tls=files', `--tls-cert=${own.cert}`, `--tls-key=${own.key}`)
    lend(house, await startSquid({ port, ...intercepting(authority, 'http_access allow all\n') }))
    return {
      url: `https://127.0.0.1:${server.port}`, server, via: /squid/, options: { proxy: { server: `http://127.0.0.1:${port}` }, ignoreHTTPSErrors: true },
    }
  },
  async 'store-and-forward'(house) {
    const server = await house.server()
    const proxy = lend(house, await FaultProxy.before(server))
    await proxy.rules({ buffer: [{}] })
    return { server, url: proxy.url }
  },
}
