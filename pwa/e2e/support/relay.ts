// A browser that has no other way than `turns:`.

/** To be run in a page before its own scripts: of all ICE servers the browser knows those of TLS alone. */
export function relayByTLS(): void {
  const only = (configuration: RTCConfiguration = {}): RTCConfiguration => ({
    ...configuration,
    iceTransportPolicy: 'relay',
    iceServers: (configuration.iceServers ?? []).flatMap((server) => {
      const urls = [server.urls].flat().filter(url => url.startsWith('turns:'))
      return urls.length > 0 ? [{ ...server, urls }] : []
    }),
  })
  const { setConfiguration } = RTCPeerConnection.prototype
  RTCPeerConnection.prototype.setConfiguration = function (configuration) {
    Reflect.apply(setConfiguration, this, [only(configuration)])
  }
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(only(configuration))
    }
  }
}
