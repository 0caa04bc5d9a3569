import { clientsClaim, type WorkboxPlugin } from 'workbox-core'
import { ExpirationPlugin } from 'workbox-expiration'
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute, type PrecacheEntry } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { CacheFirst } from 'workbox-strategies'

// The service worker keeps the app itself on the phone, so that it opens in a basement. It never touches what the API
// says, nor the outbox: facts are in IndexedDB, which no update of this file opens.

interface Client {
  postMessage: (message: unknown) => void
}

/** The little of a worker's world that is used here; the page's own types do not know it. */
interface WorkerScope {
  __WB_MANIFEST: (PrecacheEntry | string)[]
  clients: { matchAll: (options: { type: 'window'; includeUncontrolled: boolean }) => Promise<readonly Client[]> }
  skipWaiting: () => Promise<void>
  addEventListener: (kind: string, listener: (event: never) => void) => void
}

declare const self: WorkerScope

precacheAndRoute(self.__WB_MANIFEST)
cleanupOutdatedCaches()
clientsClaim()

// Every page of the app is the same file; what is behind /api is not a page and is never answered from here.
registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { allowlist: [/^\/$/, /^\/app(\/|$)/, /^\/M\//] }))

// The desk and its map are not carried by every phone; whoever opens them keeps them.
registerRoute(
  ({ url, sameOrigin }) => sameOrigin && url.pathname.startsWith('/assets/'),
  new CacheFirst({
    cacheName: 'opened',
    plugins: [
      { cacheWillUpdate: ({ response }) => Promise.resolve(response.status === 200 && !(response.headers.get('Content-Type') ?? '').includes('html') ? response : null) },
      new ExpirationPlugin({ maxEntries: 150, purgeOnQuotaError: true }) as WorkboxPlugin,
    ],
  }),
)

// A new version waits until the page says so: it alone knows whether something is being typed or sent.
self.addEventListener('message', (event: MessageEvent) => {
  if ((event.data as { apply?: unknown } | null)?.apply === true) void self.skipWaiting()
})

async function wakePages(): Promise<void> {
  for (const page of await self.clients.matchAll({ type: 'window', includeUncontrolled: true })) page.postMessage({ wake: 'outbox' })
}

// Background Sync: the network is back. The pages hold the keys, so they do the sending.
self.addEventListener('sync', (event: { tag: string; waitUntil: (work: Promise<void>) => void }) => {
  if (event.tag === 'outbox') event.waitUntil(wakePages())
})
