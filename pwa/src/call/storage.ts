// Where a page keeps what must outlive it. Where a person forbids storage, even reading the property throws.
import { isInstalled } from '../lib/installed'

/**
 * For the seat, tokens included. A tab keeps it in session storage: a reload finds it, every other tab has its own, and with
 * the tab it is gone. On a shared computer the next person must not find a token and answer in the name of the one before.
 * Session storage dies with a killed app, though, and being killed in mid-call is what phones do: so the installed app keeps
 * its seat in local storage. Whoever opens an app on its home screen is the one who put it there.
 */
export function seatStorage(): Storage | null {
  return allowed(() => isInstalled() ? globalThis.localStorage : globalThis.sessionStorage)
}

/** One for all pages of this browser; for what is no secret. */
export function sharedStorage(): Storage | null {
  return allowed(() => globalThis.localStorage)
}

function allowed(get: () => Storage): Storage | null {
  try {
    return get()
  } catch {
    return null
  }
}
