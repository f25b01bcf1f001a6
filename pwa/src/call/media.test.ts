import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../protocol/clock'
import { Media } from './media'
import { FakeDevices, FakeStream, type FakeTrack } from './testing/fake-media'

let devices: FakeDevices
let media: Media
let window: EventTarget
let page: EventTarget & { visibilityState: DocumentVisibilityState }
const onChange = vi.fn()
const both = { audio: true, video: true }
const audioSession = { type: 'auto' }

function make(options: Partial<ConstructorParameters<typeof Media>[0]> = {}): Media {
  return new Media({
    mediaDevices: devices as unknown as MediaDevices,
    permissions: null,
    audioSession,
    isSecureContext: true,
    createStream: (tracks) => new FakeStream(tracks as unknown as FakeTrack[]) as unknown as MediaStream,
    clock: systemClock,
    window,
    document: page,
    onChange,
    ...options,
  }, new AbortController().signal)
}
beforeEach(() => {
  devices = new FakeDevices()
  window = new EventTarget()
  page = Object.assign(new EventTarget(), { visibilityState: 'visible' as const })
  onChange.mockReset()
  audioSession.type = 'auto'
  media = make()
})
const live = () => devices.live.map((track) => track.kind).toSorted()
const inStream = () => media.local.stream?.getTracks().map((track) => track.kind).toSorted() ?? null

describe('capture', () => {
  test('both kinds in one request', async () => {
    expect(await media.capture(both)).toBeNull()
    expect(devices.requests).toHaveLength(1)
    expect(inStream()).toEqual(['audio', 'video'])
    expect(media.local).toMatchObject({ audio: true, video: true, facing: 'user' })
    expect(audioSession.type).toBe('play-and-record')
  })

  test('what a preview captured goes into the call: no second request', async () => {
    await media.capture(both)
    const { stream } = media.local
    expect(await media.capture(both)).toBeNull()
    expect(devices.requests).toHaveLength(1)
    expect(media.local.stream).toBe(stream)
  })

  test('what the call does not want of the preview is stopped', async () => {
    await media.capture(both)
    await media.capture({ audio: true, video: false })
    expect(live()).toEqual(['audio'])
    expect(inStream()).toEqual(['audio'])
  })

  test('two at once are one after the other', async () => {
    await Promise.all([media.capture(both), media.capture(both)])
    expect(devices.requests).toHaveLength(1)
  })

  test('nothing wanted, nothing asked', async () => {
    expect(await media.capture({ audio: false, video: false })).toBeNull()
    expect(devices.requests).toHaveLength(0)
    expect(media.local.stream).toBeNull()
  })
})

describe('problems and the ways on', () => {
  test('denied', async () => {
    devices.denied.add('video')
    expect(await media.capture(both)).toEqual({ code: 'camera-denied', ways: ['audio-only', 'without-media', 'retry'] })
    expect(media.local.stream).toBeNull()
    expect(await media.capture({ audio: true, video: false })).toBeNull()
  })

  test('the microphone denied', async () => {
    devices.denied.add('audio')
    expect(await media.capture({ audio: true, video: false })).toMatchObject({ code: 'microphone-denied', ways: ['without-media', 'retry'] })
    const permissions = { query: ({ name }: { name: string }) => Promise.resolve({ state: name === 'microphone' ? 'denied' : 'granted' }) }
    media = make({ permissions: permissions as unknown as Permissions })
    expect(await media.capture(both)).toMatchObject({ code: 'microphone-denied' })
  })

  test('no camera', async () => {
    devices.cameras = []
    expect(await media.capture(both)).toEqual({ code: 'camera-missing', ways: ['audio-only', 'without-media'] })
  })

  test('no microphone', async () => {
    devices.microphones = []
    expect(await media.capture(both)).toEqual({ code: 'microphone-missing', ways: ['without-media'] })
  })

  test('the camera is another program’s', async () => {
    devices.taken.add('front')
    expect(await media.capture(both)).toEqual({ code: 'camera-busy', ways: ['retry', 'audio-only', 'without-media'] })
  })

  test('no secure origin', async () => {
    media = make({ mediaDevices: null, isSecureContext: false })
    expect(await media.capture(both)).toEqual({ code: 'insecure-origin', ways: ['without-media'] })
  })
})

describe('release', () => {
  test('stops every track', async () => {
    await media.capture(both)
    media.release()
    expect(live()).toEqual([])
    expect(media.local).toMatchObject({ stream: null, audio: false, video: false })
    expect(audioSession.type).toBe('auto')
  })

  test('also what is still being asked for', async () => {
    devices.delayMs = 5
    const asking = media.capture(both)
    await Promise.resolve()
    media.release()
    await asking
    expect(devices.captured).toHaveLength(2)
    expect(live()).toEqual([])
    expect(media.local.stream).toBeNull()
  })

  test('what waited for its turn is not asked for any more', async () => {
    devices.delayMs = 5
    const asking = Promise.all([media.capture({ audio: true, video: false }), media.toggleCamera()])
    media.release()
    await asking
    expect(devices.requests).toHaveLength(0)
    expect(live()).toEqual([])
  })

  test('in the middle of a flip', async () => {
    await media.capture(both)
    devices.delayMs = 5
    const flipping = media.flip()
    await new Promise((resolve) => setTimeout(resolve, 2))
    media.release()
    await flipping
    expect(live()).toEqual([])
    expect(devices.requests).toHaveLength(2)
  })

  test('the next call is not muted', async () => {
    await media.capture(both)
    await media.toggleMic()
    media.release()
    await media.capture(both)
    expect(media.local.audio).toBe(true)
    expect(devices.live.find((track) => track.kind === 'audio')!.enabled).toBe(true)
  })
})

describe('microphone', () => {
  test('muted is disabled, not given back', async () => {
    await media.capture(both)
    await media.toggleMic()
    expect(media.local.audio).toBe(false)
    expect(devices.live.find((track) => track.kind === 'audio')!.enabled).toBe(false)
    await media.toggleMic()
    expect(media.local.audio).toBe(true)
    expect(devices.requests).toHaveLength(1)
  })

  test('muted before it is captured', async () => {
    media.setMuted(true)
    await media.capture(both)
    expect(media.local.audio).toBe(false)
    expect(devices.live.find((track) => track.kind === 'audio')!.enabled).toBe(false)
  })

  test('turned on in a call without', async () => {
    await media.toggleMic()
    expect(live()).toEqual(['audio'])
    expect(media.local.audio).toBe(true)
  })
})

describe('camera', () => {
  test('off puts its light out, on captures anew', async () => {
    await media.capture(both)
    await media.toggleCamera()
    expect(live()).toEqual(['audio'])
    expect(media.tracks.video).toBeNull()
    expect(await media.toggleCamera()).toBeNull()
    expect(live()).toEqual(['audio', 'video'])
    expect(devices.requests.at(-1)).not.toHaveProperty('audio')
  })

  test('a changed set of tracks is a new stream', async () => {
    await media.capture(both)
    const { stream } = media.local
    await media.toggleCamera()
    expect(media.local.stream).not.toBe(stream)
  })

  test('flip', async () => {
    await media.capture(both)
    await vi.waitFor(() => expect(media.local.canFlip).toBe(true))
    expect(await media.flip()).toBeNull()
    expect(media.tracks.video!.getSettings().deviceId).toBe('back')
    expect(media.local.facing).toBe('environment')
    expect(live()).toEqual(['audio', 'video'])
    await media.flip()
    expect(media.local.facing).toBe('user')
  })

  test('flip by device where the browser knows no facing', async () => {
    devices.cameras = [{ deviceId: 'usb1', facingMode: '' }, { deviceId: 'usb2', facingMode: '' }]
    await media.capture(both)
    expect(await media.flip()).toBeNull()
    expect(media.tracks.video!.getSettings().deviceId).toBe('usb2')
  })

  test('a flip that fails brings the first camera back', async () => {
    await media.capture(both)
    devices.taken.add('back')
    expect(await media.flip()).toBeNull()
    expect(media.tracks.video!.getSettings().deviceId).toBe('front')
    expect(media.local.facing).toBe('user')
  })

  test('no flip with one camera', async () => {
    devices.cameras.pop()
    await media.capture(both)
    await Promise.resolve()
    expect(media.local.canFlip).toBe(false)
  })

  test('unplugged: it is off, and said so', async () => {
    await media.capture(both)
    onChange.mockReset()
    devices.cameras = []
    of('video').end()
    expect(media.local.video).toBe(false)
    expect(inStream()).toEqual(['audio'])
    expect(onChange).toHaveBeenCalled()
  })
})

/** The one that is open. */
const of = (kind: 'audio' | 'video') => devices.live.find((track) => track.kind === kind)!
const settle = (ms = 10) => vi.advanceTimersByTimeAsync(ms)

describe('the system takes a track', () => {
  beforeEach(async () => {
    vi.useFakeTimers()
    await Promise.all([media.capture(both), settle()])
    onChange.mockReset()
  })
  afterEach(() => vi.useRealTimers())
  const show = (visibilityState: DocumentVisibilityState) => {
    page.visibilityState = visibilityState
    page.dispatchEvent(new Event('visibilitychange'))
  }

  test.each(['audio', 'video'] as const)('%s that ended is captured again', async (kind) => {
    const before = of(kind)
    before.end()
    expect(media.local[kind]).toBe(false)
    await settle()
    expect(devices.requests).toHaveLength(2)
    expect(media.tracks[kind]).toBe(of(kind))
    expect(media.local[kind]).toBe(true)
    expect(inStream()).toEqual(['audio', 'video'])
  })

  test('both in one request', async () => {
    for (const track of devices.live) track.end()
    await settle()
    expect(devices.requests).toHaveLength(2)
    expect(live()).toEqual(['audio', 'video'])
  })

  test('muted, it comes back muted', async () => {
    media.setMuted(true)
    of('audio').end()
    expect(media.wanted).toEqual({ microphone: 'off', camera: 'on' })
    await settle()
    expect(of('audio').enabled).toBe(false)
    expect(media.local.audio).toBe(false)
  })

  test('with the camera that it was, and the way it faced', async () => {
    await Promise.all([media.flip(), settle()])
    of('video').end()
    await settle()
    expect(of('video').settings.deviceId).toBe('back')
    expect(media.local.facing).toBe('environment')
  })

  test('another camera where that one is gone', async () => {
    devices.cameras.shift()
    of('video').end()
    await settle()
    expect(of('video').settings.deviceId).toBe('back')
  })

  test('in the background nothing is asked for; it is when the page comes to the front', async () => {
    page.visibilityState = 'hidden'
    of('audio').end()
    await settle(60_000)
    expect(devices.requests).toHaveLength(1)
    expect(media.wanted).toEqual({ microphone: 'on', camera: 'on' }) // what a reload has to bring back
    show('visible')
    await settle()
    expect(media.local.audio).toBe(true)
  })

  test.each([
    ['another device appears', () => devices.dispatchEvent(new Event('devicechange'))],
    ['the page is shown again', () => window.dispatchEvent(new Event('pageshow'))],
  ])('where it cannot be had: once more when %s', async (_, happens) => {
    devices.microphones = []
    of('audio').end()
    await settle(60_000)
    expect(devices.requests).toHaveLength(2)
    devices.microphones = ['headset']
    happens()
    await settle()
    expect(media.local.audio).toBe(true)
  })

  test('silenced for a moment at the start, as iOS does, is nothing', async () => {
    of('audio').setMuted(true)
    await settle(1_400)
    of('audio').setMuted(false)
    await settle(5_000)
    expect(devices.requests).toHaveLength(1)
    expect(onChange).not.toHaveBeenCalled()
  })

  test('silenced for longer: captured again, and the old one let go', async () => {
    const before = of('audio')
    before.setMuted(true)
    await settle(1_500)
    expect(onChange).toHaveBeenCalled()
    await settle()
    expect(media.tracks.audio).not.toBe(before)
    expect(before.readyState).toBe('ended')
    expect(media.local.audio).toBe(true)
    expect(live()).toEqual(['audio', 'video'])
  })

  test('a camera that can be open only once is let go before', async () => {
    of('video').setMuted(true)
    await settle(1_600)
    expect(media.local.video).toBe(true)
    expect(live()).toEqual(['audio', 'video'])
  })

  test('silent again and again: asked for once, told truly, until it sounds by itself', async () => {
    devices.silenced = true
    of('audio').setMuted(true)
    await settle(30_000)
    expect(devices.requests).toHaveLength(2)
    expect(media.local.audio).toBe(false)
    of('audio').setMuted(false)
    expect(media.local.audio).toBe(true)
  })

  test('silenced when the page comes to the front: at once', async () => {
    page.visibilityState = 'hidden'
    of('audio').setMuted(true)
    await settle(1_000)
    show('visible')
    await settle()
    expect(devices.requests).toHaveLength(2)
    expect(media.local.audio).toBe(true)
  })

  test('the permission taken back is an answer', async () => {
    devices.denied.add('video')
    of('video').end()
    await settle()
    expect(devices.requests).toHaveLength(2)
    show('visible')
    await settle()
    expect(devices.requests).toHaveLength(2)
    expect(media.wanted).toEqual({ microphone: 'on', camera: 'none' })
  })

  test('of both only one can be had', async () => {
    devices.cameras = []
    for (const track of devices.live) track.end()
    await settle()
    expect(live()).toEqual(['audio'])
    expect(media.wanted).toEqual({ microphone: 'on', camera: 'on' })
  })

  test('a tap asks as well, and means: on', async () => {
    devices.silenced = true
    of('audio').setMuted(true)
    await settle(2_000)
    devices.silenced = false
    await Promise.all([media.toggleMic(), settle()])
    expect(media.local.audio).toBe(true)
    expect(live()).toEqual(['audio', 'video'])
  })

  test('never beside another capture', async () => {
    devices.delayMs = 100
    const flipping = media.flip()
    await settle(50)
    of('audio').end()
    await settle(40)
    expect(devices.requests).toHaveLength(2)
    await Promise.all([flipping, settle(200)])
    expect(devices.requests).toHaveLength(3)
    expect(live()).toEqual(['audio', 'video'])
  })

  test('not after all was let go', async () => {
    devices.microphones = []
    of('audio').end()
    await settle()
    media.release()
    devices.microphones = ['mic']
    show('visible')
    await settle(5_000)
    expect(live()).toEqual([])
    expect(media.wanted).toEqual({ microphone: 'none', camera: 'none' })
  })
})
