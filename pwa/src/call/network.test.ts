import { beforeEach, expect, test, vi } from 'vitest'
import { type NetworkInformation, watchNetwork } from './network'

let window: EventTarget
let document: EventTarget & { visibilityState: DocumentVisibilityState }
let network: NetworkInformation & { type?: string }
let page: AbortController
const onChange = vi.fn()
const onWake = vi.fn()

beforeEach(() => {
  window = new EventTarget()
  document = Object.assign(new EventTarget(), { visibilityState: 'visible' as const })
  network = Object.assign(new EventTarget(), { type: 'wifi' })
  page = new AbortController()
  onChange.mockReset()
  onWake.mockReset()
  watchNetwork({ window, document, network, onChange, onWake }, page.signal)
})

const told = () => [onChange.mock.calls.length, onWake.mock.calls.length]
const comeBy = (type: string) => {
  network.type = type
  network.dispatchEvent(new Event('change'))
}
const shown = (persisted: boolean) => Object.assign(new Event('pageshow'), { persisted })

test.each<[string, () => void, [number, number]]>([
  ['the network is back', () => window.dispatchEvent(new Event('online')), [1, 1]],
  ['from Wi-Fi to mobile', () => comeBy('cellular'), [1, 1]],
  ['the same network, faster', () => comeBy('wifi'), [0, 0]],
  ['no network', () => comeBy('none'), [0, 0]],
  ['out of a tunnel', () => ['none', 'cellular'].forEach(comeBy), [1, 1]],
  ['the page comes to the front', () => document.dispatchEvent(new Event('visibilitychange')), [0, 1]],
  ['back by the back button', () => window.dispatchEvent(shown(true)), [0, 1]],
  ['loaded', () => window.dispatchEvent(shown(false)), [0, 0]],
  ['thawed', () => document.dispatchEvent(new Event('resume')), [0, 1]],
])('%s', (_, happens, calls) => {
  happens()
  expect(told()).toEqual(calls)
})

test('going to the background wakes nobody', () => {
  document.visibilityState = 'hidden'
  document.dispatchEvent(new Event('visibilitychange'))
  expect(told()).toEqual([0, 0])
})

test('nor does a page that is done with', () => {
  page.abort()
  window.dispatchEvent(new Event('online'))
  comeBy('cellular')
  expect(told()).toEqual([0, 0])
})

test('most browsers tell nothing of their network', () => {
  expect(() => watchNetwork({ window, document, network: null, onChange, onWake }, page.signal)).not.toThrow()
})
