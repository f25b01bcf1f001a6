// An office: desks that reach nothing but the machine between them and the world, which passes no packet on. What runs a
// proxy there is their only way out, and even names are the proxy's to look up.
import { addNamespace, chromiumIn, command, inside } from './netns'
import type { Place } from './server'

export interface Desk {
  readonly namespace: string
  /** Chromium at this desk, and where it finds the office's machine. */
  readonly chromium: string
  readonly gateway: string
}

export class Office {
  readonly #desks: Desk[] = []

  private constructor(readonly namespace: string, readonly number: number, readonly folder: string) {}

  /** One on the network whose router is the namespace `router`. */
  static async build(router: string, number: number, folder: string): Promise<Office> {
    const office = new Office(`${router}-o${number}`, number, folder)
    const [street, door] = [`10.77.${50 + number}.1`, `10.77.${50 + number}.2`]
    await addNamespace(office.namespace)
    await command(`ip netns exec ${office.namespace} sysctl -qw net.ipv4.ip_forward=0`)
    await command(`ip -n ${router} link add office${number} type veth peer name out0 netns ${office.namespace}`)
    await command(`ip -n ${router} address add ${street}/24 dev office${number}`)
    await command(`ip -n ${router} link set office${number} up`)
    await command(`ip -n ${office.namespace} address add ${door}/24 dev out0`)
    await command(`ip -n ${office.namespace} link set out0 up`)
    await command(`ip -n ${office.namespace} route add default via ${street}`)
    return office
  }

  /** Where its proxy can be started; it listens to all desks. */
  get place(): Place {
    return { address: '0.0.0.0', enter: inside(this.namespace) }
  }

  get namespaces(): string[] {
    return [...this.#desks.map(desk => desk.namespace), this.namespace]
  }

  /** Desks whose routes lead to an address. */
  async leadsTo(address: string): Promise<string[]> {
    const routes = await Promise.all(this.#desks.map(({ namespace }) => command(`ip -n ${namespace} route get ${address}`).catch(() => null)))
    return routes.filter(route => route !== null)
  }

  /** One more, with a cable to the office's machine and no route beyond. */
  async desk(): Promise<Desk> {
    const number = this.#desks.length + 1
    const namespace = `${this.namespace}d${number}`
    const subnet = `10.77.${10 * this.number + number}`
    await addNamespace(namespace)
    await command(`ip -n ${this.namespace} link add desk${number} type veth peer name eth0 netns ${namespace}`)
    await command(`ip -n ${this.namespace} address add ${subnet}.1/24 dev desk${number}`)
    await command(`ip -n ${this.namespace} link set desk${number} up`)
    await command(`ip -n ${namespace} address add ${subnet}.2/24 dev eth0`)
    await command(`ip -n ${namespace} link set eth0 up`)
    const desk = { namespace, chromium: await chromiumIn(namespace, this.folder), gateway: `${subnet}.1` }
    this.#desks.push(desk)
    return desk
  }
}
