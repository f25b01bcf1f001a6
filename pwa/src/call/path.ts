// Which way the media goes, out of getStats: what the person sees as “direct” or “by relay”.
import type { Path } from './view'

/** What we read of RTCStats (webrtc-stats); every member may be absent in one browser or another. */
interface Stat {
  readonly id: string
  readonly type: string
  readonly selectedCandidatePairId?: string
  readonly localCandidateId?: string
  readonly remoteCandidateId?: string
  readonly candidateType?: string
  readonly relayProtocol?: string
  readonly state?: string
  readonly nominated?: boolean
  /** Firefox alone. */
  readonly selected?: boolean
}

/** Null while no pair is selected. */
export function pathOf(report: RTCStatsReport): Path | null {
  const stats = new Map<string, Stat>()
  report.forEach((stat: Stat) => stats.set(stat.id, stat))
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

function selectedPair(stats: ReadonlyMap<string, Stat>): Stat | undefined {
  const all = [...stats.values()]
  const transport = all.find((stat) => stat.type === 'transport' && stat.selectedCandidatePairId)
  if (transport) return stats.get(transport.selectedCandidatePairId!)
  const pairs = all.filter((stat) => stat.type === 'candidate-pair')
  return pairs.find((pair) => pair.selected) ?? pairs.find((pair) => pair.nominated && pair.state === 'succeeded')
}
