// Starts the app, and is the only place that knows which session and which ringer the screens get.
import { createApp } from 'vue'
import App from './App.vue'
import { createRinger } from './call/ring'
import { createRoom } from './call/session'
import { ringerKey } from './composables/useRinger'
import { makeSessions, sessionsKey } from './composables/useSessions'
import { makeRouter } from './router'
import './style.css'

createApp(App)
  .use(makeRouter())
  .provide(sessionsKey, makeSessions(room => createRoom({ room })))
  .provide(ringerKey, createRinger())
  .mount('#app')
