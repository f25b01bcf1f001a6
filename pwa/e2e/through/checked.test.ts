// What the page /check says in an office: where a tunnel to port 443 is all that is let out, and where the proxy looks into
// TLS, with an authority of its own that browsers there believe.
import { expect, test } from 'vitest'
import { visit } from '../support/check'
import type { ChromiumPerson } from '../support/chromium'
import { shoot } from '../support/gallery'
import { useHouse } from '../support/house'
import { name, Town } from './town'

const house = useHouse()
const url = `https://${name}`
const well = { 'page': 'works', 'sse': 'works', 'post-stream': 'works', 'long-poll': 'works', 'secure-origin': 'works' }

test('squid, CONNECT to 443: relayed over TLS, and UDP would be better', async () => {
  const town = await Town.build(house)
  const anna = await town.clerk('Anna')
  const { code, states: found } = await visit(anna, url)
  expect({ code, ...found }).toMatchObject({ code: 'through', ...well, 'stun-udp': 'fails', 'turn-udp': 'fails', 'turn-tcp': 'works', 'turn-tls': 'works' })
  await anna.reads('verdict', 'relayed over TLS')
  await anna.reads('asks', `Allow UDP to ${name}:443`)
  await anna.reads('check-stun-udp', 'No answer.')
})

test('the proxy looks into TLS: media is blocked, and what would help', async () => {
  const town = await Town.build(house)
  await town.openWithInspection()
  const anna = await town.clerk('Anna') as ChromiumPerson
  const { code, states: found } = await visit(anna, url)
  expect({ code, ...found }).toMatchObject({ code: 'media-blocked', ...well, 'stun-udp': 'fails', 'turn-udp': 'fails', 'turn-tcp': 'fails', 'turn-tls': 'fails' })
  await anna.reads('check-turn-tls', 'cannot be reached this way')
  await anna.reads('asks', `Allow CONNECT ${name}:443, and exempt it from TLS inspection`)
  await anna.page.getByText('中文').click()
  await anna.reads('verdict', '服务器连得上，但音视频被拦住了')
  await anna.reads('asks', `放行 CONNECT ${name}:443，并且对它不做 TLS 检查`)
  await shoot(anna, 'check-inspected')
})
