// Which way the media goes, out of getStats: what the person sees as “direct” or “by relay”.
import { selectedPair, type Stats } from './stats'
import type { Path } from './view'

/** Null while no pair is selected. */
export function pathOf(stats: Stats): Path | null {
  const pair = selectedPair(stats)
  if (!pair) return null
  const local = stats.get(pair.localCandidateId ?? '')
  const remote = stats.get(pair.remoteCandidateId ?? '')
  if (local?.candidateType === 'relay') {
    if (local.relayProtocol === 'tls') return 'relay-tls'
    return local.relayProtocol === 'tcp' ? 'relay-tcp' : 'relay-udp'
  }
  // The other side's relay: how it reaches that is its own business, we send to it over UDP.
  return remote?.candidateType === 'relay' ? 'relay-udp' : 'direct'
}

/** From the best to the worst: what is late waits in TCP, and TLS has to be unpacked on top. */
const byWorth: readonly Path[] = ['direct', 'relay-udp', 'relay-tcp', 'relay-tls']

/** Null where there is none. */
export function worstOf(paths: readonly Path[]): Path | null {
  return byWorth.findLast(path => paths.includes(path)) ?? null
}
