// Whether a call is on, for what must not disturb one (a reload for a new version).
import { inject, type InjectionKey, provide, ref, type Ref } from 'vue'

const key: InjectionKey<Ref<boolean>> = Symbol('busy')

export function provideBusy(): Ref<boolean> {
  const busy = ref(false)
  provide(key, busy)
  return busy
}

/** Without a provider (a component mounted alone) it is a ref of its own. */
export function useBusy(): Ref<boolean> {
  return inject(key, () => ref(false), true)
}
