// What the browser gives us, in one place, so that tests give something else.
import { systemClock, uuid, type Clock } from '../protocol/clock'
import { consoleDebug, type DebugLog } from '../protocol/decode'
import type { EventSourceLike } from '../protocol/eventsource'
import type { SeatStorage } from '../protocol/seat'
import type { NetworkInformation } from './network'
import { seatStorage, sharedStorage } from './storage'

/** The few members of `navigator.audioSession` (Audio Session API) that matter; Safari alone has it. */
export interface AudioSession { type: string }

export interface Environment {
  clock: Clock
  fetch: typeof fetch
  openEventSource(url: string): EventSourceLike
  /** Null where lockdown modes or policies removed WebRTC. */
  createPeerConnection: ((configuration: RTCConfiguration) => RTCPeerConnection) | null
  createStream(tracks: readonly MediaStreamTrack[]): MediaStream
  /** Null outside secure origins. */
  mediaDevices: MediaDevices | null
  permissions: Pick<Permissions, 'query'> | null
  audioSession: AudioSession | null
  wakeLock: Pick<WakeLock, 'request'> | null
  network: NetworkInformation | null
  /** For the seat. */
  storage: SeatStorage | null
  /** One for all pages of this browser; for what is no secret. */
  shared: SeatStorage | null
  isSecureContext: boolean
  window: EventTarget
  document: EventTarget & { readonly visibilityState: DocumentVisibilityState }
  uuid(): string
  log: DebugLog
}

export function browserEnvironment(): Environment {
  const extras = navigator as Navigator & { audioSession?: AudioSession, connection?: NetworkInformation }
  return {
    clock: systemClock,
    fetch: (input, init) => fetch(input, init),
    openEventSource: (url) => new EventSource(url),
    createPeerConnection: 'RTCPeerConnection' in globalThis ? (configuration) => new RTCPeerConnection(configuration) : null,
    createStream: (tracks) => new MediaStream([...tracks]),
    mediaDevices: (navigator.mediaDevices as MediaDevices | undefined) ?? null,
    permissions: (navigator.permissions as Permissions | undefined) ?? null,
    audioSession: extras.audioSession ?? null,
    wakeLock: (navigator.wakeLock as WakeLock | undefined) ?? null,
    network: extras.connection ?? null,
    storage: seatStorage(),
    shared: sharedStorage(),
    isSecureContext: globalThis.isSecureContext,
    window: globalThis.window,
    document: globalThis.document,
    uuid: () => uuid(),
    log: consoleDebug,
  }
}
