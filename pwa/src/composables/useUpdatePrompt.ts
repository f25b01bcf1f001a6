// Registers the service worker and tells when a new version waits. It takes over only when asked to, never during a call.
import { onScopeDispose, ref, type Ref, shallowRef } from 'vue'

const checkEveryMs = 30 * 60_000

export interface UpdatePrompt {
  readonly waiting: Ref<boolean>
  /** Lets the new version take over and reloads; does nothing while `busy`. */
  apply(): void
}

export function useUpdatePrompt(busy: () => boolean, reload = () => location.reload()): UpdatePrompt {
  const waiting = ref(false)
  const registration = shallowRef<ServiceWorkerRegistration | null>(null)
  const container = 'serviceWorker' in navigator ? navigator.serviceWorker : null // absent on insecure origins
  const stop = new AbortController()
  let asked = false
  let tookOver = false
  let checkedAtMs = performance.now()

  function watchWorker(worker: ServiceWorker | null): void {
    worker?.addEventListener('statechange', look, { signal: stop.signal })
    look()
  }

  /** A first install has no controller and needs no prompt. */
  function look(): void {
    waiting.value = (asked && tookOver) || (Boolean(registration.value?.waiting) && Boolean(container?.controller))
  }

  async function register(): Promise<void> {
    if (container === null) return
    try {
      const found = await container.register('/sw.js', { updateViaCache: 'none' })
      registration.value = found
      found.addEventListener('updatefound', () => watchWorker(found.installing), { signal: stop.signal })
      watchWorker(found.installing)
    } catch {
      // no worker (policy, or the file is gone): the app works without one
    }
  }

  function checkAgain(): void {
    if (document.visibilityState !== 'visible' || performance.now() - checkedAtMs < checkEveryMs) return
    checkedAtMs = performance.now()
    registration.value?.update().catch(() => undefined)
  }

  function apply(): void {
    if (busy()) return
    if (asked && tookOver) return reload() // a call began between the tap and the take-over
    asked = true
    registration.value?.waiting?.postMessage({ type: 'activate' })
  }

  // Another tab may have let the new version in: this page goes on as it is, unless it was the one that asked.
  container?.addEventListener('controllerchange', () => {
    tookOver = true
    look()
    if (asked && !busy()) reload()
  }, { signal: stop.signal })
  document.addEventListener('visibilitychange', checkAgain, { signal: stop.signal })
  onScopeDispose(() => stop.abort())
  void register()
  return { waiting, apply }
}
