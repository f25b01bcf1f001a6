// A front for HTTP on an address of its own that holds every stream back; TURN is reached past it.
import { listens } from '../support/daemon'
import { routerAddress } from '../support/namespaces'
import { buffering, startNginx } from '../support/nginx'
import { name, type Town } from './town'

const frontAddress = '10.77.0.2'

export async function bufferingFront(town: Town): Promise<void> {
  const { network, certificate, house } = town
  await network.router(`ip address add ${frontAddress}/32 dev lo`)
  const http = `server {
  listen ${frontAddress}:443 ssl;
  ssl_certificate ${certificate.cert};
  ssl_certificate_key ${certificate.key};
  location / {${buffering(`https://${routerAddress}:443`)}
  }
}`
  const nginx = await startNginx(http, { enter: network.place.enter, isReady: () => listens(`${frontAddress}:443`, network.place.enter) })
  house.later(() => nginx.close())
  await town.open({ hosts: `${frontAddress} ${name}` })
}
