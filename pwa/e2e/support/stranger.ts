// Something before a server that passes all on, until it answers the API in the server's place: a gateway, a portal, another
// site.
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** False passes the request on. */
export type Answer = (asked: IncomingMessage, answer: ServerResponse) => void | false

export interface Stranger {
  readonly url: string
  /** From now on it answers so. */
  answer(so: Answer): void
  close(): Promise<void>
}

export async function strangerBefore(origin: string): Promise<Stranger> {
  let own: Answer = () => false
  const front = createServer((asked, answer) => {
    if (asked.url?.startsWith('/api/') && own(asked, answer) !== false) return
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
    answer: (so) => { own = so },
    close: () => new Promise((resolve) => {
      front.close(() => resolve())
      front.closeAllConnections()
    }),
  }
}
