// Camera, microphone and streams for tests, with the refusals of the real ones.

export class FakeTrack extends EventTarget {
  readonly kind: 'audio' | 'video'
  readonly settings: { deviceId?: string, facingMode?: string }
  readyState: 'live' | 'ended' = 'live'
  enabled = true
  muted: boolean

  constructor(kind: 'audio' | 'video', { muted = false, ...settings }: { muted?: boolean, deviceId?: string, facingMode?: string } = {}) {
    super()
    this.kind = kind
    this.muted = muted
    this.settings = settings
  }

  getSettings() {
    return this.settings
  }

  /** By our own hand: no `ended` event (Media Capture and Streams §4.3.3). */
  stop(): void {
    this.readyState = 'ended'
  }

  /** By another's: unplugged, or the permission taken back. */
  end(): void {
    this.readyState = 'ended'
    this.dispatchEvent(new Event('ended'))
  }

  setMuted(muted: boolean): void {
    if (this.muted === muted) return
    this.muted = muted
    this.dispatchEvent(new Event(muted ? 'mute' : 'unmute'))
  }
}

export class FakeStream {
  readonly tracks: FakeTrack[]

  constructor(tracks: readonly FakeTrack[]) {
    this.tracks = [...tracks]
  }

  getTracks(): readonly FakeTrack[] {
    return this.tracks
  }

  addTrack(track: FakeTrack): void {
    this.tracks.push(track)
  }
}

interface Constraints {
  audio?: { deviceId?: { ideal?: string } }
  video?: { facingMode?: string | { exact: string }, deviceId?: { exact?: string, ideal?: string } }
}

/** A phone: a microphone and two cameras, of which one can be open at a time. */
export class FakeDevices extends EventTarget {
  cameras = [{ deviceId: 'front', facingMode: 'user' }, { deviceId: 'back', facingMode: 'environment' }]
  microphones = ['mic']
  /** The person says no to these. */
  denied = new Set<'audio' | 'video'>()
  /** Held by another program. */
  taken = new Set<string>()
  /** What is captured is silenced by the system from the start. */
  silenced = false
  /** How long the person, or the hardware, takes. */
  delayMs = 0
  readonly requests: Constraints[] = []
  readonly captured: FakeTrack[] = []

  get live(): FakeTrack[] {
    return this.captured.filter((track) => track.readyState === 'live')
  }

  async getUserMedia(constraints: Constraints): Promise<FakeStream> {
    this.requests.push(constraints)
    await new Promise((resolve) => setTimeout(resolve, this.delayMs))
    const { audio, video } = constraints
    if ((audio && this.denied.has('audio')) || (video && this.denied.has('video'))) throw new DOMException('denied', 'NotAllowedError')
    const tracks: FakeTrack[] = []
    if (audio && !this.microphones[0]) throw new DOMException('none', 'NotFoundError')
    if (video) tracks.push(this.#open(video))
    if (audio) tracks.push(new FakeTrack('audio', { deviceId: 'mic' }))
    for (const track of tracks) track.muted = this.silenced
    this.captured.push(...tracks)
    return new FakeStream(tracks)
  }

  enumerateDevices(): Promise<{ kind: string, deviceId: string }[]> {
    return Promise.resolve([
      ...this.microphones.map((deviceId) => ({ kind: 'audioinput', deviceId })),
      ...this.cameras.map(({ deviceId }) => ({ kind: 'videoinput', deviceId })),
    ])
  }

  #open({ facingMode, deviceId }: NonNullable<Constraints['video']>): FakeTrack {
    const [first] = this.cameras
    if (!first) throw new DOMException('none', 'NotFoundError')
    const exact = typeof facingMode === 'object' ? facingMode.exact : undefined
    const ideal = this.cameras.find((each) => each.deviceId === deviceId?.ideal)
    const camera = ideal ?? this.cameras.find((each) => each.deviceId === deviceId?.exact || each.facingMode === (exact ?? facingMode))
    if (!camera && (exact || deviceId?.exact)) throw new DOMException('no such camera', 'OverconstrainedError')
    const chosen = camera ?? first
    if (this.taken.has(chosen.deviceId)) throw new DOMException('in use', 'NotReadableError')
    if (this.live.some((track) => track.kind === 'video')) throw new DOMException('one camera at a time', 'NotReadableError')
    return new FakeTrack('video', { ...chosen })
  }
}
