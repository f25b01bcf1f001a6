// The app's own routes. src/sw/routes.ts and the server know the same ones.
import { createRouter, createWebHistory, type Router } from 'vue-router'
import CheckView from './views/CheckView.vue'
import HomeView from './views/HomeView.vue'
import NotFoundView from './views/NotFoundView.vue'
import RoomView from './views/RoomView.vue'

export function makeRouter(): Router {
  return createRouter({
    history: createWebHistory('/'),
    routes: [
      { path: '/', name: 'home', component: HomeView },
      {
        path: '/r/:room([A-Za-z0-9_-]{1,64})', name: 'room', component: RoomView,
        props: route => ({ room: String(route.params['room']), suggestedName: typeof route.query['name'] === 'string' ? route.query['name'] : '' }),
      },
      { path: '/check', name: 'check', component: CheckView },
      { path: '/:rest(.*)*', name: 'not-found', component: NotFoundView },
    ],
  })
}
