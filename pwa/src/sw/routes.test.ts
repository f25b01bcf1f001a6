import { expect, it } from 'vitest'
import { appRoutes } from './routes'

const ours = (path: string) => appRoutes.some(route => route.test(path))

it('answers the app’s own routes', () => {
  for (const path of ['/', '/?x=1', '/r/alm-hut', '/r/A_b-9?name=Anna', '/check']) expect(ours(path), path).toBe(true)
})

it('leaves everything else to the network', () => {
  for (const path of ['/api/v1/rooms', '/api/v1/rooms/x/events', '/r/', '/r/a/b', '/check/x', '/checks', '/r/a%20b', '/healthz', '/metrics', '/docs/problems', '/assets/index.js']) expect(ours(path), path).toBe(false)
})
