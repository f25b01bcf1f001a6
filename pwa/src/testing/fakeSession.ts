// A session for tests: it shows the view it is given and writes down what it is asked for.
import type { Call, Local, Peer, Remote, RoomCommands, RoomSession, RoomView } from '../call/view'

export const anna: Peer = { id: 'peer-anna', name: 'Anna Berg', media: { audio: true, video: true, screen: false }, joinedAt: '2026-01-01T10:00:00.000Z' }
export const xiaoming: Peer = { id: 'peer-ming', name: '王小明', media: { audio: true, video: true, screen: false }, joinedAt: '2026-01-01T10:00:01.000Z' }
export const ben: Peer = { id: 'peer-ben', name: 'Ben', media: { audio: false, video: true, screen: false }, joinedAt: '2026-01-01T10:00:02.000Z' }

export const noLocal: Local = { stream: null, audio: false, video: false, facing: 'user', canFlip: false }

export const call: Call = {
  id: 'call-1', room: 'alm-hut', revision: 1, state: 'ringing', video: true, caller: anna.id, invited: [{ peer: xiaoming.id, state: 'ringing' }],
  participants: [anna.id], createdAt: '2026-01-01T10:01:00.000Z',
}

export const outside: RoomView = {
  room: 'alm-hut', link: 'outside', rung: null, callMoved: false, stage: 'idle', self: null, others: [], call: null, canAccept: false, local: noLocal, remotes: [],
  company: [], connectedAtMs: null, outcome: null, mine: false, problem: null,
}

/** Joined as 王小明, with Anna. */
export const lobby: RoomView = { ...outside, link: 'online', rung: 'sse', self: xiaoming, others: [anna] }

export function remote(peer: Peer, more: Partial<Remote> = {}): Remote {
  return { peer, stream: null, state: 'connected', path: 'direct', ...more }
}

export interface FakeSession extends RoomSession {
  show(view: Partial<RoomView>): void
  readonly asked: unknown[][]
}

export function fakeSession(start: RoomView = outside, options: { hasSeat?: boolean } = {}): FakeSession {
  let view = start
  const listeners = new Set<(view: RoomView) => void>()
  const asked: unknown[][] = []
  const note = (command: string) => async (...args: unknown[]): Promise<void> => { asked.push([command, ...args]) }
  const commands: RoomCommands = {
    join: note('join'), preview: note('preview'), stopPreview: () => void asked.push(['stopPreview']), call: note('call'), accept: note('accept'), decline: note('decline'),
    hangup: note('hangup'), toggleMic: note('toggleMic'), toggleCamera: note('toggleCamera'), flipCamera: note('flipCamera'), reconnect: note('reconnect'), rename: note('rename'),
    dismiss: () => void asked.push(['dismiss']), takeOver: note('takeOver'), leave: note('leave'),
  }
  return {
    ...commands, asked, hasSeat: options.hasSeat ?? false, resume: note('resume'), dispose: () => void asked.push(['dispose']),
    get view() { return view },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    show(change) {
      view = { ...view, ...change }
      for (const listener of listeners) listener(view)
    },
  }
}
