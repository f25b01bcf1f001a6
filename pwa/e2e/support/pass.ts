// A port that passes TCP on to a server and has no UDP: what a firewall leaves of it.
import { connect, createServer, type Socket } from 'node:net'

export async function passTcp(server: { port: number }): Promise<{ port: number, url: string, close(): Promise<void> }> {
  const open = new Set<Socket>()
  const door = createServer((near) => {
    const far = connect(server.port, '127.0.0.1')
    for (const [from, to] of [[near, far], [far, near]] as const) {
      open.add(from)
      from.on('error', () => to.destroy()).on('close', () => {
        open.delete(from)
        to.destroy()
      }).pipe(to)
    }
  })
  await new Promise<void>(resolve => door.listen(0, '127.0.0.1', resolve))
  const { port } = door.address() as { port: number }
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => {
      open.forEach(socket => socket.destroy())
      door.close(() => resolve())
    }),
  }
}
