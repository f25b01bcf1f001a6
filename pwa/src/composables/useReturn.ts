// Back into the call that the installed app was killed in, without a tap.
import { inject, type InjectionKey, onScopeDispose, ref, type Ref } from 'vue'
import { useRouter } from 'vue-router'
import type { KeptCall } from '../call/view'

/** Whoever asks first gets it: later visits to the first page are the person's own wish. */
export const keptCallKey: InjectionKey<() => KeptCall | null> = Symbol('kept call')

export function onlyOnce(kept: KeptCall | null): () => KeptCall | null {
  return () => {
    const taken = kept
    kept = null
    return taken
  }
}

/** `returning` while the way back is looked for; `stay` calls it off. */
export function useReturn(): { returning: Ref<boolean>, stay: () => void } {
  const router = useRouter()
  const kept = inject(keptCallKey, () => () => null, true)()
  const returning = ref(kept !== null)
  const aborter = new AbortController()
  onScopeDispose(() => aborter.abort())

  function stay(): void {
    aborter.abort()
    returning.value = false
  }

  async function go({ room, isOn }: KeptCall): Promise<void> {
    if (await isOn(aborter.signal) && !aborter.signal.aborted) await router.replace({ name: 'room', params: { room } })
    returning.value = false
  }

  if (kept) void go(kept)
  return { returning, stay }
}
