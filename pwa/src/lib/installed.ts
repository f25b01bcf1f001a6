// Whether the app runs installed, in a window of its own; iOS says so in its own way.
export function isInstalled(): boolean {
  return matchMedia('(display-mode: standalone)').matches || ('standalone' in navigator && navigator.standalone === true)
}
