// What one hears and feels: the ring of somebody who is called, the ring-back tone of somebody who calls. Oscillators,
// no sound files.
//
// For the screens: make one ringer per page with createRinger(). Call unlock() inside the tap that joins (browsers let a
// page sound only after a tap). Follow view.stage: `ringing` → ring(), `calling` → ringBack(), anything else → stop();
// repeating the same call is harmless. While `locked` is true nothing is heard: show “tap for sound” and call unlock() in that tap;
// what should be sounding then is. onchange tells when `locked` changed. dispose() when the page is done with it.

export interface Ringer {
  unlock(): Promise<void>
  /** True until the browser lets us sound. */
  readonly locked: boolean
  ring(): void
  ringBack(): void
  stop(): void
  onchange: (() => void) | null
  dispose(): void
}

export interface RingerEnvironment {
  /** Null where there is no Web Audio; then the ringer vibrates at most, and is never locked. */
  createAudioContext: (() => AudioContext) | null
  /** Whether it did. Null on iOS and Firefox. */
  vibrate: ((pattern: number[]) => boolean) | null
  setInterval(task: () => void, ms: number): ReturnType<typeof setInterval>
  clearInterval(timer: ReturnType<typeof setInterval>): void
  /** The page comes to the front. */
  onVisible(task: () => void, signal: AbortSignal): void
}

/** Tones of one round: start and length in seconds, pitches in Hz that sound together. */
interface Tone { at: number, length: number, hertz: readonly number[] }
interface Melody { everyMs: number, tones: readonly Tone[], vibration: number[], volume: number }

const ringing: Melody = {
  everyMs: 3_000,
  tones: [0, 0.25, 0.5, 1, 1.25, 1.5].map((at, i) => ({ at, length: 0.22, hertz: [i % 3 === 1 ? 988 : 784] })),
  vibration: [600, 300, 600],
  volume: 0.3,
}

/** As a telephone has it (ITU-T E.180): one second on, four off, 450 Hz in China, near enough everywhere. */
const waiting: Melody = { everyMs: 5_000, tones: [{ at: 0, length: 1, hertz: [450] }], vibration: [], volume: 0.12 }

export function browserRinger(): RingerEnvironment {
  return {
    createAudioContext: 'AudioContext' in globalThis ? () => new AudioContext() : null,
    vibrate: typeof navigator.vibrate === 'function' ? vibrateIfAllowed : null,
    setInterval: (task, ms) => setInterval(task, ms),
    clearInterval: (timer) => clearInterval(timer),
    onVisible: (task, signal) => document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') task() }, { signal }),
  }
}

/** Before the first tap browsers refuse, and complain in the console. */
function vibrateIfAllowed(pattern: number[]): boolean {
  const activation = navigator.userActivation as UserActivation | undefined // what is too old for it may not vibrate either
  return activation?.hasBeenActive === true && navigator.vibrate(pattern)
}

export function createRinger(environment: RingerEnvironment = browserRinger()): Ringer {
  return new OscillatorRinger(environment)
}

class OscillatorRinger implements Ringer {
  onchange: (() => void) | null = null
  readonly #environment: RingerEnvironment
  #context: AudioContext | null = null
  #melody: Melody | null = null
  #timer: ReturnType<typeof setInterval> | null = null
  #vibrating = false
  /** What of the present round is scheduled or sounding. */
  #sounding: OscillatorNode[] = []
  readonly #disposed = new AbortController()

  constructor(environment: RingerEnvironment) {
    this.#environment = environment
    // A phone call or the lock screen leaves the context `interrupted`; nothing but us wakes it.
    environment.onVisible(() => { if (this.#context) void this.unlock() }, this.#disposed.signal)
  }

  get locked(): boolean {
    return this.#environment.createAudioContext !== null && this.#context?.state !== 'running'
  }

  async unlock(): Promise<void> {
    const context = this.#open()
    if (!context || context.state === 'running') return
    await context.resume().catch(() => undefined)
    // Heard from the first moment, not from the next round on.
    if (!this.locked && this.#melody) this.#round()
  }

  ring(): void {
    this.#play(ringing)
  }

  ringBack(): void {
    this.#play(waiting)
  }

  stop(): void {
    if (this.#vibrating) this.#environment.vibrate?.([])
    this.#vibrating = false
    this.#melody = null
    if (this.#timer !== null) this.#environment.clearInterval(this.#timer)
    this.#timer = null
    this.#silence()
  }

  dispose(): void {
    this.stop()
    this.#disposed.abort()
    this.onchange = null
    void this.#context?.close()
    this.#context = null
  }

  #play(melody: Melody): void {
    if (this.#melody === melody) return
    this.stop()
    this.#melody = melody
    void this.unlock() // works where the page was tapped before; elsewhere it stays locked until a tap
    this.#timer = this.#environment.setInterval(() => this.#round(), melody.everyMs)
    this.#round()
  }

  #round(): void {
    const melody = this.#melody
    if (!melody) return
    if (melody.vibration.length > 0 && this.#environment.vibrate?.(melody.vibration)) this.#vibrating = true
    this.#silence()
    const context = this.#context
    if (!context || this.locked) return
    for (const { at, length, hertz } of melody.tones) {
      for (const frequency of hertz) this.#sound(context, frequency, context.currentTime + at, length, melody.volume)
    }
  }

  #sound(context: AudioContext, frequency: number, at: number, length: number, volume: number): void {
    const oscillator = context.createOscillator()
    const gain = context.createGain()
    oscillator.frequency.value = frequency
    gain.gain.setValueAtTime(0, at)
    gain.gain.linearRampToValueAtTime(volume, at + 0.02) // without a ramp it clicks
    gain.gain.setValueAtTime(volume, at + length - 0.04)
    gain.gain.linearRampToValueAtTime(0, at + length)
    oscillator.connect(gain).connect(context.destination)
    oscillator.start(at)
    oscillator.stop(at + length)
    this.#sounding.push(oscillator)
  }

  #silence(): void {
    for (const oscillator of this.#sounding) {
      oscillator.stop()
      oscillator.disconnect()
    }
    this.#sounding = []
  }

  #open(): AudioContext | null {
    const { createAudioContext } = this.#environment
    if (this.#context || !createAudioContext) return this.#context
    this.#context = createAudioContext()
    this.#context.onstatechange = () => this.onchange?.()
    return this.#context
  }
}
