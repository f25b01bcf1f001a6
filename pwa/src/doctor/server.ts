// What the server knows of itself and of us, and how far apart our clocks are.
import type { components } from '../protocol/schema'
import { fields, list, optionalText, text } from '../protocol/shapes'
import { ask } from './answers'
import { Failure, type RelayWay, relayWays } from './findings'
import { type Tools, within } from './tools'

/** The members that are told on. */
export interface Server {
  readonly version: string
  readonly address: string
  readonly origin: string
  readonly tlsMode: string
  readonly forwardingHeaders: readonly string[]
  readonly relay: components['schemas']['Doctor']['relay']['state']
  /** Best of each kind. */
  readonly urls: ReadonlyMap<RelayWay, string>
}

export interface Greeting {
  readonly server: Server
  /** There and back. */
  readonly tookMs: number
  /** How far our clock is ahead of the server's; half the way there and back is all that can be wrong with it. */
  readonly aheadMs: number
}

const path = '/api/v1/doctor'

/** Whether it still answers. */
export async function isThere(tools: Tools): Promise<boolean> {
  return once(tools).then(() => true, (error: unknown) => error instanceof Failure && error.reason === 'too-often')
}

/** Asks twice: the first time makes the connection, the second measures it. */
export async function greet(tools: Tools): Promise<Greeting> {
  await once(tools)
  return once(tools)
}

async function once(tools: Tools): Promise<Greeting> {
  const { fetch, clock } = tools
  return within(tools, async (signal) => {
    const sentMs = clock.now()
    const response = await ask(fetch, path, { signal })
    const tookMs = clock.now() - sentMs
    const body: unknown = await response.json().catch(() => null)
    try {
      const { server, atMs } = decode(body)
      return { server, tookMs, aheadMs: sentMs + tookMs / 2 - atMs }
    } catch {
      throw new Failure('not-ours')
    }
  })
}

function decode(value: unknown): { server: Server, atMs: number } {
  const raw = fields(value, 'doctor')
  const request = fields(raw['request'], 'request')
  const relay = fields(raw['relay'], 'relay')
  const atMs = Date.parse(text(raw['at'], 'at'))
  if (!Number.isFinite(atMs)) throw new Failure('not-ours')
  const urls = new Map<RelayWay, string>()
  for (const each of list(relay['urls'], 'relay.urls')) {
    const { way, url } = fields(each, 'relay.urls')
    const known = relayWays.find((one) => one === way)
    if (known && !urls.has(known)) urls.set(known, text(url, 'url'))
  }
  return {
    atMs,
    server: {
      urls,
      version: text(raw['version'], 'version'),
      address: optionalText(fields(raw['client'], 'client')['address']) ?? '',
      origin: `${text(request['scheme'], 'scheme')}://${text(request['host'], 'host')}`,
      tlsMode: text(raw['tlsMode'], 'tlsMode'),
      forwardingHeaders: list(request['forwardingHeaders'], 'forwardingHeaders').map((name) => text(name, 'forwardingHeaders')),
      relay: (['inside', 'elsewhere', 'off'] as const).find((state) => state === relay['state']) ?? 'off',
    },
  }
}
