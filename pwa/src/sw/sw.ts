// The service worker: keeps the built shell for a start without network. It never answers /api/.
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { appRoutes } from './routes'

declare const self: ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: { url: string, revision: string | null }[] }

// A request that matches nothing here goes to the network as if there were no worker.
precacheAndRoute(self.__WB_MANIFEST)
cleanupOutdatedCaches()
registerRoute(new NavigationRoute(createHandlerBoundToURL('/'), { allowlist: [...appRoutes] }))

// A new version waits until the person accepts it, see useUpdatePrompt.ts.
self.addEventListener('message', (event: ExtendableMessageEvent) => {
  if ((event.data as { type?: unknown } | null)?.type === 'activate') void self.skipWaiting()
})
