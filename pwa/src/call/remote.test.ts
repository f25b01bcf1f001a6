// Two who talk past each other, message by message: what the properties of negotiation found, told plainly.
import { beforeEach, describe, expect, test } from 'vitest'
import { addressed } from '../protocol/decode'
import { Remote, type Signal } from './remote'
import { FakeStream, FakeTrack } from './testing/fake-media'
import { Network } from './testing/strict-network'
import { StrictPc } from './testing/strict-pc'
import { VirtualTime } from './testing/virtual-time'

let time: VirtualTime
let network: Network
let lastId = 0

beforeEach(() => {
  time = new VirtualTime(1)
  network = new Network(time, 20)
})

/** A page's end. What it says stays in `said` until it is handed over. */
class End {
  readonly remote: Remote
  readonly said: Signal[] = []

  /** Without names it talks like a program that knows the contract alone. */
  constructor(polite: boolean, { names = true } = {}) {
    this.remote = new Remote({
      peer: 'other', polite, clock: time,
      tracks: { audio: new FakeTrack('audio'), video: new FakeTrack('video') } as never,
      createPeerConnection: () => new StrictPc(network) as unknown as RTCPeerConnection,
      createStream: (tracks) => Object.assign(new FakeStream(tracks as never), { id: `stream-${++lastId}` }) as unknown as MediaStream,
      uuid: () => `connection-${++lastId}`,
      send: (type, { connection, toConnection, ...data }) => this.said.push(signal(type, { ...data, ...(names && { connection, toConnection }) })),
      sends: () => true, online: () => false, renewIce: () => Promise.resolve(), onTrouble: () => undefined, onChange: () => undefined, log: () => undefined,
    })
  }

  get pc(): StrictPc {
    return this.remote.pc as unknown as StrictPc
  }

  /** Hands over what was said so far. */
  tell(other: End): void {
    for (const each of this.said.splice(0)) other.remote.handle(each)
  }
}

function signal(type: Signal['type'], data: Record<string, unknown>): Signal {
  if (type === 'ready') return { type, ...addressed(data) }
  return { type, ...addressed(data), [type === 'candidate' ? 'candidate' : 'description']: data } as Signal
}

/** Both hear each other at once from here on. */
async function talk(a: End, b: End): Promise<void> {
  for (let step = 0; step < 100; step++) {
    a.tell(b)
    b.tell(a)
    await time.pass(100)
  }
}

function expectAgreement(a: End, b: End): void {
  for (const [end, other] of [[a, b], [b, a]] as const) {
    expect(end.pc.idle).toBe(true)
    expect(end.pc.currentRemote?.id).toBe(other.pc.currentLocal?.id)
    expect(end.pc.connectionState).toBe('connected')
    expect(end.pc.transceivers.map(({ kind }) => kind)).toEqual(['audio', 'video'])
  }
  expect(network.mistakes).toEqual([])
}

test('an offer that comes when the later participant has lost patience leaves no m-lines beside those it brings', async () => {
  const [ana, bo] = [new End(false), new End(true)]
  ana.remote.begin(false)
  bo.remote.begin(true)
  bo.tell(ana)
  await time.pass(3_000)
  expect(bo.said.map(({ type }) => type)).toContain('offer')
  await talk(ana, bo)
  expectAgreement(ana, bo)
})

test('candidates right behind the offer of a page that was reloaded are taken in their order', async () => {
  const [before, bo] = [new End(false), new End(true)]
  before.remote.begin(false)
  await talk(before, bo)
  before.remote.close()
  const ana = new End(false)
  ana.remote.begin(true)
  await time.pass(1_000)
  expect(ana.said.map(({ type }) => type)).toEqual(['offer', ...Array<string>(4).fill('candidate')])
  for (const each of ana.said.splice(0, 3)) bo.remote.handle(each)
  while (bo.pc.signalingState !== 'have-remote-offer') await time.pass(1) // now the first candidates are taken
  for (const each of ana.said.splice(0)) bo.remote.handle(each)
  await talk(ana, bo)
  expectAgreement(ana, bo)
  const { ufrag } = ana.pc.currentLocal!
  expect(bo.pc.applied.get(ufrag)).toEqual(ana.pc.gathered.get(ufrag))
})

describe('an offer of the page before the reload that arrives last', () => {
  test.each([['the earlier', false], ['the later', true]])('of %s participant: both begin anew', async (_, polite) => {
    const [before, bo] = [new End(polite), new End(!polite)]
    before.remote.begin(false)
    if (polite) { // asks, and loses patience
      before.remote.begin(true)
      await time.pass(3_000)
    }
    await time.pass(1_000)
    const late = before.said.splice(0)
    expect(late.map(({ type }) => type)).toContain('offer')
    before.remote.close()
    const after = new End(polite)
    after.remote.begin(true)
    bo.remote.begin(false)
    await talk(after, bo)
    expectAgreement(after, bo)
    for (const each of late) bo.remote.handle(each)
    await talk(after, bo)
    expectAgreement(after, bo)
  })
})

test.each([['earlier', false], ['later', true]])('the %s participant begins anew and names no connection: its certificate tells', async (_, polite) => {
  const [before, bo] = [new End(polite, { names: false }), new End(!polite)]
  before.remote.begin(false)
  bo.remote.begin(false)
  await talk(before, bo)
  expectAgreement(before, bo)
  before.remote.close()
  const after = new End(polite, { names: false })
  after.remote.begin(true)
  await time.pass(3_000) // the later one has waited for an offer by then
  await talk(after, bo)
  expectAgreement(after, bo)
})
