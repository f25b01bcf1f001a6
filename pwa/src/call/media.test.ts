import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Media } from './media'
import { FakeDevices, FakeStream, type FakeTrack } from './testing/fake-media'

let devices: FakeDevices
let media: Media
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
    onChange,
    ...options,
  })
}
beforeEach(() => {
  devices = new FakeDevices()
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
    devices.live.find((track) => track.kind === 'video')!.end()
    expect(media.local.video).toBe(false)
    expect(inStream()).toEqual(['audio'])
    expect(onChange).toHaveBeenCalled()
  })
})
