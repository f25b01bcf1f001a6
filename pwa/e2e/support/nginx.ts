// A real nginx, as a reverse proxy before a server.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { answers, type Daemon, freePort, startDaemon } from './daemon'

export interface Nginx extends Daemon {
  readonly url: string
}

/** With `http` as what is within its http block, and `top` as what is beside it. */
export function startNginx(http: string, { enter = [], top = '', isReady }: { enter?: readonly string[], top?: string, isReady(): Promise<boolean> }): Promise<Daemon> {
  return startDaemon({
    name: 'nginx',
    enter,
    async command(folder) {
      const file = join(folder, 'nginx.conf')
      await writeFile(file, `
daemon off;
pid ${folder}/pid;
error_log stderr warn;
${top}
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${http}
}
`)
      return ['nginx', '-e', 'stderr', '-c', file]
    },
    isReady,
  })
}

/** As it comes. */
export const plain = (upstream: string) => `
    proxy_pass ${upstream};
    proxy_set_header Host $http_host;`

/**
 * As it comes, but for not taking the server's word on buffering: it speaks HTTP/1.0 to the server then, and holds an
 * answer without a length back until it ends.
 */
export const buffering = (upstream: string) => `${plain(upstream)}
    proxy_buffering on;
    proxy_ignore_headers X-Accel-Buffering;`

export const nginxBefore = (server: { port: number }) => before(server, plain)
export const bufferingNginx = (server: { port: number }) => before(server, buffering)

async function before(server: { port: number }, how: (upstream: string) => string): Promise<Nginx> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const http = `server {
  listen 127.0.0.1:${port};
  location / {${how(`http://127.0.0.1:${server.port}`)}
  }
}`
  return { ...await startNginx(http, { isReady: () => answers(`${url}/healthz`) }), url }
}
