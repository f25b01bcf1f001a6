// Mounts the real screens on made-up views, so that each can be looked at. Never part of the built app.
import { createApp } from 'vue'
import App from '../../src/App.vue'
import { ringerKey } from '../../src/composables/useRinger'
import { keptCallKey } from '../../src/composables/useReturn'
import { makeSessions, sessionsKey } from '../../src/composables/useSessions'
import { makeRouter } from '../../src/router'
import { fakeSession } from '../../src/testing/fakeSession'
import { painted } from './painted'
import { scenes } from './scenes'
import '../../src/style.css'

const name = new URLSearchParams(location.search).get('scene') ?? 'home'
const scene = scenes(painted)[name]
if (scene === undefined) throw new Error(`no scene ${name}`)
const silent = { locked: name.endsWith('locked'), unlock: async () => undefined, ring() {}, ringBack() {}, stop() {}, onchange: null, dispose() {} }
const router = makeRouter()
await router.replace(scene.path)
const { view, hasSeat = false, kept = false, unfolded = false } = scene
const call = kept ? { room: 'alm-hut', isOn: () => new Promise<boolean>(() => undefined) } : null
createApp(App)
  .use(router).provide(ringerKey, silent).provide(keptCallKey, () => call).provide(sessionsKey, makeSessions(() => fakeSession(view, { hasSeat }))).mount('#app')
for (const details of document.querySelectorAll('details')) details.open = unfolded
document.body.dataset['ready'] = 'true'
