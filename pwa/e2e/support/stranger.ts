// Something before a server that passes all on, until it answers the API in the server's place: a gateway, a portal, another
// site.
import { createServer, request, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Stranger {
  readonly url: string
  /** From now on it answers so; with null it passes on again. */
  answer(listener: RequestListener | null): void
  close(): Promise<void>
}

export async function strangerBefore(origin: string): Promise<Stranger> {
  let own: RequestListener | null = null
  const front = createServer((asked, answer) => {
    if (own && asked.url?.startsWith('/api/')) return own(asked, answer)
    const passed = request(origin + asked.url, { method: asked.method ?? 'GET', headers: asked.headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    answer.on('close', () => passed.destroy())
    asked.pipe(passed)
  })
  await new Promise<void>(resolve => front.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    answer: (listener) => { own = listener },
    close: () => new Promise((resolve) => {
      front.close(() => resolve())
      front.closeAllConnections()
    }),
  }
}
