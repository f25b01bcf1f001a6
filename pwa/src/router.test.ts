import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it } from 'vitest'
import App from './App.vue'
import { useLocale } from './composables/useLocale'
import { makeRouter } from './router'

beforeEach(() => useLocale().setLocale('en'))
afterEach(() => { history.replaceState(null, '', '/') })

it('gives a room its name and who is suggested', async () => {
  const router = makeRouter()
  const { name, params, query } = router.resolve('/r/alm-hut?name=Anna')
  expect([name, params['room'], query['name']]).toEqual(['room', 'alm-hut', 'Anna'])
})

it.each(['/r/not%20a%20room', '/r/bad!id', '/r/', `/r/${'a'.repeat(65)}`, '/nowhere', '/check/more'])('says in words that a link leads nowhere: %s', async (path) => {
  const router = makeRouter()
  await router.push(path)
  const page = mount(App, { global: { plugins: [router] } })
  expect(page.text()).toContain('The link may have lost a piece on its way.')
  expect(page.find('a').attributes('href')).toBe('/')
  page.unmount()
})
