// A network of a test's own, in network namespaces: a router in the middle, where the server and a TURN server run, and
// people around it with a link each (`wifi0`) and a second one that is down (`mobile0`). Nothing leads out of it, and it
// is gone after the test; what a crashed run left behind is swept away by the next.
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromiumPath } from './paths'
import type { Place } from './server'
import { until } from './until'

const run = promisify(execFile)
const prefix = 'yodel-'
/** Where the server and TURN are found, from everywhere in it. */
export const routerAddress = '10.77.0.1'

const inside = (namespace: string) => ['ip', 'netns', 'exec', namespace] as const

async function command(line: string): Promise<string> {
  const [program, ...args] = line.split(' ')
  return (await run(program!, args)).stdout
}

let networks = 0

export class Network {
  readonly #name = `${prefix}${process.pid}-${networks++}`
  readonly #people: Roamer[] = []
  #folder = ''

  static async build(): Promise<Network> {
    if (process.getuid?.() !== 0) throw new Error('this test moves browsers between network namespaces, which only root may: run it as root')
    await sweep()
    const network = new Network()
    network.#folder = await mkdtemp(join(tmpdir(), 'yodel-network-'))
    await command(`ip netns add ${network.#name}`)
    await network.router(`ip link set lo up`)
    await network.router(`ip address add ${routerAddress}/32 dev lo`)
    await network.router('sysctl -qw net.ipv4.ip_forward=1')
    return network
  }

  /** Where a server can be started; port 0 is free to choose there, too. */
  get place(): Place {
    return { address: routerAddress, enter: inside(this.#name) }
  }

  /** Runs a command at the router. */
  router(line: string): Promise<string> {
    return command([...inside(this.#name), line].join(' '))
  }

  /** Somebody with two links; only `wifi0` is up. */
  async roamer(): Promise<Roamer> {
    const number = this.#people.length + 1
    const namespace = `${this.#name}-p${number}`
    await command(`ip netns add ${namespace}`)
    await command(`ip netns exec ${namespace} ip link set lo up`)
    // Chromium waits for 2 s after the last change of an address before it tells WebRTC; a new IPv6 address is not final for another.
    await command(`ip netns exec ${namespace} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1`)
    for (const link of links) {
      const [here, there] = [`${link}${number}`, `${link}0`]
      await this.router(`ip link add ${here} type veth peer name ${there} netns ${namespace}`)
      await this.router(`ip address add ${subnet(link, number)}.1/24 dev ${here}`)
      await this.router(`ip link set ${here} up`)
    }
    const roamer = new Roamer(namespace, number, await this.#wrapper(namespace))
    this.#people.push(roamer)
    await roamer.connect('wifi')
    return roamer
  }

  /** People reach the router and not each other: media has to be relayed. */
  async keepPeopleApart(): Promise<void> {
    await this.router('iptables -P FORWARD DROP')
  }

  /** Lets no packet of media through, or lets them through again; TCP goes on. */
  async block(media: boolean): Promise<void> {
    for (const chain of ['FORWARD', 'INPUT']) await this.router(`iptables ${media ? '-A' : '-D'} ${chain} -p udp -j DROP`)
  }

  async close(): Promise<void> {
    for (const namespace of [...this.#people.map(person => person.namespace), this.#name]) await remove(namespace)
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** An executable that is Chromium inside the namespace. */
  async #wrapper(namespace: string): Promise<string> {
    const path = join(this.#folder, namespace)
    await writeFile(path, `#!/bin/sh\nexec ${inside(namespace).join(' ')} ${chromiumPath} "$@"\n`)
    await chmod(path, 0o755)
    return path
  }
}

const links = ['wifi', 'mobile'] as const
type LinkName = typeof links[number]

/** Each link has a network of its own, so that whoever changes it has another address. */
const subnet = (link: LinkName, person: number) => `10.77.${(links.indexOf(link) + 1) * 100 + person}`

export class Roamer {
  #link: LinkName | null = null

  constructor(readonly namespace: string, readonly number: number, readonly chromium: string) {}

  /** The link comes up, and all goes by it. */
  async connect(link: LinkName): Promise<void> {
    const address = subnet(link, this.number)
    await this.#ip(`link set ${link}0 up`)
    await this.#ip(`address add ${address}.2/24 dev ${link}0`)
    await this.#ip(`route replace default via ${address}.1`)
    this.#link = link
  }

  /** No link is left. */
  async disconnect(): Promise<void> {
    if (this.#link) await this.#takeDown(this.#link)
    this.#link = null
  }

  /** From Wi-Fi to mobile, or back: the other link comes up, the one there was goes. */
  async move(): Promise<void> {
    const left = this.#link
    await this.connect(left === 'wifi' ? 'mobile' : 'wifi')
    if (left) await this.#takeDown(left)
  }

  /** Without the flush the address would stay, and a browser would notice nothing. */
  async #takeDown(link: LinkName): Promise<void> {
    await this.#ip(`address flush dev ${link}0`)
    await this.#ip(`link set ${link}0 down`)
  }

  #ip(line: string): Promise<string> {
    return command(`ip -n ${this.namespace} ${line}`)
  }
}

/** Removes the namespaces of runs that are no more, and whatever still runs in them. */
async function sweep(): Promise<void> {
  for (const line of (await command('ip netns list')).split('\n')) {
    const [namespace = ''] = line.split(' ')
    const [, pid] = new RegExp(`^${prefix}(\\d+)-`).exec(namespace) ?? []
    if (pid !== undefined && !lives(Number(pid))) await remove(namespace)
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function remove(namespace: string): Promise<void> {
  const pids = async () => (await command(`ip netns pids ${namespace}`).catch(() => '')).split('\n').filter(Boolean).map(Number)
  for (const pid of await pids()) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone in between.
    }
  }
  await until(`nobody is left in ${namespace}`, pids, left => left.length === 0)
  await command(`ip netns delete ${namespace}`).catch(() => undefined) // another run swept at the same time
}
