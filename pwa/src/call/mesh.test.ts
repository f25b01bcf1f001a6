import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type FakePage, FakeProgram, FakeRoom } from './testing/fake-room'
import { FakeTrack } from './testing/fake-media'

let room: FakeRoom
beforeEach(() => {
  vi.useFakeTimers()
  room = new FakeRoom()
})
afterEach(() => vi.useRealTimers())
const settle = () => vi.advanceTimersByTimeAsync(5_000)

/** Both ends have each other's present description and said so. */
function expectConnected(a: FakePage, b: FakePage): void {
  expect(a.pc(b.peer).partner, `${a.peer} → ${b.peer}`).toBe(b.pc(a.peer))
  expect([a.state(b.peer), b.state(a.peer)]).toEqual(['connected', 'connected'])
  for (const page of [a, b]) expect(page.pcs.filter((pc) => pc.signalingState !== 'closed')).toHaveLength(room.pages.size - 1)
}

function twoInCall(options: { ana?: boolean, bo?: boolean } = {}): [FakePage, FakePage] {
  const ana = room.open('ana', { tracks: options.ana ?? true })
  const bo = room.open('bo', { tracks: options.bo ?? true })
  ana.mesh.update(['ana', 'bo'])
  bo.mesh.update(['ana', 'bo'])
  return [ana, bo]
}

describe('two', () => {
  test('the earlier one offers, the later one answers', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    expectConnected(ana, bo)
    expect(room.types('ana').filter((type) => type !== 'candidate')).toEqual(['offer'])
    expect(room.types('bo').filter((type) => type !== 'candidate')).toEqual(['answer'])
    expect(ana.mesh.remotes[0]!.stream!.getTracks()).toHaveLength(2)
    expect(bo.mesh.remotes[0]!.stream!.getTracks()).toHaveLength(2)
  })

  test('the later one learns of the call after the offer was sent', async () => {
    const ana = room.open('ana')
    const bo = room.open('bo')
    room.delayMs = () => 100
    ana.mesh.update(['ana', 'bo'])
    await vi.advanceTimersByTimeAsync(50)
    bo.mesh.update(['ana', 'bo'])
    await settle()
    expectConnected(ana, bo)
  })

  test('repeated call events change nothing', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    ana.mesh.update(['ana', 'bo'])
    bo.mesh.update(['ana', 'bo'])
    await settle()
    expect(ana.pcs).toHaveLength(1)
    expect(bo.pcs).toHaveLength(1)
  })

  test.each([[true, false], [false, true]])('one without camera and microphone receives all the same (%s, %s)', async (ana, bo) => {
    const pages = twoInCall({ ana, bo })
    await settle()
    expectConnected(...pages)
    const [silent, sending] = ana ? [pages[1], pages[0]] : pages
    expect(silent.mesh.remotes[0]!.stream!.getTracks()).toHaveLength(2)
    expect(sending.mesh.remotes[0]!.stream).toBeNull()
  })

  test('a camera turned on in a call without comes by a new offer', async () => {
    const [ana, bo] = twoInCall({ bo: false })
    await settle()
    bo.mesh.setTracks({ audio: null, video: new FakeTrack('video') as unknown as MediaStreamTrack })
    await settle()
    expect(bo.pc('ana').transceivers.map(({ kind, direction }) => [kind, direction])).toEqual([['audio', 'recvonly'], ['video', 'sendrecv']])
    expect(ana.pcs).toHaveLength(1)
    expect(bo.pcs).toHaveLength(1)
  })

  test('a camera turned off and on again needs none', async () => {
    const [ana] = twoInCall()
    await settle()
    const said = room.log.length
    ana.mesh.setTracks({ audio: ana.audio as never, video: null })
    expect(ana.pc('bo').transceivers[1]!.sender.track).toBeNull()
    ana.mesh.setTracks({ audio: ana.audio as never, video: ana.video as never })
    await settle()
    expect(ana.pc('bo').transceivers[1]!.sender.track).toBe(ana.video)
    expect(room.log).toHaveLength(said)
  })

  test('glare: both offer at once, whoever is faster', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.nat(40), { minLength: 1 }), fc.nat(30), fc.boolean(), async (delays, pause, anaFirst) => {
      room = new FakeRoom()
      let turn = 0
      room.delayMs = () => delays[turn++ % delays.length]!
      const [ana, bo] = twoInCall()
      await settle()
      for (const page of anaFirst ? [ana, bo] : [bo, ana]) {
        page.pc(page === ana ? 'bo' : 'ana').restartIce()
        await vi.advanceTimersByTimeAsync(pause)
      }
      await settle()
      expectConnected(ana, bo)
    }), { numRuns: 25 })
  }, 30_000)

  test('failed ICE is restarted', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    const { ufrag } = ana.pc('bo')
    ana.pc('bo').become('failed')
    expect(ana.state('bo')).toBe('reconnecting')
    await settle()
    expect(ana.pc('bo').ufrag).not.toBe(ufrag)
    expectConnected(ana, bo)
  })

  test('while the network is away it is reconnecting, and says when it is back', async () => {
    const [ana] = twoInCall()
    await settle()
    ana.pc('bo').become('disconnected')
    expect(ana.state('bo')).toBe('reconnecting')
    ana.pc('bo').become('connected')
    expect(ana.state('bo')).toBe('connected')
  })

  test('connected means that media came, not that it could', async () => {
    const ana = room.open('ana')
    room.open('bo')
    ana.mesh.update(['ana', 'bo'])
    const pc = ana.pc('bo')
    pc.ontrack!({ track: new FakeTrack('audio', { muted: true }) })
    pc.become('connected')
    expect(ana.state('bo')).toBe('connecting')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(ana.state('bo')).toBe('connected') // of somebody who sends nothing nothing comes
  })

  test('never a way for media: blocked', async () => {
    const [ana] = twoInCall()
    ana.pc('bo').become('failed')
    expect(ana.mesh.remotes[0]!.blocked).toBe(true)
    await settle()
    expect(ana.mesh.remotes[0]!.blocked).toBe(false)
  })

  test('no way for media after half a minute: blocked, until there is one', async () => {
    room.lost.add('bo') // ICE never even begins
    const [ana, bo] = twoInCall()
    await vi.advanceTimersByTimeAsync(29_000)
    expect(ana.mesh.remotes[0]!.blocked).toBe(false)
    await vi.advanceTimersByTimeAsync(2_000)
    expect([ana, bo].map((page) => page.mesh.remotes[0]!.blocked)).toEqual([true, true])
    room.lost.clear()
    ana.mesh.beginAfresh()
    expect(ana.mesh.remotes[0]!.blocked).toBe(false)
    await settle()
    expectConnected(ana, bo)
    expect([ana, bo].map((page) => page.mesh.remotes[0]!.blocked)).toEqual([false, false])
  })

  test('media that flowed once is not blocked, however long the call', async () => {
    const [ana] = twoInCall()
    await settle()
    await vi.advanceTimersByTimeAsync(60_000)
    ana.pc('bo').become('disconnected')
    expect(ana.mesh.remotes[0]!.blocked).toBe(false)
  })

  test('the path is read once there is one', async () => {
    const [ana, bo] = twoInCall()
    ana.pc('bo').stats = [
      { id: 't', type: 'transport', selectedCandidatePairId: 'p' },
      { id: 'p', type: 'candidate-pair', localCandidateId: 'l' },
      { id: 'l', type: 'local-candidate', candidateType: 'relay', relayProtocol: 'tls' },
    ]
    await settle()
    expect(ana.mesh.remotes[0]!.path).toBe('relay-tls')
    expect(bo.mesh.remotes[0]!.path).toBeNull()
  })
})

describe('media that stays away', () => {
  const restarts = (page: FakePage) => page.pcs.reduce((sum, pc) => sum + pc.restarts, 0)
  const wholePictures = (page: FakePage) => page.pcs.at(-1)!.transceivers.reduce((sum, line) => sum + line.keyFrames, 0)

  test('is missed within a second and a half, and brought back by the earlier participant', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    ana.pc('bo').cut()
    await vi.advanceTimersByTimeAsync(700)
    expect([ana.state('bo'), bo.state('ana')]).toEqual(['connected', 'connected'])
    await vi.advanceTimersByTimeAsync(600)
    await settle()
    expect([restarts(ana), restarts(bo)]).toEqual([1, 0])
    expect([wholePictures(ana), wholePictures(bo)]).toEqual([1, 1])
    expect([ana.pcs.length, bo.pcs.length]).toEqual([1, 1])
    expectConnected(ana, bo)
  })

  test('is reconnecting on both sides until it flows again', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    ana.pc('bo').dead = true
    await vi.advanceTimersByTimeAsync(1_500)
    expect([ana.state('bo'), bo.state('ana')]).toEqual(['reconnecting', 'reconnecting'])
    await vi.advanceTimersByTimeAsync(3_000)
    expect([ana.troubles, bo.troubles]).toEqual([1, 1])
    ana.pc('bo').dead = false
    await vi.advanceTimersByTimeAsync(2_500)
    expectConnected(ana, bo)
    expect(ana.pcs).toHaveLength(1)
  })

  test('of the later participant alone, too: one whom the earlier one does not miss', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    room.sending.delete('bo')
    ana.pc('bo').cut()
    await vi.advanceTimersByTimeAsync(4_000)
    expect([restarts(ana), restarts(bo)]).toEqual([0, 1])
    expectConnected(ana, bo)
  })

  test('that comes another way than before needs a whole picture to begin with', async () => {
    const [ana] = twoInCall()
    const by = (pair: string) => [{ id: 't', type: 'transport', selectedCandidatePairId: pair }, { id: pair, type: 'candidate-pair' }]
    ana.pc('bo').stats = by('first')
    await settle()
    expect(wholePictures(ana)).toBe(0)
    ana.pc('bo').stats = by('second')
    await settle()
    expect(wholePictures(ana)).toBe(1)
  })

  test('of somebody muted with the camera off is not missed', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    room.sending.clear()
    for (const page of [ana, bo]) page.mesh.setTracks({ audio: null, video: null })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(restarts(ana) + restarts(bo)).toBe(0)
    expectConnected(ana, bo)
  })

  test('is not waited for in vain on a path that ICE calls dead', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    room.sending.clear() // somebody whose program never told the room what it sends
    ana.pc('bo').become('disconnected')
    await vi.advanceTimersByTimeAsync(1_700)
    expect(restarts(ana)).toBe(1)
    expect(restarts(bo)).toBe(0)
  })

  test('after five restarts in vain the connection is made anew, on both sides', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    ana.pc('bo').dead = true
    await vi.advanceTimersByTimeAsync(9_500)
    expect([ana.pcs.length, bo.pcs.length]).toEqual([1, 1])
    expect(restarts(ana)).toBe(5)
    await vi.advanceTimersByTimeAsync(4_000)
    expect([ana.pcs.length, bo.pcs.length]).toEqual([2, 2])
    expectConnected(ana, bo)
  })

  test('without signaling nothing is tried; with it, at once', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    room.offline.add('ana').add('bo')
    ana.pc('bo').cut()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(restarts(ana) + restarts(bo)).toBe(0)
    room.offline.clear()
    ana.mesh.look()
    await vi.advanceTimersByTimeAsync(500)
    expectConnected(ana, bo)
  })

  test('nothing is added to an offer that nobody answers', async () => {
    const [ana] = twoInCall()
    await settle()
    room.lost.add('ana')
    const before = room.log.length
    ana.pc('bo').cut()
    await vi.advanceTimersByTimeAsync(14_000)
    expect(room.log.slice(before).filter(({ from, message }) => from === 'ana' && message.type === 'offer')).toHaveLength(1)
  })

  test.each(['ana', 'bo'])('%s comes to another network: restarted before anybody misses anything', async (who) => {
    const [ana, bo] = twoInCall()
    await settle()
    const mover = who === 'ana' ? ana : bo
    ana.pc('bo').cut()
    mover.mesh.handleNetworkChange()
    await vi.advanceTimersByTimeAsync(500)
    expect(restarts(mover)).toBe(1)
    expect(restarts(ana) + restarts(bo)).toBe(1)
    expectConnected(ana, bo)
  })

  test('both come to another network at once', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    ana.pc('bo').cut()
    for (const page of [ana, bo]) page.mesh.handleNetworkChange()
    await settle()
    expectConnected(ana, bo)
  })

  test('a restart gathers with fresh credentials', async () => {
    const [ana] = twoInCall()
    await settle()
    let fresh: () => void = () => undefined
    ana.renewIce = () => new Promise((resolve) => { fresh = resolve })
    ana.pc('bo').cut()
    await vi.advanceTimersByTimeAsync(1_500)
    expect(restarts(ana)).toBe(0)
    fresh()
    await vi.advanceTimersByTimeAsync(50)
    expect(restarts(ana)).toBe(1)
  })

  test('and does not wait for them for long', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    ana.renewIce = () => new Promise(() => undefined)
    ana.pc('bo').cut()
    await vi.advanceTimersByTimeAsync(2_300)
    expect(restarts(ana)).toBe(1)
    await settle()
    expectConnected(ana, bo)
  })

  test('nor adds to an offer that was made meanwhile', async () => {
    const [ana] = twoInCall()
    await settle()
    let fresh: () => void = () => undefined
    ana.renewIce = () => new Promise((resolve) => { fresh = resolve })
    ana.pc('bo').cut()
    await vi.advanceTimersByTimeAsync(1_300)
    room.lost.add('ana')
    ana.pc('bo').addTransceiver('video', { direction: 'recvonly' })
    await vi.advanceTimersByTimeAsync(50)
    fresh()
    await vi.advanceTimersByTimeAsync(50)
    expect(restarts(ana)).toBe(0)
  })
})

describe('what is not for this call', () => {
  const offer = (from: string, call: string | null) =>
    ({ type: 'offer', id: 'e', from, call, description: { type: 'offer', sdp: 'a=ice-ufrag:x' } }) as const

  test('of an earlier call, of none, or from somebody who is not in it', async () => {
    const bo = room.open('bo')
    bo.mesh.update(['ana', 'bo'])
    for (const [from, call] of [['ana', 'c0'], ['ana', null], ['cy', 'c1']] as const) bo.mesh.handle(offer(from, call))
    await settle()
    expect(bo.pc('ana').remoteDescription).toBeNull()
    bo.mesh.handle(offer('ana', 'c1'))
    await settle()
    expect(bo.pc('ana').remoteDescription).not.toBeNull()
  })

  test('an answer to an offer that is no more', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    const before = ana.pc('bo').remoteDescription
    ana.mesh.handle({ type: 'answer', id: 'e', from: 'bo', call: 'c1', description: { type: 'answer', sdp: 'a=ice-ufrag:y' } })
    await settle()
    expect(ana.pc('bo').remoteDescription).toBe(before)
    expectConnected(ana, bo)
  })
})

test('candidates that come before their description wait for it', async () => {
  const [ana, bo] = [room.open('ana'), room.open('bo')]
  ana.mesh.update(['ana', 'bo'])
  await vi.advanceTimersByTimeAsync(0)
  bo.mesh.update(['ana', 'bo'])
  room.pages.delete('bo') // nothing arrives by itself
  await settle()
  room.pages.set('bo', bo)
  const said = room.log.filter((each) => each.from === 'ana')
  for (const each of said.toSorted((a, b) => Number(a.message.type === 'offer') - Number(b.message.type === 'offer'))) room.deliver(each)
  await settle()
  expect(bo.pc('ana').candidates).toHaveLength(2)
  expectConnected(ana, bo)
})

test('the end of candidates is passed on', async () => {
  const [ana, bo] = twoInCall()
  await settle()
  const { ufrag } = ana.pc('bo')
  ana.pc('bo').onicecandidate!({ candidate: { toJSON: () => ({ candidate: '', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: ufrag }) } })
  await settle()
  expect(bo.pc('ana').candidates.at(-1)!.candidate).toBe('')
})

describe('a page that is reloaded in mid-call', () => {
  test.each(['ana', 'bo'])('%s comes back, the other makes its connection anew', async (who) => {
    const pages = twoInCall()
    await settle()
    const [stays, closes] = who === 'ana' ? [pages[1], pages[0]] : pages
    const reloaded = room.open(who)
    closes.mesh.close()
    reloaded.mesh.update(['ana', 'bo'], true)
    await settle()
    expectConnected(stays, reloaded)
  })

  test('both at once', async () => {
    const pages = twoInCall()
    await settle()
    const [ana, bo] = [room.open('ana'), room.open('bo')]
    for (const page of pages) page.mesh.close()
    bo.mesh.update(['ana', 'bo'], true)
    ana.mesh.update(['ana', 'bo'], true)
    await settle()
    expectConnected(ana, bo)
  })

  test('while the other is waiting for the answer of the page before: no deadlock', async () => {
    const [ana, before] = twoInCall()
    room.lost.add('bo') // the old page takes the offer with it
    await vi.advanceTimersByTimeAsync(20)
    expect(ana.pc('bo').signalingState).toBe('have-local-offer')
    before.mesh.close()
    room.lost.delete('bo')
    const bo = room.open('bo')
    bo.mesh.update(['ana', 'bo'], true)
    await settle()
    expectConnected(ana, bo)
  })

  test('while the other restarts ICE towards the page before', async () => {
    const [ana, before] = twoInCall()
    await settle()
    before.mesh.close()
    ana.pc('bo').restartIce()
    const bo = room.open('bo')
    await vi.advanceTimersByTimeAsync(1)
    bo.mesh.update(['ana', 'bo'], true)
    await settle()
    expectConnected(ana, bo)
  })

  test('what was meant for a connection of the page before is dropped', async () => {
    const [before, bo] = twoInCall()
    await settle()
    before.mesh.close()
    const ana = room.open('ana')
    ana.mesh.update(['ana', 'bo'], true)
    const stale = { id: 'e', from: 'bo', call: 'c1', connection: 'his', toConnection: 'of the page before' } as const
    ana.mesh.handle({ ...stale, type: 'offer', description: { type: 'offer', sdp: 'a=ice-ufrag:x' } })
    await settle()
    expectConnected(ana, bo)
    room.lost.add('ana')
    ana.pc('bo').restartIce() // she waits for an answer now, to an offer that nobody got
    await settle()
    ana.mesh.handle({ ...stale, type: 'answer', description: { type: 'answer', sdp: ana.pc('bo').remoteDescription!.sdp } })
    await settle()
    expect(ana.pc('bo').signalingState).toBe('have-local-offer')
  })

  test('a `ready` that crosses the offer of a page that was reloaded itself', async () => {
    room.delayMs = () => 3
    const pages = twoInCall()
    pages[1].mesh.close()
    const bo = room.open('bo')
    bo.mesh.update(['ana', 'bo'], true)
    await vi.advanceTimersByTimeAsync(1)
    pages[0].mesh.close()
    const ana = room.open('ana')
    ana.mesh.update(['ana', 'bo'], true)
    await settle()
    expectConnected(ana, bo)
  })

  // Each of these may come while the messages of the ones before are still on their way.
  const mishap = fc.record({
    who: fc.constantFrom('ana', 'bo'),
    what: fc.constantFrom('reload', 'reload', 'gap', 'restart'),
    afterMs: fc.nat(120),
    loadingMs: fc.nat(60),
  })

  // Up to 40 ms is the everyday; seconds are longer than the patience of rule 4.
  test.each([[40, 5_000, 25], [4_000, 60_000, 10]])('whatever happens, whatever the moment and the latency (up to %i ms)', async (slowestMs, settlingMs, numRuns) => {
    await fc.assert(fc.asyncProperty(fc.array(fc.nat(slowestMs), { minLength: 1 }), fc.array(mishap, { minLength: 1, maxLength: 4 }), async (delays, mishaps) => {
      room = new FakeRoom()
      let turn = 0
      room.delayMs = () => delays[turn++ % delays.length]!
      twoInCall()
      for (const { who, what, afterMs, loadingMs } of mishaps) {
        await vi.advanceTimersByTimeAsync(afterMs)
        const page = room.pages.get(who)!
        if (what === 'gap') page.mesh.beginAfresh()
        if (what === 'restart') page.pc(who === 'ana' ? 'bo' : 'ana').restartIce()
        if (what !== 'reload') continue
        page.mesh.close()
        const reloaded = room.open(who)
        await vi.advanceTimersByTimeAsync(loadingMs)
        reloaded.mesh.update(['ana', 'bo'], true)
      }
      await vi.advanceTimersByTimeAsync(settlingMs)
      expectConnected(room.pages.get('ana')!, room.pages.get('bo')!)
    }), { numRuns })
  }, 30_000)
})

describe('a program that knows the contract alone', () => {
  test.each(['a reload', 'a gap'])('sees the later participant again after %s', async (what) => {
    const ana = new FakeProgram(room, 'ana')
    room.programs.set('ana', ana)
    const before = room.open('bo')
    before.mesh.update(['ana', 'bo'], true) // it never offers by itself
    await settle()
    expect([ana.pc.partner, before.state('ana')]).toEqual([before.pc('ana'), 'connected'])
    const bo = what === 'a gap' ? before : room.open('bo')
    if (what === 'a gap') bo.mesh.beginAfresh()
    else {
      before.mesh.close()
      bo.mesh.update(['ana', 'bo'], true)
    }
    await settle()
    expect([ana.pc.partner, bo.state('ana')]).toEqual([bo.pc('ana'), 'connected'])
  })

  test('no offer where the other has made one, or has left', async () => {
    const [, before] = twoInCall()
    await settle()
    before.mesh.close()
    const bo = room.open('bo')
    bo.mesh.update(['ana', 'bo'], true)
    await settle()
    expect(room.types('bo')).not.toContain('offer')
    bo.mesh.beginAfresh()
    bo.mesh.update(['bo'])
    await settle()
    expect(room.types('bo')).not.toContain('offer')
  })
})

describe('a gap in the stream', () => {
  test.each([['ana'], ['bo'], ['ana', 'bo']])('%s %s negotiates afresh', async (...who: string[]) => {
    const [ana, bo] = twoInCall()
    await settle()
    for (const page of [ana, bo]) if (who.includes(page.peer)) page.mesh.beginAfresh()
    expect(ana.state('bo')).not.toBe('connecting') // it was connected before, so it is coming back
    await settle()
    expectConnected(ana, bo)
  })

  test.each([['ana'], ['bo'], ['ana', 'bo']])('does not darken the picture that is there: %s %s', async (...who: string[]) => {
    const pages = twoInCall()
    await settle()
    const shown = pages.map((page) => page.mesh.remotes[0]!.stream)
    for (const page of pages) if (who.includes(page.peer)) page.mesh.beginAfresh()
    const seen = new Set<string>()
    for (let turn = 0; turn < 200; turn++) {
      await vi.advanceTimersByTimeAsync(10)
      for (const [at, page] of pages.entries()) {
        const remote = page.mesh.remotes[0]!
        seen.add(remote.state)
        const looksAt = remote.stream === shown[at] ? page.pcs[0]! : page.pcs.at(-1)!
        expect(looksAt.connectionState).toBe('connected')
        const other = pages[1 - at]!
        if (other.mesh.remotes[0]!.stream === shown[1 - at]) expect(page.pcs[0]!.signalingState, 'what the other still looks at').toBe('stable')
      }
    }
    expect([...seen]).toEqual(['connected'])
    expectConnected(...pages)
    for (const [at, page] of pages.entries()) expect(page.mesh.remotes[0]!.stream).not.toBe(shown[at])
  })

  test('a connection before that carries nothing any more is not kept for its picture', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    room.lost.add('ana').add('bo')
    bo.mesh.beginAfresh()
    expect(bo.state('ana')).toBe('connected')
    ana.pcs[0]!.dead = true
    await vi.advanceTimersByTimeAsync(1_500)
    expect(bo.state('ana')).toBe('reconnecting')
    expect(bo.pcs.filter((pc) => pc.signalingState !== 'closed')).toHaveLength(1)
  })

  test('that swallowed an offer', async () => {
    const [ana, bo] = twoInCall()
    await settle()
    room.lost.add('ana')
    ana.pc('bo').restartIce()
    await vi.advanceTimersByTimeAsync(50)
    room.lost.delete('ana')
    bo.mesh.beginAfresh()
    await settle()
    expectConnected(ana, bo)
  })
})

describe('more than two', () => {
  test('each pair is connected', async () => {
    const pages = ['ana', 'bo', 'cy', 'di'].map((peer) => room.open(peer))
    for (const page of pages) page.mesh.update(['ana', 'bo', 'cy', 'di'])
    await settle()
    for (const a of pages) for (const b of pages) if (a !== b) expectConnected(a, b)
  })

  test('who leaves is let go, who comes back is connected anew', async () => {
    const pages = ['ana', 'bo', 'cy'].map((peer) => room.open(peer))
    const [ana, bo, cy] = pages as [FakePage, FakePage, FakePage]
    for (const page of pages) page.mesh.update(['ana', 'bo', 'cy'])
    await settle()
    bo.mesh.close()
    for (const page of [ana, cy]) page.mesh.update(['ana', 'cy'])
    expect(ana.mesh.remotes.map((remote) => remote.peer)).toEqual(['cy'])
    expect(bo.pcs.every((pc) => pc.signalingState === 'closed')).toBe(true)
    await settle()
    for (const page of [ana, cy]) page.mesh.update(['ana', 'cy', 'bo'])
    bo.mesh.update(['ana', 'cy', 'bo'], true)
    await settle()
    for (const [a, b] of [[ana, bo], [cy, bo], [ana, cy]] as const) expectConnected(a, b)
  })

  test('also when nobody saw them leave', async () => {
    const pages = ['ana', 'bo', 'cy'].map((peer) => room.open(peer))
    const [ana, bo, cy] = pages as [FakePage, FakePage, FakePage]
    for (const page of pages) page.mesh.update(['ana', 'bo', 'cy'])
    await settle()
    bo.mesh.close()
    for (const page of [ana, cy]) page.mesh.update(['ana', 'cy', 'bo']) // a snapshot after a cut
    bo.mesh.update(['ana', 'cy', 'bo'], true)
    await settle()
    for (const [a, b] of [[ana, bo], [cy, bo], [ana, cy]] as const) expectConnected(a, b)
  })
})

test('a closed mesh has closed every connection and hears nothing', async () => {
  const [ana, bo] = twoInCall()
  await settle()
  const said = room.log.length
  ana.mesh.close()
  expect(ana.pcs.every((pc) => pc.signalingState === 'closed')).toBe(true)
  expect(ana.mesh.remotes).toEqual([])
  bo.pc('ana').restartIce()
  await settle()
  expect(room.log.slice(said).every(({ from }) => from === 'bo')).toBe(true)
})
