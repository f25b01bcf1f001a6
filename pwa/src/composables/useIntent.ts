// Remembers what the person last asked for, so that “try again” and “voice only” repeat that and not something else.
import type { Capture } from '../call/view'

export type Deed = (capture: Capture) => Promise<void> | void

export interface Intent {
  /** Does it now, and remembers it. */
  attempt(deed: Deed, capture: Capture): Promise<void>
  /** Does the last one again, with another capture where one is given. Nothing remembered: `otherwise` is done. */
  again(capture?: Capture): Promise<void>
  /** What was asked for is done and over. */
  forget(): void
}

export const everything: Capture = { audio: true, video: true }
export const voiceOnly: Capture = { audio: true, video: false }
export const nothing: Capture = { audio: false, video: false }

export function useIntent(otherwise: Deed): Intent {
  let last: { deed: Deed, capture: Capture } | null = null
  return {
    async attempt(deed, capture) {
      last = { deed, capture }
      await deed(capture)
    },
    async again(capture) {
      const { deed, capture: before } = last ?? { deed: otherwise, capture: everything }
      await this.attempt(deed, capture ?? before)
    },
    forget() {
      last = null
    },
  }
}
