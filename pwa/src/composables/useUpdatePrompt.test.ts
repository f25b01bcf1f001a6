import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope, ref } from 'vue'
import { useUpdatePrompt } from './useUpdatePrompt'

class FakeRegistration extends EventTarget {
  waiting: { postMessage: ReturnType<typeof vi.fn> } | null = null
  installing: EventTarget | null = null
  update = vi.fn(async () => undefined)
}

let registration: FakeRegistration
let container: EventTarget & { controller: object | null, register: () => Promise<FakeRegistration> }

beforeEach(() => {
  registration = new FakeRegistration()
  container = Object.assign(new EventTarget(), { controller: {}, register: vi.fn(async () => registration) })
  Object.defineProperty(navigator, 'serviceWorker', { configurable: true, value: container })
})
afterEach(() => { Reflect.deleteProperty(navigator, 'serviceWorker') })

function start(busy = ref(false)) {
  const reload = vi.fn()
  const scope = effectScope()
  const prompt = scope.run(() => useUpdatePrompt(() => busy.value, reload))
  if (prompt === undefined) throw new Error('no scope')
  return { ...prompt, reload, busy, scope }
}

async function newVersion(): Promise<void> {
  const worker = new EventTarget()
  registration.installing = worker
  registration.dispatchEvent(new Event('updatefound'))
  registration.waiting = { postMessage: vi.fn() }
  worker.dispatchEvent(new Event('statechange'))
  await flushPromises()
}

it('is quiet after a first install', async () => {
  container.controller = null
  const { waiting } = start()
  await flushPromises()
  await newVersion()
  expect(waiting.value).toBe(false)
})

it('prompts for a new version, and reloads once it is accepted', async () => {
  const { waiting, apply, reload } = start()
  await flushPromises()
  await newVersion()
  expect(waiting.value).toBe(true)
  expect(reload).not.toHaveBeenCalled()
  apply()
  expect(registration.waiting?.postMessage).toHaveBeenCalledWith({ type: 'activate' })
  container.dispatchEvent(new Event('controllerchange'))
  expect(reload).toHaveBeenCalledTimes(1)
})

it('does nothing during a call', async () => {
  const { apply, reload } = start(ref(true))
  await flushPromises()
  await newVersion()
  apply()
  expect(registration.waiting?.postMessage).not.toHaveBeenCalled()
  container.dispatchEvent(new Event('controllerchange'))
  expect(reload).not.toHaveBeenCalled()
})

it('waits where a call begins between the tap and the take-over', async () => {
  const { waiting, apply, reload, busy } = start()
  await flushPromises()
  await newVersion()
  apply()
  busy.value = true
  registration.waiting = null
  container.dispatchEvent(new Event('controllerchange'))
  expect(reload).not.toHaveBeenCalled()
  expect(waiting.value).toBe(true)
  busy.value = false
  apply()
  expect(reload).toHaveBeenCalledTimes(1)
})

it('does not reload because another tab accepted', async () => {
  const { reload } = start()
  await flushPromises()
  container.dispatchEvent(new Event('controllerchange'))
  expect(reload).not.toHaveBeenCalled()
})

it('lives without service workers', () => {
  Reflect.deleteProperty(navigator, 'serviceWorker')
  expect(start().waiting.value).toBe(false)
})
