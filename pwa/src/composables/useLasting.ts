// True once something has been true for a while without a break: what passes by itself is not worth a word.
import { onScopeDispose, ref, type Ref, watch } from 'vue'

export function useLasting(holds: () => boolean, afterMs: number): Ref<boolean> {
  const lasting = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(holds, now => {
    clearTimeout(timer)
    if (now) timer = setTimeout(() => { lasting.value = true }, afterMs)
    else lasting.value = false
  }, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))
  return lasting
}
