// The settings of scripts/proxies at work: the files themselves, with ports and certificates of the test's own.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Certificate, certificateFor } from '../support/certificate'
import { connects, freePort, startDaemon } from '../support/daemon'
import type { House } from '../support/house'
import { startNginx } from '../support/nginx'
import { repository } from '../support/paths'
import type { Server } from '../support/server'

/** The name in the files. */
const site = 'call.example.org'

export interface Front {
  readonly url: string
  readonly port: number
  readonly server: Server
  /** For Chromium: the name is here, and its certificate good. */
  readonly flags: readonly string[]
}

type Replaced = readonly [was: string, is: string]
/** Runs a proxy with what is left to say about its settings. */
type Start = (house: House, text: string, port: number) => Promise<void>

interface Kind {
  file: string
  /** What differs from the file, beside Yodel's own port. */
  replaced(port: number, certificate: Certificate): readonly Replaced[]
  start: Start
}

const nginxHTTP: Start = async (house, text, port) => {
  const nginx = await startNginx(text, { isReady: () => connects(port) })
  house.later(() => nginx.close())
}
const nginxStream: Start = async (house, text, port) => {
  const nginx = await startNginx('', { top: `load_module modules/ngx_stream_module.so;\n${text}`, isReady: () => connects(port) })
  house.later(() => nginx.close())
}
const withFile = (name: string, command: (file: string) => readonly string[]): Start => async (house, text, port) => {
  const daemon = await startDaemon({
    name,
    async command(folder) {
      const file = join(folder, 'settings')
      await writeFile(file, text)
      return command(file)
    },
    isReady: () => connects(port),
  })
  house.later(() => daemon.close())
}
const haproxy = withFile('haproxy', file => ['haproxy', '-db', '-f', file])
const caddy = withFile('caddy', file => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file])

export const fronts = {
  'nginx': {
    file: 'nginx.conf',
    replaced: (port, { cert, key }) => [['listen 443', `listen 127.0.0.1:${port}`], [`/etc/ssl/${site}/fullchain.pem`, cert], [`/etc/ssl/${site}/privkey.pem`, key]],
    start: nginxHTTP,
  },
  'HAProxy': {
    file: 'haproxy.cfg',
    replaced: (port, { both }) => [['bind :443', `bind 127.0.0.1:${port}`], [`/etc/haproxy/${site}.pem`, both]],
    start: haproxy,
  },
  'Caddy': {
    file: 'Caddyfile',
    replaced: (port, { cert, key }) => [[`\n${site} {`, `\n{\n\tadmin off\n\tauto_https off\n}\nhttps://${site}:${port} {\n\ttls ${cert} ${key}`]],
    start: caddy,
  },
} satisfies Record<string, Kind>

export const passthroughs = {
  'nginx': { file: 'nginx-passthrough.conf', replaced: port => [['listen 443', `listen 127.0.0.1:${port}`]], start: nginxStream },
  'HAProxy': { file: 'haproxy-passthrough.cfg', replaced: port => [['bind :443', `bind 127.0.0.1:${port}`]], start: haproxy },
} satisfies Record<string, Kind>

/** Yodel as the file says that it be started, and the proxy before it. `pages` is the port of the other sites. */
export async function startFront(house: House, kind: Kind, { pages = 0, flags = [] as readonly string[] } = {}): Promise<Front> {
  const text = await readFile(join(repository, 'scripts/proxies', kind.file), 'utf8')
  const certificate = await certificateFor(`DNS:${site}`)
  house.later(() => certificate.close())
  const port = await freePort()
  const url = `https://${site}:${port}`
  const server = await house.server(...startedWith(text, url, certificate), ...flags)
  const ports: Replaced[] = [[`127.0.0.1:${ownPort(text)}`, `127.0.0.1:${server.port}`]]
  if (pages > 0) ports.push(['127.0.0.1:4443', `127.0.0.1:${pages}`])
  await kind.start(house, replace(text, [...kind.replaced(port, certificate), ...ports]), port)
  return { url, port, server, flags: [certificate.flag, `--host-resolver-rules=MAP ${site} 127.0.0.1,MAP ${site}. 127.0.0.1`] }
}

const commandLine = /^# +yodel serve --listen=\S*:(\d+) (.*)$/m

const ownPort = (text: string) => commandLine.exec(text)![1]!

/** The flags in the file's own words, but for where things are. */
function startedWith(text: string, url: string, { cert, key }: Certificate): string[] {
  const [, , flags] = commandLine.exec(text)!
  return flags!.replace(`https://${site}`, url).replace('fullchain.pem', cert).replace('privkey.pem', key).split(' ')
}

/** Fails where there is nothing to replace: the file is no longer what it was then. */
function replace(text: string, replaced: readonly Replaced[]): string {
  for (const [was, is] of replaced) {
    if (!text.includes(was)) throw new Error(`there is no ${was} in the settings`)
    text = text.replaceAll(was, is)
  }
  return text
}
