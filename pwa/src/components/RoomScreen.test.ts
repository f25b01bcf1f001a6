import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Outcome, RoomView } from '../call/view'
import { anna, ben, call, lobby, outside, remote, xiaoming } from '../testing/fakeSession'
import { mountRoom } from '../testing/mountRoom'

const active = { ...call, state: 'active' as const, participants: [anna.id, xiaoming.id] }
const stages: Record<RoomView['stage'], { view: Partial<RoomView>, en: string, zh: string, has: string[] }> = {
  idle: { view: {}, en: 'You are in the room.', zh: '你已进入房间。', has: ['call', 'transport', 'share'] },
  preview: { view: { local: { stream: new MediaStream(), audio: true, video: true, facing: 'user', canFlip: false } }, en: 'Only you can see this.', zh: '只有你自己看得到。', has: ['call', 'local-video', 'toggle-mic', 'toggle-camera'] },
  calling: { view: { call }, en: 'Waiting for an answer…', zh: '等待对方接听…', has: ['hangup'] },
  ringing: { view: { call, canAccept: true }, en: 'Incoming video call…', zh: '收到视频邀请…', has: ['accept', 'decline', 'accept-voice'] },
  connecting: { view: { call: active, remotes: [remote(anna, { path: null })] }, en: 'Connecting…', zh: '正在接通…', has: ['hangup', 'local-video', 'remote-video', 'transport'] },
  connected: { view: { call: active, remotes: [remote(anna)], connectedAtMs: Date.now() - 61_000 }, en: 'Connected', zh: '通话中', has: ['hangup', 'toggle-mic', 'toggle-camera', 'path', 'elapsed', 'swap'] },
  reconnecting: { view: { call: active, remotes: [remote(anna, { state: 'reconnecting' })] }, en: 'Reconnecting…', zh: '正在重新连接…', has: ['hangup', 'remote-away'] },
  ended: { view: { call: { ...active, state: 'ended' }, outcome: 'hangup' }, en: 'The call is over.', zh: '通话已结束。', has: ['call', 'back'] },
}

beforeEach(() => {
  localStorage.clear()
  vi.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue()
  vi.stubGlobal('fetch', vi.fn(async () => Response.json({ passcodeRequired: false, peerCount: 1 })))
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

for (const [stage, { view, en, zh, has }] of Object.entries(stages) as [RoomView['stage'], (typeof stages)['idle']][]) {
  for (const [locale, words] of [['en', en], ['zh', zh]] as const) {
    it(`says “${words}” while ${stage}`, () => {
      const { get } = mountRoom({ ...lobby, ...view, stage }, { locale })
      expect(get('call-status').text()).toBe(words)
      expect(get('call-status').attributes('data-state')).toBe(stage)
      for (const testid of [...has, 'transport']) expect(get(testid).exists(), testid).toBe(true)
    })
  }
}

const endings: Record<Outcome, string> = {
  cancelled: 'The call was cancelled.', declined: 'They can’t talk right now.', busy: 'They are in another call.', timeout: 'No answer.', missed: 'You missed a call.',
  hangup: 'The call is over.', failed: 'The connection was lost, and the call ended.', elsewhere: 'The call was taken somewhere else.', full: 'This time you could not join.',
}
for (const [outcome, sentence] of Object.entries(endings) as [Outcome, string][]) {
  it(`says why a call is over: ${outcome}`, () => expect(mountRoom({ ...lobby, stage: 'ended', outcome }).get('call-status').text()).toBe(sentence))
}
it('knows who cancelled', () => expect(mountRoom({ ...lobby, stage: 'ended', outcome: 'cancelled', mine: true }).get('call-status').text()).toBe('You cancelled the call.'))
it('names everybody one talked to, also who left the room since', () => {
  const ended = { ...lobby, stage: 'ended', outcome: 'hangup', others: [anna, ben], call: { ...active, state: 'ended' } } as const
  expect(mountRoom({ ...ended, company: [anna, ben] }).get('company').text()).toBe('Anna Berg and Ben')
  expect(mountRoom({ ...ended, company: [anna, ben, { ...ben, id: 'gone', name: '李雷' }] }, { locale: 'zh' }).get('company').text()).toBe('Anna Berg、Ben和李雷')
})
it('names whom one called, and who called, where nobody talked', () => {
  const unanswered = { ...lobby, stage: 'ended', outcome: 'timeout', others: [anna, ben] } as const
  const invited = [anna, ben].map(({ id }) => ({ peer: id, state: 'ringing' as const }))
  expect(mountRoom({ ...unanswered, call: { ...call, caller: xiaoming.id, invited } }).get('company').text()).toBe('Anna Berg and Ben')
  expect(mountRoom({ ...unanswered, outcome: 'missed', call: { ...call, caller: ben.id } }).get('company').text()).toBe('Ben')
})
it('offers no other call while the others talk on', () => {
  const { get } = mountRoom({ ...lobby, stage: 'ended', outcome: 'elsewhere', call: { ...call, state: 'active', participants: [anna.id, ben.id] } })
  expect(get('call').exists()).toBe(false)
  expect(get('back').exists()).toBe(true)
})

describe('the door', () => {
  it('joins with the name of the link, unlocking sound first', async () => {
    const { get, session, heard } = mountRoom(outside, { suggestedName: 'Anna' })
    await get('join').trigger('submit')
    expect(session.asked).toEqual([['join', { name: 'Anna' }]])
    expect(heard.at(-1)).toBe('unlock')
    expect(localStorage.getItem('yodel.name')).toBe('Anna')
  })

  it('asks for a name', async () => {
    const { get, session } = mountRoom(outside)
    await get('join').trigger('submit')
    expect(get('error').attributes('data-code')).toBe('name-missing')
    expect(session.asked).toEqual([])
  })

  it('asks for the passcode of a guarded room', async () => {
    vi.stubGlobal('fetch', vi.fn(async () => Response.json({ passcodeRequired: true, peerCount: 2 })))
    const { get, session, screen } = mountRoom(outside, { suggestedName: 'Anna' })
    await flushPromises()
    expect(screen.text()).toContain('2 people are here.')
    await get('passcode-input').setValue('alp')
    await get('join').trigger('submit')
    expect(session.asked).toEqual([['join', { name: 'Anna', passcode: 'alp' }]])
  })

  it('shows the field when a passcode turns out to be wanted, and says when it was wrong', async () => {
    const { get, session, screen } = mountRoom(outside)
    session.show({ problem: { code: 'passcode-wrong', ways: ['enter-passcode', 'go-home'] } })
    await flushPromises()
    expect(get('passcode-input').exists()).toBe(true)
    expect(get('error').text()).toContain('That is not the passcode of this room.')
    await get('error').findAll('button').at(-1)?.trigger('click')
    expect(screen.emitted('leave')).toHaveLength(1)
  })

  it('goes back to a kept seat by itself', () => {
    expect(mountRoom(outside, { hasSeat: true }).session.asked).toEqual([['resume']])
    expect(mountRoom({ ...outside, link: 'joining' }).session.asked).toEqual([])
  })
})

describe('in the room', () => {
  it('calls with camera, or voice only', async () => {
    const { get, session } = mountRoom(lobby)
    await get('call').trigger('click')
    await get('call-voice').trigger('click')
    expect(session.asked).toEqual([['call', { audio: true, video: true }], ['call', { audio: true, video: false }]])
  })

  it('offers a call that is on, or says that it is full', () => {
    expect(mountRoom({ ...lobby, call: active, canAccept: true }).get('accept').text()).toBe('Join the call')
    const full = mountRoom({ ...lobby, call: active })
    expect(full.screen.text()).toContain('every place is taken')
    expect(full.get('call').exists()).toBe(false)
  })

  it('repeats what was asked for, with less, where the camera is denied', async () => {
    const { get, session } = mountRoom({ ...lobby, stage: 'ringing', call, canAccept: true })
    await get('accept').trigger('click')
    session.show({ problem: { code: 'camera-denied', ways: ['audio-only', 'without-media', 'retry'] } })
    await flushPromises()
    for (const button of get('error').findAll('button').slice(1)) await button.trigger('click')
    expect(session.asked).toEqual([
      ['accept', { audio: true, video: true }], ['accept', { audio: true, video: false }], ['accept', { audio: false, video: false }], ['accept', { audio: false, video: false }],
    ])
  })

  it('gives way to another tab until asked', async () => {
    const { get, session } = mountRoom({ ...lobby, link: 'replaced' })
    expect(get('error').text()).toContain('calls ring there')
    expect(get('call-status').exists()).toBe(false)
    expect(get('error').attributes('data-code')).toBe('replaced')
    await get('take-over').trigger('click')
    expect(session.asked).toEqual([['takeOver']])
  })

  it('offers to bring back the call that went to another tab', () => {
    const { get } = mountRoom({ ...lobby, link: 'replaced', callMoved: true })
    expect(get('error').text()).toContain('Your call goes on there.')
    expect(get('take-over').text()).toBe('Bring the call back')
  })

  it('shows the server’s words where it has none of its own', () => {
    const { get } = mountRoom({ ...lobby, problem: { code: 'brand-new', detail: 'The moon is full.', ways: [] } })
    expect(get('error').text()).toContain('The moon is full.')
  })
})

describe('the way to the server', () => {
  beforeEach(() => { vi.useFakeTimers() })
  afterEach(() => { vi.useRealTimers() })
  const gone = { link: 'reconnecting', rung: null } as const
  const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms)

  it('is no news while it is made anew, however often', async () => {
    const { get, session } = mountRoom(lobby)
    for (let i = 0; i < 5; i++) {
      session.show(gone)
      await wait(1_900)
      expect(get('link').exists()).toBe(false)
      session.show({ link: 'online', rung: 'sse' })
      await wait(100)
    }
  })

  it('is looked for, and that is said after two seconds, for as long as it lasts', async () => {
    const { get, session } = mountRoom(lobby)
    session.show(gone)
    await wait(2_000)
    expect(get('link').text()).toBe('Looking for the server…')
    expect(get('link').element.parentElement?.getAttribute('role')).toBe('status')
    await wait(600_000)
    expect(get('link').exists()).toBe(true)
    session.show({ link: 'online', rung: 'sse' })
    await wait(0)
    expect(get('link').exists()).toBe(false)
  })

  it('does not worry who can talk without it', async () => {
    const { get } = mountRoom({ ...lobby, ...gone, stage: 'connected', call: active, remotes: [remote(anna)] })
    await wait(2_000)
    expect(get('link').text()).toBe('Looking for the server… Your call goes on.')
  })

  it('is one piece of news together with the media that went with it', async () => {
    const away = { ...lobby, stage: 'reconnecting', call: active, remotes: [remote(anna, { state: 'reconnecting' })] } as const
    const { get, session } = mountRoom(away)
    expect(get('remote-away').text()).toContain('The connection to Anna Berg is interrupted.')
    session.show(gone)
    await wait(2_000)
    expect(get('link').text()).toBe('Looking for the server… The call comes back with it.')
    expect(get('remote-away').exists()).toBe(false)
    expect(get('call-status').text()).toBe('Reconnecting…')
    session.show({ link: 'online', rung: 'sse' })
    await wait(0)
    expect(get('link').exists()).toBe(false)
    expect(get('remote-away').exists()).toBe(true)
  })

  it('is looked for at the door, too, where a seat is kept', async () => {
    const { get, screen } = mountRoom({ ...outside, link: 'joining' }, { hasSeat: true })
    expect(screen.text()).toContain('Taking you back to the room…')
    expect(get('join').exists()).toBe(false)
    await wait(1_900)
    expect(get('link').exists()).toBe(false)
    await wait(100)
    expect(get('link').text()).toBe('Looking for the server…')
  })

  it.each(['post-stream', 'long-poll'] as const)('takes another turn, and says so in two words, and why: %s', async (rung) => {
    const { get, session } = mountRoom(lobby)
    const words = () => get('transport').text()
    expect([get('transport').attributes('data-rung'), words()]).toEqual(['sse', ''])
    const place = get('transport').element
    session.show({ rung })
    await wait(0)
    expect(get('transport').attributes()).toMatchObject({ 'data-rung': rung, 'role': 'status' })
    expect(get('transport').element, 'the element that screen readers listen to').toBe(place)
    expect(get('transport').find('summary').text()).toBe('Compatibility mode')
    expect(get('transport').find('summary').attributes('title')).toBe(get('transport-why').text())
    expect(get('transport-why').text()).toContain('calls work as usual')
    session.show({ rung: 'sse' })
    await wait(0)
    expect(words()).toBe('')
  })

  it('does not flicker between two words and none while a stream is made anew', async () => {
    const { get, session } = mountRoom({ ...lobby, rung: 'long-poll' })
    session.show(gone)
    await wait(1_900)
    expect(get('transport').attributes('data-rung')).toBeUndefined()
    expect(get('transport').find('summary').exists()).toBe(true)
    await wait(100)
    expect(get('transport').find('summary').exists(), 'beside the news that there is no server').toBe(false)
  })

  it('explains itself until one taps elsewhere', async () => {
    const { get, session } = mountRoom({ ...lobby, rung: 'long-poll' })
    const details = get('transport').find('details').element as HTMLDetailsElement
    details.open = true
    await get('transport-why').trigger('pointerdown')
    expect(details.open).toBe(true)
    document.body.dispatchEvent(new Event('pointerdown', { bubbles: true }))
    expect(details.open).toBe(false)
    details.open = true
    await get('transport').find('summary').trigger('keydown', { key: 'Escape' })
    expect(details.open).toBe(false)
    details.open = true
    session.show({ stage: 'ringing', call })
    await wait(0)
    expect(details.open).toBe(false)
  })
})

describe('ringing', () => {
  it('rings, rings back, and is silent again', async () => {
    const { session, heard } = mountRoom(lobby)
    session.show({ stage: 'ringing', call })
    await flushPromises()
    session.show({ stage: 'connecting', call: active })
    await flushPromises()
    session.show({ stage: 'calling', call })
    await flushPromises()
    expect(heard).toEqual(['ring', 'stop', 'ringBack'])
  })

  it('forgets the trouble there was before somebody rang, not the one with answering them', async () => {
    const problem = { code: 'camera-denied', ways: ['audio-only'] } as const
    const { session } = mountRoom({ ...lobby, problem })
    session.show({ stage: 'ringing', call })
    await flushPromises()
    expect(session.asked).toEqual([['dismiss']])
    session.show({ stage: 'connecting', problem: null })
    await flushPromises()
    session.show({ stage: 'ringing', problem })
    await flushPromises()
    expect(session.asked).toHaveLength(1)
  })

  it('asks for a tap where sound is locked', async () => {
    const { get, heard } = mountRoom({ ...lobby, stage: 'ringing', call }, { locked: true })
    await get('unlock-sound').trigger('click')
    expect(heard.at(-1)).toBe('unlock')
  })

  it('answers a voice call with voice', async () => {
    const { get, session } = mountRoom({ ...lobby, stage: 'ringing', call: { ...call, video: false }, canAccept: true })
    expect(get('call-status').text()).toBe('Incoming voice call…')
    await get('accept').trigger('click')
    await get('decline').trigger('click')
    expect(session.asked).toEqual([['accept', { audio: true, video: false }], ['decline']])
  })
})

describe('in a call', () => {
  it('shows one picture for each other person, and who is muted', () => {
    const { screen } = mountRoom({ ...lobby, stage: 'connected', call: active, remotes: [remote(anna), remote(ben)] })
    expect(screen.findAll('[data-testid="remote-video"]')).toHaveLength(2)
    expect(screen.findAll('[data-testid="remote-name"]').map(name => name.text())).toEqual(['Anna Berg', 'Ben is muted'])
  })

  it('keeps the last picture, dimmed, of somebody whose connection is made anew', async () => {
    const [before, after] = [new MediaStream(), new MediaStream()]
    const show = (more: Parameters<typeof remote>[1]) => ({ remotes: [remote(anna, more)] })
    const { get, session } = mountRoom({ ...lobby, stage: 'connected', call: active, ...show({ stream: before }) })
    const video = get('remote-video').element as HTMLVideoElement
    const last = () => get('last-picture').isVisible()
    const has = (picture: boolean) => Object.defineProperties(video, { videoWidth: { value: picture ? 640 : 0, configurable: true }, readyState: { value: picture ? 4 : 0, configurable: true } })
    const painted: unknown[] = []
    vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({ drawImage: (from: HTMLVideoElement) => painted.push(from.srcObject) } as never)
    has(true)
    expect(last()).toBe(false)
    for (const stream of [before, null, after]) {
      session.show({ stage: 'reconnecting', ...show({ stream, state: 'reconnecting' }) })
      await flushPromises()
      expect([last(), video.srcObject === stream]).toEqual([true, true]) // sound comes as soon as there is any
    }
    expect(painted).toEqual([before])
    has(false)
    session.show({ stage: 'connected', ...show({ stream: after }) })
    await flushPromises()
    expect(last(), 'before the first new picture').toBe(true)
    has(true)
    await get('remote-video').trigger('loadeddata')
    expect(last()).toBe(false)
  })

  it('paints what was shown, also where the connection goes with it', async () => {
    const [before, after] = [new MediaStream(), new MediaStream()]
    const { get, session } = mountRoom({ ...lobby, stage: 'connected', call: active, remotes: [remote(anna, { stream: before })] })
    Object.defineProperty(get('remote-video').element, 'videoWidth', { value: 640 })
    const painted: unknown[] = []
    vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({ drawImage: (from: HTMLVideoElement) => painted.push(from.srcObject) } as never)
    session.show({ stage: 'reconnecting', remotes: [remote(anna, { stream: after, state: 'reconnecting' })] })
    await flushPromises()
    expect(painted).toEqual([before])
  })

  it('shows the time and the path', () => {
    const { get } = mountRoom({ ...lobby, stage: 'connected', call: active, remotes: [remote(anna, { path: 'relay-tls' })], connectedAtMs: Date.now() - 65_500 })
    expect(get('elapsed').text()).toBe('1:05')
    expect(get('path').attributes('data-path')).toBe('relay-tls')
    expect(get('transport').attributes('data-rung')).toBe('sse')
  })

  it('shows the worst path of several, of those who are there', () => {
    const [ben, chen] = [{ ...anna, id: 'b' }, { ...anna, id: 'c' }]
    const remotes = [remote(anna, { path: 'direct' }), remote(ben, { path: 'relay-udp' }), remote(chen, { path: 'relay-tls', state: 'reconnecting' })]
    const { get } = mountRoom({ ...lobby, stage: 'connected', call: active, remotes })
    expect(get('path').attributes('data-path')).toBe('relay-udp')
  })

  it('asks for a tap where the browser will not play', async () => {
    const play = vi.spyOn(HTMLMediaElement.prototype, 'play').mockRejectedValueOnce(new DOMException('no', 'NotAllowedError'))
    const { get } = mountRoom({ ...lobby, stage: 'connected', call: active, remotes: [remote(anna, { stream: new MediaStream() })] })
    await flushPromises()
    await get('tap-to-hear').trigger('click')
    await flushPromises()
    expect(play.mock.calls.length).toBeGreaterThan(1)
    expect(get('tap-to-hear').exists()).toBe(false)
  })

  it('offers to try again and to hang up where media does not come', async () => {
    const problem = { code: 'media-blocked', ways: ['retry', 'hangup'] } as const
    const { get, session } = mountRoom({ ...lobby, stage: 'connecting', call: active, remotes: [remote(anna, { state: 'connecting' })], problem })
    expect(get('error').text()).toContain('picture and sound do not get through')
    await get('way-retry').trigger('click')
    await get('way-hangup').trigger('click')
    expect(session.asked).toEqual([['reconnect'], ['hangup']])
  })

  it('hangs up, mutes and turns the camera off', async () => {
    const { get, session } = mountRoom({ ...lobby, stage: 'connected', call: active, remotes: [remote(anna)] })
    for (const testid of ['toggle-mic', 'toggle-camera', 'hangup']) await get(testid).trigger('click')
    expect(session.asked).toEqual([['toggleMic'], ['toggleCamera'], ['hangup']])
  })
})
