// Remembers what the person last asked for, so that “try again” and “voice only” repeat that and not something else.
import type { Capture } from '../call/view'

export type Deed = (capture: Capture) => Promise<void>

export interface Intent {
  /** Does it now, and remembers it. */
  attempt(deed: Deed, capture: Capture): Promise<void>
  /** Does the last one again, with another capture where one is given. Nothing asked for yet: nothing happens. */
  again(capture?: Capture): Promise<void>
}

export const everything: Capture = { audio: true, video: true }
export const voiceOnly: Capture = { audio: true, video: false }
export const nothing: Capture = { audio: false, video: false }

export function useIntent(): Intent {
  let last: { deed: Deed, capture: Capture } | null = null
  return {
    async attempt(deed, capture) {
      last = { deed, capture }
      await deed(capture)
    },
    async again(capture) {
      if (last !== null) await this.attempt(last.deed, capture ?? last.capture)
    },
  }
}
