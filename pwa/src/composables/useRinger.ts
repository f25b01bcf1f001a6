// Rings for a call that comes in, sounds the ring-back for one that goes out, and is silent for the rest.
import { inject, type InjectionKey, onScopeDispose, ref, type Ref, watch } from 'vue'
import type { RoomView } from '../call/view'

/** What makes the sound; call/ring.ts has the real one. */
export interface Bell {
  /** Call in a tap: afterwards sound may be made without one. */
  unlock(): Promise<void>
  /** True where the browser still wants a tap before it lets us be heard. */
  readonly locked: boolean
  /** Sound and vibration for who is called. */
  ring(): void
  /** The tone for who calls. */
  ringBack(): void
  stop(): void
}

export const bellKey: InjectionKey<Bell> = Symbol('bell')

export function useRinger(view: Ref<RoomView>): { locked: Ref<boolean>, unlock: () => void } {
  const bell = inject(bellKey, null)
  const locked = ref(bell?.locked ?? false)
  const look = () => { locked.value = bell?.locked ?? false }

  watch(() => view.value.stage, stage => {
    bell?.stop()
    if (stage === 'ringing') bell?.ring()
    if (stage === 'calling') bell?.ringBack()
    look()
  }, { immediate: true })
  onScopeDispose(() => bell?.stop())

  return { locked, unlock: () => void bell?.unlock().then(look) }
}
