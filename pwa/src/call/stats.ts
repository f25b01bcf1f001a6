// What getStats tells of a connection (webrtc-stats), read in one place.

/** The members we read; every one may be absent in one browser or another. */
export interface Stat {
  readonly id: string
  readonly type: string
  readonly packetsReceived?: number
  readonly framesDecoded?: number
  readonly bytesReceived?: number
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

export type Stats = ReadonlyMap<string, Stat>

export function statsOf(report: RTCStatsReport): Stats {
  const stats = new Map<string, Stat>()
  report.forEach((stat: Stat) => stats.set(stat.id, stat))
  return stats
}

export function selectedPair(stats: Stats): Stat | undefined {
  const all = [...stats.values()]
  const transport = all.find((stat) => stat.type === 'transport' && stat.selectedCandidatePairId)
  if (transport) return stats.get(transport.selectedCandidatePairId!)
  const pairs = all.filter((stat) => stat.type === 'candidate-pair')
  return pairs.find((pair) => pair.selected) ?? pairs.find((pair) => pair.nominated && pair.state === 'succeeded')
}

/** What has come over a connection so far. */
export interface Received {
  /** Of RTP: sound and picture. */
  readonly packets: number
  /** Of the picture, decoded. */
  readonly frames: number
  /** Of whatever is not ICE's own, their reports about our media included, and by which pair of candidates. */
  readonly bytes: number
  readonly pair: string | undefined
}

export const nothingReceived: Received = { packets: 0, frames: 0, bytes: 0, pair: undefined }

export function receivedOf(stats: Stats): Received {
  const pair = selectedPair(stats)
  let packets = 0
  let frames = 0
  for (const stat of stats.values()) {
    if (stat.type !== 'inbound-rtp') continue
    packets += stat.packetsReceived ?? 0
    frames += stat.framesDecoded ?? 0
  }
  return { packets, frames, bytes: pair?.bytesReceived ?? 0, pair: pair?.id }
}

/** Whether anything of the other side's came in between. Counters of another pair cannot be compared. */
export function hasArrived(before: Received, now: Received): boolean {
  return now.packets !== before.packets || (now.pair === before.pair && now.bytes !== before.bytes)
}
