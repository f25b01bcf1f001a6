// Every screen of the app as a path and a view.
import type { RoomView } from '../../src/call/view'
import { anna, ben, call, lobby, outside, remote, xiaoming } from '../../src/testing/fakeSession'

type Paint = (hue: number, width: number, height: number) => MediaStream
export interface Scene {
  readonly path: string
  readonly view: RoomView
  /** A seat is kept for the room. */
  readonly hasSeat?: true
  /** The app was killed in a call. */
  readonly kept?: true
  /** What is folded away is open. */
  readonly unfolded?: true
}

export function scenes(paint: Paint): Record<string, Scene> {
  const room = (view: Partial<RoomView>, more: Partial<Scene> = {}): Scene => ({ path: '/r/alm-hut', view: { ...lobby, ...view }, ...more })
  const me = () => ({ stream: paint(200, 640, 480), audio: true, video: true, facing: 'user' as const, canFlip: true })
  const active = { ...call, state: 'active' as const, answeredAt: call.createdAt, participants: [anna.id, xiaoming.id] }
  const other = (more: Partial<Parameters<typeof remote>[1]> = {}) => remote(anna, { stream: paint(90, 640, 480), ...more })
  const gone = { link: 'reconnecting' as const, rung: null }
  const compatible = { rung: 'long-poll' as const }
  const connected = { stage: 'connected' as const, call: active, connectedAtMs: Date.now() - 65_000 }
  return {
    'home': { path: '/', view: outside },
    'home-returning': { path: '/', view: outside, kept: true },
    'not-found': { path: '/nowhere/at/all', view: outside },
    'door': { path: '/r/alm-hut?name=小明', view: outside },
    'door-passcode': { path: '/r/alm-hut', view: { ...outside, problem: { code: 'passcode-wrong', ways: ['enter-passcode', 'go-home'] } } },
    'door-full': { path: '/r/alm-hut', view: { ...outside, problem: { code: 'room-full', ways: ['retry', 'go-home'] } } },
    'door-resuming': { path: '/r/alm-hut', view: { ...outside, link: 'joining' }, hasSeat: true },
    'replaced': room({ link: 'replaced' }),
    'replaced-in-call': room({ link: 'replaced', callMoved: true }),
    'alone': room({ others: [] }),
    'lobby': room({ others: [anna, ben] }),
    'lobby-insecure': room({ link: 'reconnecting', problem: { code: 'insecure-origin', ways: ['without-media'] } }),
    'lobby-server-gone': room(gone),
    'lobby-compatible': room({ ...compatible, others: [anna, ben] }),
    'lobby-compatible-why': room({ ...compatible, others: [anna, ben] }, { unfolded: true }),
    'lobby-call-on': room({ call: active, canAccept: true }),
    'preview': room({ stage: 'preview', local: me() }),
    'calling': room({ stage: 'calling', call, local: me() }),
    'calling-compatible': room({ ...compatible, stage: 'calling', call, local: me() }),
    'ringing-compatible': room({ ...compatible, stage: 'ringing', call: { ...call, note: 'Dinner?' }, canAccept: true }),
    'ringing': room({ stage: 'ringing', call: { ...call, note: 'Dinner?' }, canAccept: true }),
    'ringing-locked': room({ stage: 'ringing', call, canAccept: true }),
    'ringing-denied': room({ stage: 'ringing', call, canAccept: true, problem: { code: 'camera-denied', ways: ['retry', 'audio-only', 'without-media'] } }),
    'connecting': room({ stage: 'connecting', call: active, local: me(), remotes: [remote(anna, { state: 'connecting', path: null })] }),
    'connected': room({ ...connected, local: me(), remotes: [other()] }),
    'connected-portrait': room({ ...connected, local: me(), remotes: [other({ stream: paint(90, 360, 640) })] }),
    'connected-muted': room({
      ...connected, local: { ...me(), audio: false, video: false, stream: null },
      remotes: [remote({ ...anna, media: { audio: false, video: false, screen: false } }, { path: 'relay-tls' })],
    }),
    'connected-voice': room({ ...connected, local: { ...me(), video: false }, remotes: [remote({ ...anna, media: { audio: true, video: false, screen: false } })] }),
    'connected-three': room({ ...connected, local: me(), remotes: [other(), remote(ben, { stream: paint(300, 640, 480), path: 'relay-udp' })] }),
    'connected-compatible': room({ ...connected, ...compatible, local: me(), remotes: [other({ path: 'relay-tls' })] }),
    'connected-compatible-why': room({ ...connected, ...compatible, local: me(), remotes: [other()] }, { unfolded: true }),
    'connected-server-gone': room({ ...connected, ...gone, local: me(), remotes: [other()] }),
    'connected-one-away': room({ ...connected, local: me(), remotes: [other(), remote(ben, { stream: paint(300, 640, 480), state: 'reconnecting' })] }),
    'reconnecting': room({ ...connected, stage: 'reconnecting', local: me(), remotes: [other({ state: 'reconnecting' })] }),
    'reconnecting-without-picture': room({ ...connected, stage: 'reconnecting', local: me(), remotes: [remote({ ...anna, media: { audio: true, video: false, screen: false } }, { state: 'reconnecting' })] }),
    'reconnecting-all-gone': room({ ...connected, ...gone, stage: 'reconnecting', local: me(), remotes: [other({ state: 'reconnecting' })] }),
    'ended': room({ stage: 'ended', call: { ...active, state: 'ended', endedAt: '2026-01-01T10:14:07.000Z' }, outcome: 'hangup' }),
    'ended-compatible': room({ ...compatible, stage: 'ended', call: { ...active, state: 'ended', endedAt: '2026-01-01T10:14:07.000Z' }, outcome: 'hangup' }),
    'ended-full': room({ stage: 'ended', call: active, outcome: 'full' }),
  }
}
