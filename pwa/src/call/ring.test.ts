import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { browserRinger, createRinger, type Ringer } from './ring'

class FakeAudioContext {
  state: 'suspended' | 'running' | 'interrupted' | 'closed' = 'suspended'
  currentTime = 0
  destination = {}
  onstatechange: (() => void) | null = null
  started = 0
  stopped = 0
  /** Whether the browser lets a page sound: after a tap. */
  tapped = false

  resume(): Promise<void> {
    if (!this.tapped) return new Promise(() => undefined) // Chrome lets it wait for the tap
    this.state = 'running'
    this.onstatechange?.()
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.state = 'closed'
    return Promise.resolve()
  }

  createOscillator() {
    const node = { frequency: { value: 0 }, start: () => this.started++, stop: () => this.stopped++, disconnect: () => undefined, connect: <T>(next: T) => next }
    return node
  }

  createGain() {
    return { gain: { setValueAtTime: () => undefined, linearRampToValueAtTime: () => undefined }, connect: <T>(next: T) => next }
  }
}

let context: FakeAudioContext
let ringer: Ringer
let page: EventTarget
const vibrate = vi.fn(() => true)

function make(sound = true): Ringer {
  return createRinger({
    createAudioContext: sound ? () => context as unknown as AudioContext : null,
    vibrate,
    setInterval: (task, ms) => setInterval(task, ms),
    clearInterval: (timer) => clearInterval(timer),
    onVisible: (task, signal) => page.addEventListener('visible', task, { signal }),
  })
}
beforeEach(() => {
  vi.useFakeTimers()
  vibrate.mockReset()
  context = new FakeAudioContext()
  page = new EventTarget()
  ringer = make()
})
afterEach(() => {
  ringer.dispose()
  vi.useRealTimers()
})

describe('unlocked by the tap that joins', () => {
  beforeEach(async () => {
    context.tapped = true
    await ringer.unlock()
  })

  test('sounds again after a phone call interrupted it', async () => {
    ringer.ring()
    context.state = 'interrupted'
    await vi.advanceTimersByTimeAsync(6_000)
    const { started } = context
    page.dispatchEvent(new Event('visible'))
    await vi.advanceTimersByTimeAsync(0)
    expect(context.state).toBe('running')
    expect(context.started).toBe(started + 6)
  })

  test('rings again and again, is felt, and stops', async () => {
    expect(ringer.locked).toBe(false)
    ringer.ring()
    ringer.ring()
    expect(context.started).toBe(6)
    await vi.advanceTimersByTimeAsync(6_000)
    expect(context.started).toBe(18)
    expect(vibrate).toHaveBeenCalledTimes(3)
    ringer.stop()
    expect(context.stopped).toBeGreaterThanOrEqual(context.started)
    expect(vibrate).toHaveBeenLastCalledWith([])
    await vi.advanceTimersByTimeAsync(30_000)
    expect(context.started).toBe(18)
  })

  test('the ring-back tone is heard and not felt', async () => {
    ringer.ringBack()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(context.started).toBe(2)
    ringer.stop()
    expect(vibrate).not.toHaveBeenCalled()
  })

  test('one replaces the other', async () => {
    ringer.ringBack()
    ringer.ring()
    const { started } = context
    await vi.advanceTimersByTimeAsync(3_000)
    expect(context.started).toBe(started + 6)
  })
})

describe('without a tap', () => {
  test('it is locked and only felt; the tap for sound makes it heard at once', async () => {
    const onchange = vi.fn()
    ringer.onchange = onchange
    ringer.ring()
    expect(ringer.locked).toBe(true)
    expect(context.started).toBe(0)
    expect(vibrate).toHaveBeenCalledOnce()
    context.tapped = true
    await ringer.unlock()
    expect(ringer.locked).toBe(false)
    expect(onchange).toHaveBeenCalled()
    expect(context.started).toBe(6)
  })

  test('a page that never rings touches neither sound nor vibrator', () => {
    ringer.stop()
    expect(vibrate).not.toHaveBeenCalled()
  })
})

describe('the vibrator of a browser', () => {
  const vibrator = (userActivation?: { hasBeenActive: boolean }) => {
    vi.stubGlobal('document', new EventTarget())
    vi.stubGlobal('navigator', { vibrate, userActivation })
    ringer = createRinger({ ...browserRinger(), createAudioContext: null })
    ringer.ring()
    ringer.stop()
    return vibrate.mock.calls
  }
  afterEach(() => { vi.unstubAllGlobals() })

  test('is not touched before the first tap, not even to stop it', () => expect(vibrator({ hasBeenActive: false })).toEqual([]))
  test('nor where nobody can know whether there was one', () => expect(vibrator()).toEqual([]))
  test('is felt after it, and stopped', () => expect(vibrator({ hasBeenActive: true })).toEqual([[[600, 300, 600]], [[]]]))
})

test('without Web Audio it is never locked', () => {
  ringer = make(false)
  ringer.ring()
  expect(ringer.locked).toBe(false)
  expect(vibrate).toHaveBeenCalledOnce()
})
