import { currentRoute } from '../router'
import { sending } from '../sync'
import { calmPath, updateReady } from './ready'

// The app on this phone and its next version. A new version never comes under somebody's hands: it waits until they say
// so, or until nobody looks and nothing is being typed or sent.

const HOUR_MS = 3_600_000

let registration: ServiceWorkerRegistration | null = null
let applying = false

export function calm(): boolean {
  const typing = document.activeElement?.matches('input, textarea, select') === true
  return calmPath(currentRoute().path) && !typing && !sending.get().busy
}

/** Uses the new version: now, or as soon as what is being sent has been answered. */
export function applyUpdate(): void {
  const go = () => {
    if (applying || sending.get().busy || !registration?.waiting) return
    applying = true
    registration.waiting.postMessage({ apply: true })
  }
  sending.subscribe(go)
  go()
}

function look(): void {
  const waits = registration?.waiting != null && navigator.serviceWorker.controller !== null
  updateReady.set(waits)
  if (waits && document.visibilityState === 'hidden' && calm()) applyUpdate()
}

export async function startWorker(): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  const hadOne = navigator.serviceWorker.controller !== null
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // The first worker of a new phone takes over silently. Later ones were asked for, here or in another tab.
    if (hadOne || applying) reloadWhenCalm()
  })
  registration = await navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' })
  registration.addEventListener('updatefound', () => {
    registration?.installing?.addEventListener('statechange', look)
  })
  look()
  const ask = () => void registration?.update().catch(() => undefined)
  setInterval(ask, HOUR_MS)
  document.addEventListener('visibilitychange', () => (document.visibilityState === 'visible' ? ask() : look()))
}

/** Another tab may have asked for the new version while something is typed here: this one goes on until it is done. */
function reloadWhenCalm(): void {
  if (applying || calm()) location.reload()
  else addEventListener('popstate', () => calm() && location.reload())
}
