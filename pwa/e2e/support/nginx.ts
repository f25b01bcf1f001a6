// A real nginx in front of a server, as it comes, but for not taking the server's word on buffering: it speaks
// HTTP/1.0 to the server then, and holds an answer without a length back until it ends.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until, within } from './until'

export interface Nginx {
  readonly url: string
  close(): Promise<void>
}

export async function bufferingNginx(server: { port: number }): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'yodel-nginx-'))
  const port = await freePort()
  await writeFile(join(folder, 'nginx.conf'), `
daemon off;
pid ${folder}/pid;
error_log stderr warn;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${server.port};
      proxy_set_header Host $http_host;
      proxy_buffering on;
      proxy_ignore_headers X-Accel-Buffering;
    }
  }
}
`)
  const child = spawn('nginx', ['-e', 'stderr', '-c', join(folder, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` } })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { log += text })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => resolve())
  })
  const died = ended.then(() => { throw new Error(`nginx ended before it served:\n${log}`) })
  died.catch(() => undefined)
  const url = `http://127.0.0.1:${port}`
  await Promise.race([until('nginx answers', async () => (await fetch(`${url}/healthz`)).status, status => status === 200), died])
  return {
    url,
    async close() {
      child.kill('SIGTERM')
      await within('nginx stops', ended)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
