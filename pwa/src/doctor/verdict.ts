// What the findings come to. Pure. `yodel doctor` comes to the same: server/doctor/testdata/verdicts.json is for both.
import type { RelayWay, State, Way } from './findings'

/**
 * `through`: media is relayed where it finds no direct way. `direct-only`: no relay works; two find each other where one can
 * reach the other. `same-network`: nothing is there to help two of different networks.
 */
export type Code = 'through' | 'direct-only' | 'same-network' | 'media-blocked' | 'signaling-blocked' | 'server-unreachable'

/** The first five are for an IT department, the others for whoever runs the server. */
export type Ask = 'page' | 'streams' | 'connect' | 'tcp' | 'udp' | 'relay' | 'relay-tls'

export interface Verdict {
  readonly code: Code
  /** The best relay that works. */
  readonly by: RelayWay | null
  /** What would help, most of all first. */
  readonly asks: readonly Ask[]
}

type Found = Readonly<Partial<Record<Way, State>>>

/** In the order of how well they carry media. */
const relays = ['turn-udp', 'turn-tls', 'turn-tcp'] as const

/** A way that is missing is absent. */
export function judge(found: Found): Verdict {
  const usable = (way: Way) => found[way] === 'works' || found[way] === 'slow'
  if (!usable('page')) return { code: 'server-unreachable', by: null, asks: ['page'] }
  if (!(['sse', 'post-stream', 'long-poll'] as const).some(usable)) return { code: 'signaling-blocked', by: null, asks: ['streams'] }
  const by = relays.find(usable) ?? null
  const isOffered = (way: Way) => found[way] !== undefined && found[way] !== 'absent'
  const code = by ? 'through' : usable('stun-udp') ? 'direct-only' : relays.some(isOffered) ? 'media-blocked' : 'same-network'
  return { code, by, asks: [...mediaAsks(code, found, isOffered), ...(usable('sse') ? [] : ['streams'] as const)] }
}

function mediaAsks(code: Code, found: Found, isOffered: (way: Way) => boolean): readonly Ask[] {
  if (code === 'through') return found['turn-udp'] === 'fails' || found['stun-udp'] === 'fails' ? ['udp'] : []
  if (isOffered('turn-tls')) return ['connect']
  if (isOffered('turn-tcp')) return ['tcp', 'relay-tls']
  return isOffered('turn-udp') ? ['udp', 'relay-tls'] : ['relay']
}
