// A reverse proxy before the server that can pretend that a newer version of the app was installed: the service worker's
// script is another one then, byte by byte, which is all that a browser looks at.
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Facade {
  readonly url: string
  /** From now on the newer version is served. */
  release(): void
  close(): Promise<void>
}

export async function facadeBefore(origin: string): Promise<Facade> {
  let newer = false
  const proxy = createServer((asked, answer) => {
    const changed = newer && asked.url === '/sw.js'
    const headers = { ...asked.headers, ...(changed && { 'accept-encoding': 'identity', 'if-none-match': '' }) }
    const passed = request(origin + asked.url, { method: asked.method ?? 'GET', headers }, (got) => {
      const { 'content-length': length, ...rest } = got.headers
      answer.writeHead(got.statusCode ?? 502, changed || length === undefined ? rest : got.headers)
      got.pipe(answer, { end: !changed })
      if (changed) got.once('end', () => answer.end('\n// the next version\n'))
    })
    passed.on('error', () => answer.destroy())
    answer.on('close', () => passed.destroy())
    asked.pipe(passed)
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    release: () => { newer = true },
    close: () => new Promise((resolve) => {
      proxy.close(() => resolve())
      proxy.closeAllConnections()
    }),
  }
}
