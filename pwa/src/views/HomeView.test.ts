import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { KeptCall } from '../call/view'
import { useLocale } from '../composables/useLocale'
import { keptCallKey, onlyOnce } from '../composables/useReturn'
import { makeSessions, sessionsKey } from '../composables/useSessions'
import { type FakeSession, fakeSession, outside } from '../testing/fakeSession'
import HomeView from './HomeView.vue'

enableAutoUnmount(afterEach)
let made: FakeSession[]

beforeEach(() => {
  localStorage.clear()
  useLocale().setLocale('en')
  vi.stubGlobal('isSecureContext', true)
  made = []
})
afterEach(() => { vi.unstubAllGlobals() })

function open(kept: KeptCall | null = null) {
  const sessions = makeSessions(room => {
    const session = fakeSession({ ...outside, room })
    made.push(session)
    return session
  })
  const blank = { template: '<p />' }
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: blank }, { path: '/r/:room', name: 'room', component: blank }, { path: '/check', component: blank }] })
  const page = mount(HomeView, { attachTo: document.body, global: { plugins: [router], provide: { [sessionsKey as symbol]: sessions, [keptCallKey as symbol]: onlyOnce(kept) } } })
  const field = (testid: string) => page.find(`[data-testid="${testid}"]`)
  const enter = async () => {
    await page.find('form').trigger('submit')
    await flushPromises()
  }
  return { page, router, sessions, field, enter }
}

describe('of the app that was killed in a call', () => {
  const asked = () => {
    let answer: (on: boolean) => void = () => undefined
    const isOn = vi.fn((_signal: AbortSignal) => new Promise<boolean>(resolve => { answer = resolve }))
    return { kept: { room: 'alm-hut', isOn }, isOn, answer: async (on: boolean) => { answer(on); await flushPromises() } }
  }

  it('goes straight back into the room, without a tap', async () => {
    const { kept, answer } = asked()
    const { page, router, field } = open(kept)
    expect(page.text()).toContain('Taking you back to your call…')
    expect(field('join').exists()).toBe(false)
    await answer(true)
    expect(router.currentRoute.value.path).toBe('/r/alm-hut')
  })

  it('is as ever where the call is over', async () => {
    const { kept, answer } = asked()
    const { page, router, field } = open(kept)
    await answer(false)
    expect(router.currentRoute.value.path).toBe('/')
    expect(field('join').exists()).toBe(true)
    expect(page.find('[data-testid="error"]').exists()).toBe(false)
  })

  it('says that it looks for the server, and lets the person stay', async () => {
    vi.useFakeTimers()
    const { kept, isOn, answer } = asked()
    const { field, router } = open(kept)
    await vi.advanceTimersByTimeAsync(1_900)
    expect(field('link').exists()).toBe(false)
    await vi.advanceTimersByTimeAsync(100)
    expect(field('link').text()).toBe('Looking for the server…')
    vi.useRealTimers()
    await field('stay').trigger('click')
    expect(isOn.mock.calls[0]![0].aborted).toBe(true)
    expect(field('join').exists()).toBe(true)
    await answer(true)
    expect(router.currentRoute.value.path).toBe('/')
  })

  it('is asked once: later visits are the person’s own wish', () => {
    const { kept } = asked()
    const take = onlyOnce(kept)
    expect([take(), take()]).toEqual([kept, null])
  })
})

it('joins a pasted link in the same tap and hands the session on', async () => {
  const { field, enter, router, sessions } = open()
  await field('name-input').setValue(' Anna ')
  await field('room-input').setValue('https://yodel.example/r/alm-hut?name=Ben')
  expect(field('join').text()).toBe('Join the room')
  await enter()
  expect(made[0]?.asked).toEqual([['join', { name: 'Anna' }]])
  expect(router.currentRoute.value.path).toBe('/r/alm-hut')
  expect(sessions.take('alm-hut')).toBe(made[0])
  expect(made).toHaveLength(1)
})

it('has the server make a room where none is named', async () => {
  const fetcher = vi.fn<typeof fetch>(async () => Response.json({ room: 'kolun-tadir-mobez' }, { status: 201 }))
  vi.stubGlobal('fetch', fetcher)
  const { field, enter, router } = open()
  await field('name-input').setValue('Anna')
  expect(field('join').text()).toBe('Open a new room')
  await enter()
  expect(fetcher.mock.calls[0]?.[1]?.body).toBe('{}')
  expect(router.currentRoute.value.path).toBe('/r/kolun-tadir-mobez')
})

it('makes a named room with a passcode, and joins with it', async () => {
  const fetcher = vi.fn<typeof fetch>(async () => Response.json({ room: 'family' }, { status: 201 }))
  vi.stubGlobal('fetch', fetcher)
  const { field, enter } = open()
  await field('name-input').setValue('Anna')
  await field('room-input').setValue('family')
  await field('passcode-input').setValue('alp')
  await field('capacity-input').setValue('4')
  await enter()
  expect(JSON.parse(String(fetcher.mock.calls[0]?.[1]?.body))).toEqual({ room: 'family', passcode: 'alp', callCapacity: 4 })
  expect(made[0]?.asked).toEqual([['join', { name: 'Anna', passcode: 'alp' }]])
})

it('says in words what is wrong', async () => {
  const { page, field, enter } = open()
  const error = () => page.find('[data-testid="error"]').attributes('data-code')
  await enter()
  expect(error()).toBe('name-missing')
  await field('name-input').setValue('Anna')
  await field('room-input').setValue('my room')
  await enter()
  expect(error()).toBe('room-invalid')
  vi.stubGlobal('fetch', vi.fn(async () => { throw new TypeError('Failed to fetch') }))
  await field('room-input').setValue('')
  await enter()
  expect(error()).toBe('server-unreachable')
  expect(made).toEqual([])
})

it('goes to the field that is wrong, each time, and says it there', async () => {
  const scrolled = vi.spyOn(Element.prototype, 'scrollIntoView').mockImplementation(() => undefined)
  const { page, field, enter } = open()
  const at = () => document.activeElement?.getAttribute('data-testid')
  const said = () => page.findAll('[data-testid="error"]').map(error => error.element.parentElement?.querySelector('input')?.getAttribute('data-testid'))
  await enter()
  expect([at(), said()]).toEqual(['name-input', ['name-input']])
  expect(field('name-input').attributes('aria-invalid')).toBe('true')
  document.querySelector<HTMLElement>('[data-testid="join"]')?.focus()
  await enter()
  expect(at()).toBe('name-input')
  expect(scrolled.mock.contexts).toEqual(Array(2).fill(field('name-input').element.parentElement))
  await field('name-input').setValue('Anna')
  await field('room-input').setValue('https://yodel.example/r/not%20a%20room')
  await enter()
  expect([at(), said()]).toEqual(['room-input', ['room-input']])
  expect(field('name-input').attributes('aria-invalid')).toBe('false')
  scrolled.mockRestore()
})

it('warns of a name that anybody could guess, unless a passcode guards it', async () => {
  const { page, field } = open()
  await field('room-input').setValue('test')
  expect(page.text()).toContain('anybody may come in')
  await field('passcode-input').setValue('alp')
  expect(page.text()).not.toContain('anybody may come in')
})

it('says before anything is begun that the address is not secure, and what to do', async () => {
  vi.stubGlobal('isSecureContext', false)
  const { page, enter } = open()
  const errors = () => page.findAll('[data-testid="error"]').map(error => error.attributes('data-code'))
  expect(errors()).toEqual(['insecure-origin'])
  expect(page.find('[data-testid="error"]').text()).toContain('open a link that begins with https://')
  await enter()
  expect(errors()).toEqual(['name-missing'])
})
