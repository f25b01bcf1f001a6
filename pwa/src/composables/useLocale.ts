// The language of the page: the one chosen before, else the browser's first that we speak, else English.
import { computed, type ComputedRef, watchEffect } from 'vue'
import { en, type Messages } from '../locales/en'
import { zh } from '../locales/zh'
import { useStored } from './useStored'

export const locales = { en, zh } as const satisfies Record<string, Messages>
export type Locale = keyof typeof locales

const stored = useStored('yodel.language')
const locale = computed<Locale>(() => isLocale(stored.value) ? stored.value : preferred(navigator.languages))
const messages = computed<Messages>(() => locales[locale.value])

/** `t` holds the texts; reading it in a template follows the language. */
export function useLocale(): { t: ComputedRef<Messages>, locale: ComputedRef<Locale>, setLocale: (to: Locale) => void } {
  return { t: messages, locale, setLocale: to => { stored.value = to } }
}

/** Keeps `<html lang>` right, for hyphenation, fonts and voices. Call once. */
export function followLanguage(): void {
  watchEffect(() => { document.documentElement.lang = messages.value.tag })
}

/** The first of the browser's languages that we have. */
export function preferred(languages: readonly string[]): Locale {
  for (const language of languages) {
    const primary = language.toLowerCase().split('-')[0] ?? ''
    if (isLocale(primary)) return primary
  }
  return 'en'
}

function isLocale(text: string): text is Locale {
  return Object.hasOwn(locales, text)
}
