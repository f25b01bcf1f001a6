// Whether an ICE server does what it is for: STUN answers, TURN carries bytes from one connection of ours to another, which
// may use nothing but that one URL.
import { sleep } from '../protocol/clock'
import { Failure, type Finding, type Reason, type RelayWay } from './findings'
import { type Tools, within } from './tools'

/** More than a packet, so that there is something to carry. */
const cargoBytes = 16_384
/** Gathering that ends sooner than this did not wait for an answer in vain: for that browsers take 9 s and more. */
const promptMs = 3_000

type Create = (configuration: RTCConfiguration) => RTCPeerConnection

export async function lookAtTurn(tools: Tools, way: RelayWay, server: RTCIceServer & { urls: string }): Promise<Finding> {
  const { clock, createPeerConnection } = tools
  if (!createPeerConnection) throw new Failure('no-webrtc')
  const relayed = new Set<RTCPeerConnection>()
  const errors = new IceErrors()
  const beganMs = clock.now()
  let pair: Pair | null = null
  const isForbidden = () => errors.count === 0 && (way === 'turn-udp' ? asksNobody(pair?.state, clock.now() - beganMs) : pair?.state === 'new')
  const failure = () => relayed.size > 0 && !errors.isRefused ? new Failure('no-packet') : errors.failure(isForbidden() ? 'browser-forbids' : 'no-candidate')
  return within(tools, async (signal) => {
    pair = makePair(createPeerConnection, { iceServers: [server], iceTransportPolicy: 'relay' }, signal, { onCandidate: (pc) => relayed.add(pc), onError: (event) => errors.note(event) })
    await Promise.race([pair.connect(), pair.gathered.then(() => relayed.size === 2 ? new Promise(() => undefined) : Promise.reject(failure()))])
    const sentMs = clock.now()
    await pair.echo(new Uint8Array(cargoBytes))
    return { way, state: 'works', delayMs: clock.now() - sentMs, url: server.urls }
  }, failure)
}

/**
 * What a browser says of servers that give no candidate (webrtc-pc §4.8.1.3): 701 is silence, 300 to 699 an answer. Firefox
 * says 701 of everything, and nothing in words: then nobody knows.
 */
class IceErrors {
  count = 0
  #code = 0
  #isMute = false

  note({ errorCode, errorText }: { readonly errorCode: number, readonly errorText: string }): void {
    this.count++
    if (errorCode >= 300 && errorCode <= 699) this.#code = errorCode
    if (errorText === '') this.#isMute = true
  }

  get isRefused(): boolean {
    return this.#code > 0
  }

  failure(silence: Reason): Failure {
    return this.isRefused ? new Failure('refusal', this.#code) : new Failure(this.#isMute ? 'unexplained' : silence)
  }
}

interface Pair {
  /** Of gathering. */
  readonly state: RTCIceGatheringState
  connect(): Promise<void>
  /** Both have all the candidates there are. */
  readonly gathered: Promise<unknown>
  /** Sends bytes to the other, which sends them back. */
  echo(cargo: Uint8Array<ArrayBuffer>): Promise<void>
}

interface Watch { onCandidate(pc: RTCPeerConnection): void, onError(event: RTCPeerConnectionIceErrorEvent): void }

/** Two connections of this page to each other; closed by the signal. */
function makePair(create: Create, configuration: RTCConfiguration, signal: AbortSignal, { onCandidate, onError }: Watch): Pair {
  const [here, there] = [create(configuration), create(configuration)]
  signal.addEventListener('abort', () => [here, there].forEach((pc) => pc.close()))
  for (const pc of [here, there]) pc.onicecandidateerror = onError
  const channel = here.createDataChannel('check')
  channel.binaryType = 'arraybuffer'
  there.ondatachannel = ({ channel: far }) => {
    far.binaryType = 'arraybuffer'
    far.onmessage = ({ data }) => far.send(data as ArrayBuffer)
  }
  const pass = (from: RTCPeerConnection, to: RTCPeerConnection) => new Promise<void>((resolve) => {
    from.onicecandidate = ({ candidate }) => {
      if (!candidate) return resolve()
      if (candidate.candidate !== '') onCandidate(from)
      void to.addIceCandidate(candidate).catch(() => undefined) // closed meanwhile
    }
  })
  const gathered = Promise.all([pass(here, there), pass(there, here)])
  const opened = new Promise<void>((resolve) => { channel.onopen = () => resolve() })
  return {
    get state() {
      return here.iceGatheringState
    },
    gathered,
    async connect() {
      await here.setLocalDescription()
      await there.setRemoteDescription(here.localDescription!)
      await there.setLocalDescription()
      await here.setRemoteDescription(there.localDescription!)
      await opened
    },
    echo: (cargo) => new Promise((resolve) => {
      channel.onmessage = ({ data }) => { if ((data as ArrayBuffer).byteLength === cargo.byteLength) resolve() }
      channel.send(cargo)
    }),
  }
}

/**
 * A browser that may not use UDP (RFC 8828 §5.2, mode 4) gathers nothing and says nothing: Chromium ends at once, as Firefox
 * does with `ice.relay_only`; with `ice.proxy_only` it does not even begin.
 */
function asksNobody(state: RTCIceGatheringState | undefined, tookMs: number): boolean {
  return state === 'new' || (state === 'complete' && tookMs < promptMs)
}

/**
 * An answer shows as a candidate that the server reflects. Chromium leaves that out where it is the host's own address: no
 * NAT is between, and camera or microphone may be used, so that the host is not hidden behind a `.local` name. Then there is
 * a UDP host, and gathering ends soon and without an error. The host's address proves nothing: where a proxy is between,
 * the server sees the page come from there.
 */
export async function lookAtStun(tools: Tools, url: string): Promise<Finding> {
  const { clock, createPeerConnection } = tools
  if (!createPeerConnection) throw new Failure('no-webrtc')
  const errors = new IceErrors()
  const beganMs = clock.now()
  let hosts = 0
  let pc: RTCPeerConnection | null = null
  const isForbidden = () => errors.count === 0 && hosts === 0 && asksNobody(pc?.iceGatheringState, clock.now() - beganMs)
  const failure = () => errors.failure(isForbidden() ? 'browser-forbids' : 'no-answer')
  return within(tools, async (signal) => {
    const own = pc = createPeerConnection({ iceServers: [{ urls: url }] })
    signal.addEventListener('abort', () => own.close())
    own.createDataChannel('check')
    const answered = new Promise<boolean>((resolve) => {
      own.onicecandidate = ({ candidate }) => {
        if (candidate?.type === 'srflx') resolve(true)
        if (candidate?.type === 'host' && candidate.protocol === 'udp') hosts++
        if (!candidate) resolve(hosts > 0 && errors.count === 0 && clock.now() - beganMs < promptMs)
      }
      own.onicecandidateerror = (event) => {
        errors.note(event)
        void sleep(clock, 500, signal).then(() => resolve(false)) // of one address of several
      }
    })
    await own.setLocalDescription()
    if (!await answered) throw failure()
    return { way: 'stun-udp', state: 'works', delayMs: clock.now() - beganMs, url }
  }, failure)
}
