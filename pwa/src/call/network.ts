// When this device may have come to another network, and when a page that slept may have.
import type { Environment } from './environment'

/** The few members of `navigator.connection` (Network Information API) that matter; Chromium alone has it, and `type` only on phones. */
export type NetworkInformation = EventTarget & { readonly type?: string }

export interface NetworkOptions extends Pick<Environment, 'window' | 'document' | 'network'> {
  /** We are reachable at another address now, or may be. */
  onChange(): void
  /** Whatever was waiting, on connections that may be dead by now, need not wait any more. Also with each change. */
  onWake(): void
}

export function watchNetwork({ window, document, network, onChange, onWake }: NetworkOptions, signal: AbortSignal): void {
  const change = () => {
    onWake()
    onChange()
  }
  window.addEventListener('online', change, { signal })
  // It fires for each new estimate of the speed, too.
  let type = network?.type
  network?.addEventListener('change', () => {
    const before = type
    type = network.type
    if (type !== before && type !== 'none') change()
  }, { signal })
  window.addEventListener('pageshow', (event) => { if ((event as PageTransitionEvent).persisted) onWake() }, { signal })
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') onWake() }, { signal })
  document.addEventListener('resume', onWake, { signal }) // Page Lifecycle: thawed
}
