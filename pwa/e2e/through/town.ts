// Where all these calls are made: a server at port 443 with TLS and everything inside, an office whose only way out is
// squid with CONNECT to 443, and people at home with a network of their own.
import { type Certificate, certificateFor } from '../support/certificate'
import type { Proxy } from '../support/chromium'
import { firstFrame, timeFirstFrame } from '../support/firstframe'
import type { House } from '../support/house'
import { hearsAndSees } from '../support/media'
import { type Network, routerAddress } from '../support/namespaces'
import type { Office } from '../support/office'
import type { Person } from '../support/person'
import type { Server } from '../support/server'
import { connectOnly, intercepting, squidPort, type SquidOptions, startSquid } from '../support/squid'
import { until } from '../support/until'

export const name = 'call.test'
const site = { url: `https://${name}` }
/** For whoever looks names up on their own. Chromium does so for WebRTC with a dot at the end, and waits for 13 s in vain. */
const lookUp = `--host-resolver-rules=MAP ${name} ${routerAddress},MAP ${name}. ${routerAddress}`

/** How media of somebody goes, as the app itself says. */
export type Path = 'direct' | 'relay-udp' | 'relay-tcp' | 'relay-tls'
export const throughTCP: readonly Path[] = ['relay-tcp', 'relay-tls']

export class Town {
  #office: Office | null = null
  /** What the browsers of the office believe. */
  #authority: string

  private constructor(readonly house: House, readonly network: Network, readonly certificate: Certificate, readonly server: Server) {
    this.#authority = certificate.flag
  }

  static async build(house: House, ...flags: string[]): Promise<Town> {
    const network = await house.network()
    const certificate = await certificateFor(`DNS:${name}`, `IP:${routerAddress}`)
    house.later(() => certificate.close())
    const place = { ...network.place, port: 443 }
    const server = await house.serverIn({ place }, '--tls=files', `--tls-cert=${certificate.cert}`, `--tls-key=${certificate.key}`, ...flags)
    return new Town(house, network, certificate, server)
  }

  /** The office opens, with its proxy. */
  async open(options: Partial<SquidOptions> = {}): Promise<void> {
    this.#office = await this.network.office()
    const squid = await startSquid({ enter: this.#office.place.enter, hosts: `${routerAddress} ${name}`, rules: connectOnly, ...options })
    this.house.later(() => squid.close())
  }

  /** Its proxy looks into everything. */
  async openWithInspection(): Promise<void> {
    const authority = await certificateFor('DNS:office.test')
    this.house.later(() => authority.close())
    this.#authority = authority.flag
    await this.open(intercepting(authority, `acl INSIDE dstdomain ${name}\nhttp_access allow INSIDE\n${connectOnly}`))
  }

  /** Somebody in the office. */
  async clerk(person: string, { login, scripts = [] }: { login?: Pick<Proxy, 'username' | 'password'>, scripts?: readonly (() => void)[] } = {}): Promise<Person> {
    const desk = await this.#desk()
    const proxy = { server: `http://${desk.gateway}:${squidPort}`, ...login }
    return this.house.chromiumOf(desk, site, person, { flags: [this.#authority], proxy, scripts: [timeFirstFrame, ...scripts] })
  }

  async clerkWithFirefox(person: string): Promise<Person> {
    const desk = await this.#desk()
    return this.house.firefoxOf(desk, site, person, { proxy: { host: desk.gateway, port: squidPort }, scripts: [timeFirstFrame] })
  }

  /** Somebody at home: no proxy, and all of the network that the router lets through. */
  async resident(person: string, scripts: readonly (() => void)[] = []): Promise<Person> {
    const roamer = await this.network.roamer()
    return this.house.chromiumOf(roamer, site, person, { flags: [this.certificate.flag, lookUp], scripts: [timeFirstFrame, ...scripts] })
  }

  /** Desks from which the server could be reached without the proxy. */
  async leadsOut(): Promise<string[]> {
    return await this.#office?.leadsTo(routerAddress) ?? []
  }

  async #desk() {
    if (!this.#office) await this.open()
    return this.#office!.desk()
  }
}

/** Prints how long people waited for a first picture. */
export function measured(what: string, ms: number): void {
  console.log(`first picture after ${Math.round(ms)} ms: ${what}`)
}

/** They call, answer, see and hear each other. Resolves with how long both waited for the first picture, in ms. */
export async function call(caller: Person, callee: Person): Promise<number> {
  await caller.tap('call')
  await callee.is('ringing')
  await callee.tap('accept')
  await Promise.all([caller.is('connected'), callee.is('connected')])
  const waited = await firstFrame(caller, callee)
  await Promise.all([hearsAndSees(caller), hearsAndSees(callee)])
  return waited
}

export async function hangUp(caller: Person, callee: Person): Promise<void> {
  await caller.tap('hangup')
  await callee.is('ended')
}

/** The app says by which way media goes. ICE may settle for one that was ready first, and then for a better one. */
export async function goes(person: Person, paths: readonly Path[]): Promise<void> {
  await until(`media of ${person.name} goes by ${paths.join(' or ')}`, () => person.attribute('path', 'data-path'), path => (paths as readonly unknown[]).includes(path))
}
