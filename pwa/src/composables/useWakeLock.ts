// Keeps the screen on while `wanted`. The browser drops the lock when the page is hidden; we ask again when it is back.
import { onScopeDispose, watch } from 'vue'

export function useWakeLock(wanted: () => boolean): void {
  let lock: WakeLockSentinel | null = null
  let disposed = false

  async function follow(): Promise<void> {
    if (!('wakeLock' in navigator)) return
    if (!wanted() || disposed) return release()
    if (document.visibilityState !== 'visible' || (lock !== null && !lock.released)) return
    try {
      lock = await navigator.wakeLock.request('screen')
      if (!wanted() || disposed) release()
    } catch {
      lock = null // battery saver or policy: the screen may sleep, the call goes on
    }
  }

  function release(): void {
    void lock?.release()
    lock = null
  }

  const again = () => void follow()
  watch(wanted, again, { immediate: true })
  document.addEventListener('visibilitychange', again)
  onScopeDispose(() => {
    disposed = true
    document.removeEventListener('visibilitychange', again)
    release()
  })
}
