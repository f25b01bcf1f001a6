// Rings for a call that comes in, sounds the ring-back for one that goes out, and is silent for the rest.
import { inject, type InjectionKey, onScopeDispose, ref, type Ref, watch } from 'vue'
import type { Ringer } from '../call/ring'
import type { RoomView } from '../call/view'

/** One ringer for the page, so that a tap on any screen unlocks it. Absent in tests that do not listen. */
export const ringerKey: InjectionKey<Ringer> = Symbol('ringer')

export function useRinger(view: Ref<RoomView>): { locked: Ref<boolean>, unlock: () => void } {
  const ringer = inject(ringerKey, null)
  if (ringer === null) return { locked: ref(false), unlock: () => undefined }
  const locked = ref(ringer.locked)
  ringer.onchange = () => { locked.value = ringer.locked }

  watch(() => view.value.stage, (stage, before) => {
    if (stage === 'ringing') ringer.ring()
    else if (stage === 'calling') ringer.ringBack()
    else if (before === 'ringing' || before === 'calling') ringer.stop() // an idle page must not even touch the vibrator: Chromium complains
    locked.value = ringer.locked
  }, { immediate: true })
  onScopeDispose(() => {
    ringer.onchange = null
    if (view.value.stage === 'ringing' || view.value.stage === 'calling') ringer.stop()
  })

  return { locked, unlock: () => void ringer.unlock() }
}

/** For a page that has no call yet but whose tap leads to one: call the result in that tap. */
export function useSoundUnlock(): () => void {
  const ringer = inject(ringerKey, null)
  return () => void ringer?.unlock()
}
