// Mounts the room screen on a fake session, in the language asked for.
import { enableAutoUnmount, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach } from 'vitest'
import RoomScreen from '../components/RoomScreen.vue'
import { ringerKey } from '../composables/useRinger'
import { type Locale, useLocale } from '../composables/useLocale'
import type { Ringer } from '../call/ring'
import type { RoomView } from '../call/view'
import { type FakeSession, fakeSession } from './fakeSession'

enableAutoUnmount(afterEach)

export interface Mounted { readonly screen: VueWrapper, readonly session: FakeSession, readonly heard: string[], get(testid: string): ReturnType<VueWrapper['find']> }

export function mountRoom(view: RoomView, options: { locale?: Locale, locked?: boolean, hasSeat?: boolean, suggestedName?: string } = {}): Mounted {
  useLocale().setLocale(options.locale ?? 'en')
  const heard: string[] = []
  const ringer: Ringer = {
    locked: options.locked ?? false, onchange: null, unlock: async () => void heard.push('unlock'), ring: () => heard.push('ring'), ringBack: () => heard.push('ringBack'),
    stop: () => heard.push('stop'), dispose: () => undefined,
  }
  const session = fakeSession(view, { hasSeat: options.hasSeat ?? false })
  const screen = mount(RoomScreen, {
    props: { session, suggestedName: options.suggestedName ?? '' },
    global: { provide: { [ringerKey as symbol]: ringer }, stubs: { RouterLink: { template: '<a><slot /></a>' } } },
    attachTo: document.body,
  })
  return { screen, session, heard, get: testid => screen.find(`[data-testid="${testid}"]`) }
}
