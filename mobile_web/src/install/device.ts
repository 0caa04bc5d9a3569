// What this browser promises and offers: whether it keeps what is stored, and whether the app can be installed.

interface InstallPrompt extends Event {
  prompt: () => Promise<unknown>
}

let offered: InstallPrompt | null = null
const listeners = new Set<() => void>()

/** Called early: the browser offers installing once, and only to who listens. */
export function listenForInstall(): void {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    offered = event as InstallPrompt
    for (const listener of listeners) listener()
  })
  addEventListener('appinstalled', () => {
    offered = null
    for (const listener of listeners) listener()
  })
}

export function onInstallChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export function installed(): boolean {
  return matchMedia('(display-mode: standalone)').matches || (navigator as { standalone?: boolean }).standalone === true
}

/** How this phone can get the app: by a button of ours, by hand (iOS), or not at all. */
export function howToInstall(): 'button' | 'ios' | null {
  if (installed()) return null
  if (offered) return 'button'
  const apple = /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.userAgent.includes('Mac') && navigator.maxTouchPoints > 1)
  return apple ? 'ios' : null
}

export async function install(): Promise<void> {
  await offered?.prompt()
}

/** Whether the browser keeps what is stored until somebody deletes it; null where it does not say. */
export async function storageKept(ask: boolean): Promise<boolean | null> {
  const { storage } = navigator as { storage?: Partial<StorageManager> }
  if (!storage?.persisted) return null
  if (await storage.persisted()) return true
  return ask && storage.persist ? storage.persist() : false
}
