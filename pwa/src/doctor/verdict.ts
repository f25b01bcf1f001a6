// What the findings come to. Pure. `yodel doctor` comes to the same: server/doctor/testdata/verdicts.json is for both.
import type { Reason, RelayWay, State, Way } from './findings'

/**
 * `through`: media is relayed where it finds no direct way. `direct-only`: no relay works; two find each other where one can
 * reach the other. `same-network`: nothing is there to help two of different networks. `relay-refused`: the way to a relay
 * is open, and it says no. `server-gone`: it was there at first. `server-down`: something answers in its place.
 */
export type Code =
  | 'through' | 'direct-only' | 'same-network' | 'relay-refused' | 'media-blocked' | 'signaling-blocked'
  | 'server-unreachable' | 'server-gone' | 'server-down' | 'server-refuses' | 'not-yodel'

/** What keeps whoever looks from being seen and heard, whatever the network does: the address, camera, microphone. */
export type Shut = 'insecure' | 'unseen-unheard' | 'unseen' | 'unheard'

/** What whoever looks can do. */
export const yourAsks = ['https', 'devices', 'wait', 'way-out', 'sign-in', 'address'] as const
/** For an IT department. */
export const companyAsks = ['page', 'streams', 'connect', 'tcp', 'udp'] as const
/** For whoever runs the server. */
export const operatorAsks = ['tls', 'relay', 'relay-tls', 'refusal', 'running', 'errors', 'open'] as const
export type Ask = typeof yourAsks[number] | typeof companyAsks[number] | typeof operatorAsks[number]

export interface Verdict {
  /** Of the network. */
  readonly code: Code
  /** Null where nothing does, and where no call gets through. */
  readonly shut: Shut | null
  /** The best relay that works. */
  readonly by: RelayWay | null
  /** What would help, most of all first. */
  readonly asks: readonly Ask[]
}

/** Where not even the page comes. */
const pages: Readonly<Partial<Record<Reason, Omit<Verdict, 'by' | 'shut'>>>> = {
  'unconnected': { code: 'server-unreachable', asks: ['way-out', 'page', 'running'] },
  'went-away': { code: 'server-gone', asks: ['wait', 'running'] },
  'gateway': { code: 'server-down', asks: ['wait', 'running'] },
  'server-error': { code: 'server-down', asks: ['errors'] },
  'too-often': { code: 'server-refuses', asks: ['wait'] },
  'wants-login': { code: 'server-refuses', asks: ['open'] },
  'forbidden': { code: 'server-refuses', asks: ['page', 'open'] },
  'not-found': { code: 'not-yodel', asks: ['address'] },
  'not-ours': { code: 'not-yodel', asks: ['address', 'sign-in'] },
  'sent-on': { code: 'not-yodel', asks: ['sign-in', 'address'] },
}

type Found = Readonly<Partial<Record<Way, State>>>

/** A call gets through, at least to somebody. */
const passing: readonly Code[] = ['through', 'direct-only', 'same-network']
/** In the order of how well they carry media. */
const relays = ['turn-udp', 'turn-tls', 'turn-tcp'] as const
const streams = ['sse', 'post-stream', 'long-poll'] as const

/** A way that is missing is absent. `page`: why the page does not come, where it does not. */
export function judge(found: Found, page?: Reason): Verdict {
  const usable = (way: Way) => found[way] === 'works' || found[way] === 'slow'
  if (!usable('page')) return { by: null, shut: null, ...(page && pages[page]) ?? { code: 'server-unreachable', asks: ['page', 'running'] } }
  if (!streams.some(usable)) {
    const refused = streams.some((way) => found[way] === 'refused')
    return refused ? { code: 'server-refuses', by: null, shut: null, asks: ['wait'] } : { code: 'signaling-blocked', by: null, shut: null, asks: ['streams'] }
  }
  const by = relays.find(usable) ?? null
  const isOffered = (way: Way) => found[way] !== undefined && found[way] !== 'absent'
  const refuses = (['stun-udp', ...relays] as const).some((way) => found[way] === 'refused')
  const code = by ? 'through' : usable('stun-udp') ? 'direct-only' : refuses ? 'relay-refused' : relays.some(isOffered) ? 'media-blocked' : 'same-network'
  const streaming = usable('sse') || found.sse === 'refused'
  const shut = passing.includes(code) ? shutBy(found) : null
  return { code, by, shut, asks: [...shutAsks(shut), ...mediaAsks(code, found, refuses, isOffered), ...(streaming ? [] : ['streams'] as const)] }
}

/** What is not asked for is not shut. */
function shutBy(found: Found): Shut | null {
  const fails = (way: Way) => found[way] === 'fails'
  if (fails('secure-origin')) return 'insecure'
  if (fails('camera')) return fails('microphone') ? 'unseen-unheard' : 'unseen'
  return fails('microphone') ? 'unheard' : null
}

function shutAsks(shut: Shut | null): readonly Ask[] {
  if (!shut) return []
  return shut === 'insecure' ? ['https', 'tls'] : ['devices']
}

/** Where a relay was reached that says no it is not the network's fault that nothing is relayed. */
function mediaAsks(code: Code, found: Found, refuses: boolean, isOffered: (way: Way) => boolean): readonly Ask[] {
  const udp = code === 'through' && (found['turn-udp'] === 'fails' || found['stun-udp'] === 'fails') ? ['udp'] as const : []
  if (refuses) return [...udp, 'refusal']
  if (code === 'through') return udp
  if (isOffered('turn-tls')) return ['connect']
  if (isOffered('turn-tcp')) return ['tcp', 'relay-tls']
  return isOffered('turn-udp') ? ['udp', 'relay-tls'] : ['relay']
}
