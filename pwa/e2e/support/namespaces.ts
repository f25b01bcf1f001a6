// A network of a test's own, in network namespaces: a router in the middle, where the server and a TURN server run, and
// people around it with a link each (`wifi0`) and a second one that is down (`mobile0`). Nothing leads out of it, and it
// is gone after the test; what a crashed run left behind is swept away by the next.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addNamespace, chromiumIn, command, inside, needRoot, networkName, removeNamespace, sweep } from './netns'
import { Office } from './office'
import type { Place } from './server'

/** Where the server and TURN are found, from everywhere in it. */
export const routerAddress = '10.77.0.1'

export class Network {
  readonly #name = networkName()
  readonly #people: Roamer[] = []
  readonly #offices: Office[] = []
  #folder = ''

  static async build(): Promise<Network> {
    needRoot()
    await sweep()
    const network = new Network()
    network.#folder = await mkdtemp(join(tmpdir(), 'yodel-network-'))
    await addNamespace(network.#name)
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
    await addNamespace(namespace)
    for (const link of links) {
      const [here, there] = [`${link}${number}`, `${link}0`]
      await this.router(`ip link add ${here} type veth peer name ${there} netns ${namespace}`)
      await this.router(`ip address add ${subnet(link, number)}.1/24 dev ${here}`)
      await this.router(`ip link set ${here} up`)
    }
    const roamer = new Roamer(namespace, number, await chromiumIn(namespace, this.#folder))
    this.#people.push(roamer)
    await roamer.connect('wifi')
    return roamer
  }

  /** People whose only way out is a proxy. */
  async office(): Promise<Office> {
    const office = await Office.build(this.#name, this.#offices.length + 1, this.#folder)
    this.#offices.push(office)
    return office
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
    const namespaces = [...this.#people.map(person => person.namespace), ...this.#offices.flatMap(office => office.namespaces), this.#name]
    for (const namespace of namespaces) await removeNamespace(namespace)
    await rm(this.#folder, { recursive: true, force: true })
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
