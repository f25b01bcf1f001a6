import { beforeEach, describe, expect, test } from 'vitest'
import { Negotiation } from './negotiation'
import { FakeStream, FakeTrack } from './testing/fake-media'
import { Network } from './testing/strict-network'
import { StrictPc } from './testing/strict-pc'
import { VirtualTime } from './testing/virtual-time'

const none = { audio: null, video: null }
let time: VirtualTime
let pc: StrictPc
let negotiation: Negotiation

beforeEach(() => {
  time = new VirtualTime(1)
  pc = new StrictPc(new Network(time, 20))
  negotiation = new Negotiation({
    pc: pc as unknown as RTCPeerConnection, polite: false, tracks: none,
    createStream: (tracks) => new FakeStream(tracks as never) as unknown as MediaStream,
    sendDescription: () => undefined, sendCandidate: () => undefined, onError: () => undefined,
  })
})

const camera = () => ({ audio: null, video: new FakeTrack('video') as unknown as MediaStreamTrack })
const sent = () => pc.transceivers.find(({ kind }) => kind === 'video')!.sender.track

describe('a camera that is turned on and off faster than the browser follows', () => {
  beforeEach(async () => {
    negotiation.begin()
    await time.pass(100)
  })

  test('off in the end: nothing is sent', async () => {
    negotiation.setTracks(camera())
    negotiation.setTracks(none)
    await time.pass(100)
    expect(sent()).toBeNull()
  })

  test('on again in the end: it is sent', async () => {
    const { video, audio } = camera()
    negotiation.setTracks({ audio, video })
    await time.pass(100)
    negotiation.setTracks(none)
    negotiation.setTracks({ audio, video })
    await time.pass(100)
    expect(sent()).toBe(video)
  })
})
