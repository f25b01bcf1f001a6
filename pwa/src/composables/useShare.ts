// Hands a link on: the phone's share sheet, else the clipboard, else the link itself to copy by hand. A text goes to the
// clipboard at once.
import { onScopeDispose, ref, type Ref } from 'vue'

const copiedForMs = 3000

export type ShareOutcome = 'idle' | 'copied' | 'by-hand'

export function useShare(): { outcome: Ref<ShareOutcome>, share: (link: string, title: string) => Promise<void>, copy: (text: string) => Promise<void> } {
  const outcome = ref<ShareOutcome>('idle')
  let timer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(() => clearTimeout(timer))

  async function share(url: string, title: string): Promise<void> {
    if (!await shared(url, title)) await copy(url)
  }

  async function copy(text: string): Promise<void> {
    outcome.value = await copied(text) ? 'copied' : 'by-hand'
    clearTimeout(timer)
    if (outcome.value === 'copied') timer = setTimeout(() => { outcome.value = 'idle' }, copiedForMs)
  }

  return { outcome, share, copy }
}

/** True also when the person closed the sheet: that is an answer, not a failure. */
async function shared(url: string, title: string): Promise<boolean> {
  if (!('share' in navigator) || !matchMedia('(pointer: coarse)').matches) return false
  try {
    await navigator.share({ url, title })
    return true
  } catch (error) {
    return error instanceof DOMException && error.name === 'AbortError'
  }
}

async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text) // absent on insecure origins
    return true
  } catch {
    return false
  }
}
