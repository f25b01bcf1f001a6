// The title of the page, put back when its owner goes: a ring is seen on the tab, too.
import { onScopeDispose, watchEffect } from 'vue'

export function useTitle(text: () => string): void {
  watchEffect(() => {
    const now = text()
    document.title = now === '' ? 'Yodel' : `${now} · Yodel`
  })
  onScopeDispose(() => { document.title = 'Yodel' })
}
