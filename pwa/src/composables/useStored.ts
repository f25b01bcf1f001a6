// A small text kept in local storage; where storage is shut (private windows) it lives as long as the page.
import { type Ref, ref, watch } from 'vue'

export function useStored(key: string): Ref<string> {
  const value = ref(read(key))
  watch(value, text => write(key, text), { flush: 'sync' })
  return value
}

function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? ''
  } catch {
    return ''
  }
}

function write(key: string, text: string): void {
  try {
    localStorage.setItem(key, text)
  } catch {
    // no storage: remembered by the ref alone
  }
}
