// Marks <html> when the app runs installed: iOS measures 100dvh differently there (see style.css).
export function useStandalone(): boolean {
  const standalone = matchMedia('(display-mode: standalone)').matches || ('standalone' in navigator && navigator.standalone === true)
  document.documentElement.toggleAttribute('data-standalone', standalone)
  return standalone
}
