// Marks <html> when the app runs installed: iOS measures 100dvh differently there (see style.css).
import { isInstalled } from '../lib/installed'

export function useStandalone(): void {
  document.documentElement.toggleAttribute('data-standalone', isInstalled())
}
