// Time since a moment, as a clock shows it, once a second.
import { computed, type ComputedRef, onScopeDispose, ref, watch } from 'vue'

/** `sinceMs` counts from 1970; null stops the clock and empties the text. */
export function useElapsed(sinceMs: () => number | null): ComputedRef<string> {
  const now = ref(Date.now())
  let timer: ReturnType<typeof setInterval> | undefined
  const stop = () => clearInterval(timer)
  watch(() => sinceMs() !== null, running => {
    stop()
    now.value = Date.now()
    if (running) timer = setInterval(() => { now.value = Date.now() }, 1000)
  }, { immediate: true })
  onScopeDispose(stop)
  return computed(() => {
    const since = sinceMs()
    return since === null ? '' : clock(now.value - since)
  })
}

/** 65000 → 1:05, 3725000 → 1:02:05. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const two = (n: number) => String(n).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const rest = `${hours > 0 ? two(Math.floor(seconds / 60) % 60) : Math.floor(seconds / 60)}:${two(seconds % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}
