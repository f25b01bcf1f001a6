// The single owner of camera and microphone. Everything captured is captured here, one request at a time (iOS mutes a
// first capture when a second begins, Android cannot open two cameras), and release() ends all of it.
import type { Environment } from './environment'
import { Interruptions } from './interruptions'
import { captureProblem, insecure, type CaptureContext } from './problems'
import type { Capture, Local, Problem } from './view'

export interface MediaOptions extends Pick<Environment,
  'mediaDevices' | 'permissions' | 'audioSession' | 'isSecureContext' | 'createStream' | 'clock' | 'window' | 'document'> {
  /** After every change of `local`. */
  onChange(): void
}

/** What goes to the others. */
export interface Tracks {
  readonly audio: MediaStreamTrack | null
  readonly video: MediaStreamTrack | null
}

/** What the person wants captured, also while the system does not let us have it. */
export interface Wanted {
  readonly microphone: 'none' | 'on' | 'off'
  readonly camera: 'none' | 'on'
}

type Facing = Local['facing']

const microphone: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
const picture: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 } }

export class Media {
  readonly #options: MediaOptions
  #tracks: Tracks = { audio: null, video: null }
  #stream: MediaStream | null = null
  #muted = false
  #facing: Facing = 'user'
  #cameras = 0
  /** What was captured last by each kind, to have the same again. */
  readonly #devices: Record<keyof Tracks, string> = { audio: '', video: '' }
  readonly #interruptions: Interruptions
  #retaking = false
  /** Serial queue of captures. */
  #busy: Promise<unknown> = Promise.resolve()
  /** Raised by release(): what was being captured before it is stopped on arrival. */
  #generation = 0

  constructor(options: MediaOptions, signal: AbortSignal) {
    this.#options = options
    this.#interruptions = new Interruptions({
      ...options,
      onEnded: (kind) => this.#drop(kind),
      onChange: () => options.onChange(),
      onChance: () => void this.#retakeLater(),
    }, signal)
  }

  get tracks(): Tracks {
    return this.#tracks
  }

  get local(): Local {
    const { audio, video } = this.#tracks
    return {
      stream: this.#stream,
      audio: audio !== null && !this.#muted && !this.#interruptions.has('audio'),
      video: video !== null && !this.#interruptions.has('video'),
      facing: this.#facing,
      canFlip: video !== null && this.#cameras > 1,
    }
  }

  get wanted(): Wanted {
    const { audio, video } = this.#tracks
    const microphone = audio !== null || this.#interruptions.has('audio')
    const camera = video !== null || this.#interruptions.has('video')
    return { microphone: !microphone ? 'none' : this.#muted ? 'off' : 'on', camera: camera ? 'on' : 'none' }
  }

  /**
   * Has exactly what is wanted captured: keeps what a preview captured already, asks for the rest in one request, and
   * stops what is not wanted. Null, or the problem; then what was captured before is still there.
   */
  capture(wanted: Capture): Promise<Problem | null> {
    return this.#exclusively(async (generation) => {
      const { audio, video } = this.#tracks
      const missing = { audio: wanted.audio && !audio, video: wanted.video && !video }
      const problem = missing.audio || missing.video ? await this.#request(generation, missing, this.#anyCamera()) : null
      if (problem) return problem
      if (!wanted.audio) this.#stop('audio')
      if (!wanted.video) this.#stop('video')
      return null
    })
  }

  /** Silence is a disabled track: the microphone stays ours and the way back is instant. */
  setMuted(muted: boolean): void {
    this.#muted = muted
    if (this.#tracks.audio) this.#tracks.audio.enabled = !muted
    this.#options.onChange()
  }

  /** Which camera the next capture asks for. */
  setFacing(facing: Facing): void {
    this.#facing = facing
  }

  /** One that the system has silenced is off to everybody, so a tap can only mean: on. */
  async toggleMic(): Promise<Problem | null> {
    if (this.#tracks.audio && !this.#interruptions.has('audio')) {
      this.setMuted(!this.#muted)
      return null
    }
    this.#muted = false
    return this.#exclusively((generation) => this.#retake(generation, { audio: true, video: false }))
  }

  /** Off stops the camera for real, light included; on captures anew. */
  toggleCamera(): Promise<Problem | null> {
    return this.#exclusively(async (generation) => {
      if (!this.#tracks.video || this.#interruptions.has('video')) return this.#retake(generation, { audio: false, video: true })
      this.#stop('video')
      return null
    })
  }

  /** The other camera. The first has to be closed before (Android); if the other will not open, the first comes back. */
  flip(): Promise<Problem | null> {
    return this.#exclusively(async (generation) => {
      const current = this.#tracks.video
      if (!current) return null
      const from = this.#facing
      const to: Facing = from === 'user' ? 'environment' : 'user'
      const before = current.getSettings().deviceId
      const others = (await this.#listCameras()).filter((camera) => camera.deviceId !== before)
      this.#stop('video')
      const attempts: [Facing, MediaTrackConstraints][] = [
        [to, { facingMode: { exact: to } }],
        ...others.slice(0, 1).map(({ deviceId }): [Facing, MediaTrackConstraints] => [to, { deviceId: { exact: deviceId } }]),
        [from, before ? { deviceId: { exact: before } } : { facingMode: from }],
      ]
      return this.#firstOf(generation, attempts)
    })
  }

  /** Stops every track, also of a capture still under way. Nothing is captured again until somebody asks. */
  release(): void {
    this.#generation++
    this.#stop('audio')
    this.#stop('video')
    this.#muted = false
    this.#facing = 'user'
    if (this.#options.audioSession) this.#options.audioSession.type = 'auto'
  }

  /** `task` gets the generation of the moment it was asked for: a release() in between makes it nothing. */
  #exclusively(task: (generation: number) => Promise<Problem | null>): Promise<Problem | null> {
    const generation = this.#generation
    const turn = this.#busy.then(() => generation === this.#generation ? task(generation) : null)
    this.#busy = turn.catch(() => undefined)
    return turn
  }

  async #firstOf(generation: number, attempts: readonly [Facing, MediaTrackConstraints][]): Promise<Problem | null> {
    let problem: Problem | null = null
    for (const [facing, constraints] of attempts) {
      problem = await this.#request(generation, { audio: false, video: true }, constraints)
      if (problem) continue
      if (generation === this.#generation) this.#facing = facing
      this.#options.onChange()
      break
    }
    return problem
  }

  /** What the system took from us, after all else that was asked for. */
  async #retakeLater(): Promise<void> {
    if (this.#retaking) return
    this.#retaking = true
    await this.#exclusively(async (generation) => {
      this.#retaking = false
      const { audio, video } = this.#interrupted
      const problem = await this.#retake(generation, { audio, video })
      if (problem && audio && video) for (const kind of ['audio', 'video'] as const) await this.#retakeOrLeave(generation, kind)
      else if (problem) this.#leaveIfDenied(problem, audio ? 'audio' : 'video')
      return null
    })
    this.#retaking = false
  }

  async #retakeOrLeave(generation: number, kind: keyof Tracks): Promise<void> {
    const problem = await this.#retake(generation, { audio: kind === 'audio', video: kind === 'video' })
    if (problem) this.#leaveIfDenied(problem, kind)
  }

  /** A person who takes the permission back is not asked again and again: it is off then, as if they had said so. */
  #leaveIfDenied({ code }: Problem, kind: keyof Tracks): void {
    if (code === 'camera-denied' || code === 'microphone-denied') this.#stop(kind)
  }

  get #interrupted(): Capture {
    return { audio: this.#interruptions.has('audio'), video: this.#interruptions.has('video') }
  }

  /** The same devices once more. An old track goes when the new one is there, or before, where a camera can be open only once. */
  async #retake(generation: number, kinds: Capture): Promise<Problem | null> {
    if (!kinds.audio && !kinds.video) return null
    const again = () => this.#request(generation, kinds, { ...this.#anyCamera(), ...preferring(this.#devices.video) }, preferring(this.#devices.audio))
    const problem = await again()
    if (!problem || !kinds.video || !this.#tracks.video) return problem
    this.#drop('video')
    return again()
  }

  #anyCamera(): MediaTrackConstraints {
    return { facingMode: this.#facing }
  }

  async #request(generation: number, kinds: Capture, camera: MediaTrackConstraints, sound: MediaTrackConstraints = {}): Promise<Problem | null> {
    const { mediaDevices, audioSession } = this.#options
    if (generation !== this.#generation) return null
    if (!mediaDevices) return insecure
    // Safari: without it the far end sounds through the earpiece, quietly.
    if (audioSession && kinds.audio) audioSession.type = 'play-and-record'
    try {
      const stream = await mediaDevices.getUserMedia({
        ...(kinds.audio && { audio: { ...microphone, ...sound } }),
        ...(kinds.video && { video: { ...picture, ...camera } }),
      })
      if (generation === this.#generation) this.#add(stream.getTracks())
      else for (const track of stream.getTracks()) track.stop()
      return null
    } catch (error) {
      return captureProblem(error, await this.#context(kinds))
    }
  }

  #add(tracks: readonly MediaStreamTrack[]): void {
    for (const track of tracks) {
      const kind = track.kind === 'audio' ? 'audio' : 'video'
      const before = this.#tracks[kind]
      if (kind === 'audio') track.enabled = !this.#muted
      this.#tracks = { ...this.#tracks, [kind]: track }
      this.#devices[kind] = track.getSettings().deviceId ?? ''
      before?.stop()
      this.#interruptions.watch(kind, track)
    }
    this.#changed()
    if (this.#tracks.video) void this.#listCameras() // not awaited: Firefox answers only while it has the focus
  }

  /** By our own will. */
  #stop(kind: keyof Tracks): void {
    this.#interruptions.forget(kind)
    this.#drop(kind)
  }

  #drop(kind: keyof Tracks): void {
    const track = this.#tracks[kind]
    if (!track) return
    track.stop()
    this.#tracks = { ...this.#tracks, [kind]: null }
    this.#changed()
  }

  /** A new stream for every new set of tracks: Safari's video elements miss tracks that are swapped inside one. */
  #changed(): void {
    const live = [this.#tracks.audio, this.#tracks.video].filter((track) => track !== null)
    this.#stream = live.length > 0 ? this.#options.createStream(live) : null
    this.#options.onChange()
  }

  async #listCameras(): Promise<readonly MediaDeviceInfo[]> {
    try {
      const devices = await this.#options.mediaDevices?.enumerateDevices() ?? []
      const cameras = devices.filter((device) => device.kind === 'videoinput')
      if (cameras.length !== this.#cameras) {
        this.#cameras = cameras.length
        this.#options.onChange()
      }
      return cameras
    } catch {
      return []
    }
  }

  async #context(wanted: Capture): Promise<CaptureContext> {
    const { mediaDevices, isSecureContext } = this.#options
    const devices = await mediaDevices?.enumerateDevices().catch(() => undefined)
    return {
      wanted,
      isSecureContext,
      hasCamera: devices?.some((device) => device.kind === 'videoinput'),
      hasMicrophone: devices?.some((device) => device.kind === 'audioinput'),
      cameraDenied: await this.#isDenied('camera'),
      microphoneDenied: await this.#isDenied('microphone'),
    }
  }

  async #isDenied(name: 'camera' | 'microphone'): Promise<boolean | undefined> {
    try {
      return (await this.#options.permissions?.query({ name: name as PermissionName }))?.state === 'denied'
    } catch {
      return undefined // not every browser knows these names
    }
  }
}

/** The device of before, if it is still there; another else. */
function preferring(deviceId: string): MediaTrackConstraints {
  return deviceId ? { deviceId: { ideal: deviceId } } : {}
}
