// What may stand between people and the server, in the order of the README's table, and the rung of the ladder that the
// app ends on there.
import type { Words } from '../support/table'

export type Rung = 'sse' | 'post-stream' | 'long-poll'

export interface Row {
  between: Words
  rung: Rung
}

export const matrix = {
  'nginx': { between: { en: 'nginx as it comes', zh: 'nginx 默认配置' }, rung: 'sse' },
  'nginx-buffering': { between: { en: 'nginx that ignores `X-Accel-Buffering`', zh: '忽略 `X-Accel-Buffering` 的 nginx' }, rung: 'long-poll' },
  'haproxy': { between: { en: 'HAProxy as it comes', zh: 'HAProxy 默认配置' }, rung: 'sse' },
  'caddy': { between: { en: 'Caddy as it comes', zh: 'Caddy 默认配置' }, rung: 'sse' },
  'squid': { between: { en: 'squid, plain HTTP', zh: 'squid，明文 HTTP' }, rung: 'sse' },
  'tinyproxy': { between: { en: 'tinyproxy, plain HTTP', zh: 'tinyproxy，明文 HTTP' }, rung: 'sse' },
  'intercepting': { between: { en: 'squid that opens TLS and looks inside', zh: '解开 TLS 查看内容的 squid' }, rung: 'sse' },
  'store-and-forward': { between: { en: 'A proxy that passes on whole answers only', zh: '只转发完整应答的代理' }, rung: 'long-poll' },
} as const satisfies Record<string, Row>

export type RowName = keyof typeof matrix
export const rowNames = Object.keys(matrix) as RowName[]
