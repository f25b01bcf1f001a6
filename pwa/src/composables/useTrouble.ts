// What of the way to the others is gone, as far as a person should be told. Streams are reopened all the time, and nobody
// has to hear of it; server and media that are gone together are one piece of news, since they come back together.
import { computed, type ComputedRef, inject, type InjectionKey, provide, type Ref } from 'vue'
import type { RoomView } from '../call/view'
import { useLasting } from './useLasting'

export type Trouble = 'none' | 'server' | 'server-and-media'

/** Before that it is an ordinary reconnect. */
export const worthAWordMs = 2_000

const key: InjectionKey<ComputedRef<Trouble>> = Symbol('trouble')

/** For the components below, and for the calling one. */
export function provideTrouble(view: Readonly<Ref<RoomView>>): ComputedRef<Trouble> {
  const serverGone = useLasting(() => view.value.link === 'reconnecting', worthAWordMs)
  const trouble = computed<Trouble>(() => !serverGone.value ? 'none' : view.value.stage === 'reconnecting' ? 'server-and-media' : 'server')
  provide(key, trouble)
  return trouble
}

export function useTrouble(): ComputedRef<Trouble> {
  return inject(key, () => computed<Trouble>(() => 'none'), true)
}
