// What a person in front of a page would notice, written down by the page itself: whether the picture moves, what the
// screen says, and which words (see speaker.ts) reached the connection. All clocks are of one machine.
import type { Person, State } from './person'
import { until } from './until'

export interface Sight {
  /** ms since 1970. */
  at: number
  /** Frames were decoded since the sight before. */
  flows: boolean
  state: State | null
  /** The page says that it looks for the server. */
  searching: boolean
  error: string | null
  rung: string | null
}

export interface Heard { at: number, word: string }

declare global {
  var watch: { sights: Sight[], heard: Heard[] } | undefined
}

/** To be run in a page before its own scripts; looks ten times a second. */
export function keepWatch(): void {
  if (globalThis.watch || !('RTCPeerConnection' in globalThis)) return
  const watch = { sights: [] as Sight[], heard: [] as Heard[] }
  globalThis.watch = watch
  const { addIceCandidate } = RTCPeerConnection.prototype
  RTCPeerConnection.prototype.addIceCandidate = function (candidate?: RTCIceCandidateInit | null) {
    const [, word] = /^candidate:word(\S+)/.exec(candidate?.candidate ?? '') ?? []
    if (word !== undefined) watch.heard.push({ at: Date.now(), word })
    return Reflect.apply(addIceCandidate, this, [candidate]) as Promise<void>
  }

  const decoded = new WeakMap<RTCPeerConnection, number>()
  const frames = async (connection: RTCPeerConnection) => {
    let sum = 0
    for (const report of (await connection.getStats()).values() as Iterable<RTCInboundRtpStreamStats>) {
      if (report.type === 'inbound-rtp' && report.kind === 'video') sum += report.framesDecoded ?? 0
    }
    const more = sum > (decoded.get(connection) ?? 0)
    decoded.set(connection, sum)
    return more
  }
  const seen = (testid: string) => document.querySelector<HTMLElement>(`[data-testid=${testid}]`)
  const look = async () => {
    const flows = await Promise.all((globalThis.__yodel?.peerConnections() ?? []).map(frames))
    watch.sights.push({
      at: Date.now(),
      flows: flows.includes(true),
      state: (seen('call-status')?.dataset['state'] ?? null) as State | null,
      searching: seen('link') !== null,
      error: seen('error')?.dataset['code'] ?? null,
      rung: seen('transport')?.dataset['rung'] ?? null,
    })
  }
  setInterval(() => void look().catch(() => undefined), 100)
}

/** What was seen since a moment, in ms since 1970. */
export function sights(person: Person, since: number): Promise<Sight[]> {
  return person.window.evaluate(since => (globalThis.watch?.sights ?? []).filter(sight => sight.at >= since), since)
}

export function heard(person: Person): Promise<Heard[]> {
  return person.window.evaluate(() => globalThis.watch?.heard ?? [])
}

/** Looks in a row at a picture that stood still, at most. Looks and not time: on a busy machine both come late. */
export async function longestStill(person: Person, since: number): Promise<number> {
  let [longest, still] = [0, 0]
  for (const { flows } of await sights(person, since)) {
    still = flows ? 0 : still + 1
    longest = Math.max(longest, still)
  }
  return longest
}

/** A frame is due every 50 ms and a look every 100: what stands still for fewer looks is a busy machine. */
export const hiccupLooks = 4
const steadyMs = 1_000
/** So many at least, for on a busy machine a second may have two, and frames on their way keep coming for a while after a fault. */
const steadyLooks = 8

/** When all became well for good: from then on, for a second, the picture moves and the screen says nothing else. */
function wellFrom(seen: readonly Sight[]): number | null {
  return seen.find(({ at, flows }, index) => {
    if (!flows) return false
    let still = 0
    for (const [looks, next] of seen.slice(index).entries()) {
      still = next.flows ? 0 : still + 1
      if (next.state !== 'connected' || next.searching || next.error !== null || still > hiccupLooks) return false
      if (next.at - at >= steadyMs && looks >= steadyLooks) return true
    }
    return false
  })?.at ?? null
}

/** Waits until all is well with a person; resolves with when that began. */
export async function isWell(person: Person, since: number, timeoutMs?: number): Promise<number> {
  const look = async () => {
    const seen = await sights(person, since)
    return { at: wellFrom(seen), last: seen.at(-1) ?? null }
  }
  return (await until(`${person.name} sees and is told that all is well`, look, ({ at }) => at !== null, timeoutMs)).at!
}

/** Longer than a way that holds back is given before it is left. */
const settledMs = 6_000

/** Events have come by one rung of the ladder for a while; resolves with which. */
export async function settledOn(person: Person): Promise<string | null> {
  const since = Date.now()
  const lately = () => sights(person, Math.max(since, Date.now() - settledMs))
  const isSettled = (seen: Sight[]) => Date.now() - since > settledMs && new Set(seen.map(({ rung }) => rung)).size === 1
  return (await until(`${person.name} has settled on one rung`, lately, isSettled, 60_000)).at(-1)!.rung
}

/** The screen said so at some time. */
export async function wasTold(person: Person, since: number, what: (sight: Sight) => boolean): Promise<boolean> {
  return (await sights(person, since)).some(what)
}

/** For assertions on what must never have been on the screen. */
export async function problemsShown(person: Person, since: number): Promise<string[]> {
  return [...new Set((await sights(person, since)).map(({ error }) => error).filter(error => error !== null))]
}
