// What a screen can know of a room, and what it can ask for. Of `call` the screens import this and `Ringer`.

/** A member of the room, as the contract has it. */
export interface Peer {
  readonly id: string
  readonly name: string
  readonly media: { readonly audio: boolean, readonly video: boolean, readonly screen: boolean }
  readonly joinedAt: string
}

/** A call, as the server last described it. */
export interface Call {
  readonly id: string
  readonly room: string
  readonly revision: number
  readonly state: 'ringing' | 'active' | 'ended'
  readonly reason?: 'cancelled' | 'declined' | 'busy' | 'timeout' | 'hangup' | 'failed'
  readonly video: boolean
  readonly note?: string
  readonly caller: string
  readonly invited: readonly { readonly peer: string, readonly state: 'ringing' | 'accepted' | 'declined' | 'busy' | 'left' }[]
  readonly participants: readonly string[]
  readonly createdAt: string
  readonly answeredAt?: string
  readonly endedAt?: string
}

/** The text of `call-status` follows this; it is also its `data-state`. */
export type Stage = 'idle' | 'preview' | 'calling' | 'ringing' | 'connecting' | 'connected' | 'reconnecting' | 'ended'

/** How the page stands with the server. `replaced`: another tab took this seat; stay away until takeOver(). */
export type Link = 'outside' | 'joining' | 'online' | 'reconnecting' | 'replaced' | 'gone'

/** How signaling travels, and how media does. */
export type Rung = 'sse' | 'post-stream' | 'long-poll'
export type Path = 'direct' | 'relay-udp' | 'relay-tcp' | 'relay-tls'

/** Why the last call is over, as this person lived it; the screens have a sentence for each. */
export type Outcome =
  | 'cancelled' // I cancelled, or the caller did while I rang (see `mine`)
  | 'declined' | 'busy' | 'timeout' // nobody accepted
  | 'missed' // I was rung and did not answer in time, or the caller gave up
  | 'hangup' | 'failed'
  | 'elsewhere' // another device or person took it
  | 'full' // the call has no free place

/** One plain sentence on screen each; the code is `data-code` of `error`. Server codes come as the server spells them. */
export type ProblemCode =
  | 'camera-denied' | 'camera-missing' | 'camera-busy' | 'microphone-denied' | 'microphone-missing'
  | 'insecure-origin' | 'no-webrtc' | 'server-unreachable' | 'media-blocked'
  | 'passcode-required' | 'passcode-wrong' | 'room-full' | 'call-full' | 'call-over' | 'call-exists' | 'peer-away' | 'token-revoked'
  | 'unexpected'

export interface Problem {
  readonly code: ProblemCode | (string & {})
  /** The server's own words, shown small, for codes the app has no sentence for. */
  readonly detail?: string
  /** With `media-blocked`: our server offers no relay, or the other side has none. Then there is a direct way, or none. */
  readonly lacking?: 'relay' | 'their-relay'
  /** Ways on that the screen offers as buttons, best first. */
  readonly ways: readonly ('retry' | 'audio-only' | 'without-media' | 'enter-passcode' | 'reload' | 'go-home' | 'hangup')[]
}

/** Somebody else in the call. */
export interface Remote {
  readonly peer: Peer
  /** null until the first track came. */
  readonly stream: MediaStream | null
  readonly state: 'connecting' | 'connected' | 'reconnecting'
  readonly path: Path | null
}

/** What we capture. `stream` is null when nothing is: then no track is live and the camera light is off. */
export interface Local {
  readonly stream: MediaStream | null
  readonly audio: boolean
  readonly video: boolean
  readonly facing: 'user' | 'environment'
  readonly canFlip: boolean
}

/** One immutable value, replaced whole on every change. */
export interface RoomView {
  readonly room: string
  readonly link: Link
  readonly rung: Rung | null
  /** With `replaced`: the call that this page was in has gone to the other page. */
  readonly callMoved: boolean
  readonly stage: Stage
  readonly self: Peer | null
  /** Everyone in the room but oneself, in order of joining. */
  readonly others: readonly Peer[]
  readonly call: Call | null
  /** True when I am rung, or when there is a call on that I am not in and that has a free place (a Join button). */
  readonly canAccept: boolean
  readonly local: Local
  readonly remotes: readonly Remote[]
  /** Those one is or was in this call with, whoever has left since included: who to name when it is over. */
  readonly company: readonly Peer[]
  /** When the call was answered, in ms since 1970 by this device's clock; null until media flows. */
  readonly connectedAtMs: number | null
  readonly outcome: Outcome | null
  /** With `outcome: 'cancelled'`, whether it was this person. */
  readonly mine: boolean
  readonly problem: Problem | null
}

export interface JoinOptions { readonly name: string, readonly passcode?: string }
export interface Capture { readonly audio: boolean, readonly video: boolean }

/** What a person can do. Each settles when the deed is done or has become `view.problem`; none rejects. */
export interface RoomCommands {
  join(options: JoinOptions): Promise<void>
  /** Asks for camera and microphone and shows them; one capture, handed on to the call. */
  preview(wanted: Capture): Promise<void>
  stopPreview(): void
  /** Rings everyone in the room. */
  call(wanted: Capture): Promise<void>
  accept(wanted: Capture): Promise<void>
  decline(reason?: 'declined' | 'busy'): Promise<void>
  /** Cancels while ringing, leaves once on; releases camera and microphone at once. */
  hangup(): Promise<void>
  toggleMic(): Promise<void>
  toggleCamera(): Promise<void>
  flipCamera(): Promise<void>
  /** Makes the connections of the call anew, where media does not come (`media-blocked`). */
  reconnect(): Promise<void>
  rename(name: string): Promise<void>
  /** From `ended` or a problem back to `idle`. */
  dismiss(): void
  /** Takes the seat back from the other tab. */
  takeOver(): Promise<void>
  /** Leaves the room for good: DELETE, token forgotten. */
  leave(): Promise<void>
}

/** The one object a screen holds; made by `createRoom` in session.ts. */
export interface RoomSession extends RoomCommands {
  readonly view: RoomView
  /** Called after each change with the new view; returns the way to stop. */
  subscribe(listener: (view: RoomView) => void): () => void
  /** Whether a seat for this room is kept (see storage.ts), so that a reload goes straight back in. */
  readonly hasSeat: boolean
  /** Goes back to the kept seat without a tap; whether sound is locked is the ringer's to say. */
  resume(): Promise<void>
  /** Stops everything: tracks, connections, stream, timers. */
  dispose(): void
}

/** The call that the installed app was in a short while ago, when it was killed; made by `keptCall` in kept.ts. */
export interface KeptCall {
  readonly room: string
  /** Asks the server, however long it takes to find one. False: the call is over, and its seat is forgotten, or we do not know. */
  isOn(signal: AbortSignal): Promise<boolean>
}
