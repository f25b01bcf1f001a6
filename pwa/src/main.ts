// Starts the app, and is the only place that knows which session and which ringer the screens get.
// An app that was killed in a call opens at its first page; a tab is opened again where it was.
import { createApp } from 'vue'
import App from './App.vue'
import { keptCall } from './call/kept'
import { createRinger } from './call/ring'
import { createRoom } from './call/session'
import { keptCallKey, onlyOnce } from './composables/useReturn'
import { ringerKey } from './composables/useRinger'
import { makeSessions, sessionsKey } from './composables/useSessions'
import { isInstalled } from './lib/installed'
import { makeRouter } from './router'
import './style.css'

createApp(App)
  .use(makeRouter())
  .provide(sessionsKey, makeSessions(room => createRoom({ room })))
  .provide(ringerKey, createRinger())
  .provide(keptCallKey, onlyOnce(location.pathname === '/' && isInstalled() ? keptCall() : null))
  .mount('#app')
