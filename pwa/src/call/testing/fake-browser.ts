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
  document = Object.assign(new EventTarget(), { visibilityState: 'visible' as const })
  room: RoomSession
  readonly #server: FakeServer
  readonly #secure: boolean
  readonly #installed: boolean
  readonly #browser: FakeBrowser

  /** `installed`: its seat is in the browser's storage, not in its own. */
  constructor(server: FakeServer, { secure = true, storage, browser, installed = false }: { secure?: boolean, storage?: Map<string, string>, browser?: FakeBrowser, installed?: boolean } = {}) {
    this.#server = server
    this.#secure = secure
    this.#installed = installed
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
    await this.openAnew()
  }

  /** From now on it is another page, and knows what is stored and no more. Camera and connections went with the one before. */
  async openAnew(): Promise<void> {
    this.room = this.#open()
    await this.room.resume()
  }

  #open(): RoomSession {
    this.window = new EventTarget()
    this.document = Object.assign(new EventTarget(), { visibilityState: 'visible' as const })
    const shared = this.#browser.sharedBy(this)
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
        network: null,
        storage: this.#installed ? shared : storageOf(this.storage),
        shared,
        isSecureContext: this.#secure,
        window: this.window,
        document: this.document,
        uuid: () => `uuid-${++lastId}`,
        log: () => undefined,
      },
    })
  }
}
