// Somebody in front of a browser. What a test does and sees goes through here, whichever browser it is.
import { expect } from 'vitest'
import { until } from './until'

/** The part of a page that Playwright's and Puppeteer's have in common, or can be made to. */
export interface Window {
  goto(url: string): Promise<void>
  reload(): Promise<void>
  /** Waits until the element can be clicked, then clicks it. */
  click(selector: string, timeoutMs: number): Promise<void>
  fill(selector: string, text: string, timeoutMs: number): Promise<void>
  evaluate<A extends readonly unknown[], T>(work: (...args: A) => T | Promise<T>, ...args: A): Promise<T>
  screenshot(path: string): Promise<void>
  close(): Promise<void>
}

export type State = 'idle' | 'preview' | 'calling' | 'ringing' | 'connecting' | 'connected' | 'reconnecting' | 'ended'

const clickTimeoutMs = 10_000
const handle = (testid: string) => `[data-testid=${testid}]`

export class Person {
  readonly console: string[]

  constructor(readonly name: string, readonly window: Window, readonly url: string, console: string[] = []) {
    this.console = console
  }

  /** Opens a room's link and joins it. */
  async enter(room: string, passcode?: string): Promise<this> {
    await this.open(room)
    await this.tap('join')
    if (passcode === undefined) await this.is('idle')
    return this
  }

  async open(room: string): Promise<this> {
    await this.window.goto(`${this.url}/r/${room}?name=${encodeURIComponent(this.name)}`)
    return this
  }

  tap(testid: string): Promise<void> {
    return this.window.click(handle(testid), clickTimeoutMs).catch((error: unknown) => {
      throw new Error(`${this.name} cannot tap “${testid}”`, { cause: error })
    })
  }

  type(testid: string, text: string): Promise<void> {
    return this.window.fill(handle(testid), text, clickTimeoutMs)
  }

  /** `data-state` of the call's status; null where none is shown. */
  state(): Promise<State | null> {
    return this.attribute('call-status', 'data-state') as Promise<State | null>
  }

  async is(state: State, timeoutMs?: number): Promise<void> {
    await until(`${this.name} is “${state}”`, () => this.state(), seen => seen === state, timeoutMs)
  }

  attribute(testid: string, name: string): Promise<string | null> {
    return this.window.evaluate((selector, name) => document.querySelector(selector)?.getAttribute(name) ?? null, handle(testid), name)
  }

  /** Events come by that rung of the ladder. */
  async takes(rung: string, timeoutMs?: number): Promise<void> {
    await until(`${this.name} is on ${rung}`, () => this.attribute('transport', 'data-rung'), seen => seen === rung, timeoutMs)
  }

  /** The words in an element; null where there is none. */
  words(testid: string): Promise<string | null> {
    return this.window.evaluate(selector => document.querySelector<HTMLElement>(selector)?.innerText ?? null, handle(testid))
  }

  async sees(testid: string, timeoutMs?: number): Promise<void> {
    await until(`${this.name} sees “${testid}”`, () => this.words(testid), words => words !== null, timeoutMs)
  }

  async reads(testid: string, words: string | RegExp, timeoutMs?: number): Promise<void> {
    const holds = (text: string | null) => text !== null && (typeof words === 'string' ? text.includes(words) : words.test(text))
    await until(`${this.name} reads ${words} in “${testid}”`, () => this.words(testid), holds, timeoutMs)
  }

  async misses(testid: string): Promise<void> {
    await until(`${this.name} sees “${testid}” no more`, () => this.words(testid), words => words === null)
  }

  /** A problem is shown, in a sentence of its own and not in the general one. */
  async isTold(code: string, sentence: RegExp): Promise<void> {
    await until(`${this.name} is told “${code}”`, () => this.attribute('error', 'data-code'), seen => seen === code)
    expect(await this.words('error'), `the sentence for ${code}`).toMatch(sentence)
  }

  /** Names of the others and oneself in the room, as the list shows them. */
  people(): Promise<string[]> {
    return this.window.evaluate(() => Array.from(document.querySelectorAll('[data-testid=people] li .font-semibold'), item => item.textContent ?? ''))
  }
}
