// One tab: storage that a reload keeps, a camera, and the sessions opened in it.
import { systemClock } from '../../protocol/clock'
import type { SeatStorage } from '../../protocol/seat'
import { createRoom } from '../session'
import type { RoomSession } from '../view'
import { FakeDevices, FakeStream, type FakeTrack } from './fake-media'
import { FakePc } from './fake-pc'
import type { FakeServer } from './fake-server'

let lastId = 0

/** What the tabs of one browser share. */
export class FakeBrowser {
  readonly #items = new Map<string, string>()
  readonly #tabs = new Set<FakeTab>()

  /** Local storage as this tab has it: the others hear of every change. */
  sharedBy(tab: FakeTab): SeatStorage {
    this.#tabs.add(tab)
    const tell = () => { for (const other of this.#tabs) if (other !== tab) other.window.dispatchEvent(new Event('storage')) }
    return storageOf(this.#items, tell)
  }
}

function storageOf(items: Map<string, string>, onChange: () => void = () => undefined): SeatStorage {
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem(key, value) {
      items.set(key, value)
      onChange()
    },
    removeItem(key) {
      items.delete(key)
      onChange()
    },
  }
}

export class FakeTab {
  readonly devices = new FakeDevices()
  readonly pcs: FakePc[] = []
  readonly storage = new Map<string, string>()
  window = new EventTarget()
  room: RoomSession
  readonly #server: FakeServer
  readonly #secure: boolean
  readonly #browser: FakeBrowser

  constructor(server: FakeServer, { secure = true, storage, browser }: { secure?: boolean, storage?: Map<string, string>, browser?: FakeBrowser } = {}) {
    this.#server = server
    this.#secure = secure
    if (storage) this.storage = new Map(storage) // a duplicated tab begins with a copy
    this.#browser = browser ?? new FakeBrowser()
    this.room = this.#open()
  }

  get view() {
    return this.room.view
  }

  get openPcs(): FakePc[] {
    return this.pcs.filter((pc) => pc.signalingState !== 'closed')
  }

  /** The page goes and comes again; camera and connections go with it. */
  async reload(): Promise<void> {
    this.window.dispatchEvent(new Event('pagehide'))
    this.room.dispose()
    this.room = this.#open()
    await this.room.resume()
  }

  #open(): RoomSession {
    this.window = new EventTarget()
    return createRoom({
      room: 'r',
      environment: {
        clock: systemClock,
        fetch: this.#server.fetch,
        openEventSource: this.#server.openEventSource,
        createPeerConnection: () => {
          this.pcs.push(new FakePc())
          return this.pcs.at(-1) as unknown as RTCPeerConnection
        },
        createStream: (tracks) => new FakeStream(tracks as unknown as FakeTrack[]) as unknown as MediaStream,
        mediaDevices: this.#secure ? this.devices as unknown as MediaDevices : null,
        permissions: null,
        audioSession: null,
        wakeLock: null,
        storage: storageOf(this.storage),
        shared: this.#browser.sharedBy(this),
        isSecureContext: this.#secure,
        window: this.window,
        document: Object.assign(new EventTarget(), { visibilityState: 'visible' as const }),
        uuid: () => `uuid-${++lastId}`,
        log: () => undefined,
      },
    })
  }
}
