import { describe, expect, test } from 'vitest'
import { type Circumstances, type Deed, Recovery } from './recovery'

const well: Omit<Circumstances, 'atMs'> = { health: 'well', arrived: true, open: true, sending: true, settled: true, online: true, worked: true }
const silent: Partial<Circumstances> = { health: 'silent', arrived: false }

/** A connection that is looked at four times a second; each deed is noted with its time. */
class Patient {
  readonly recovery: Recovery
  readonly deeds: [number, Deed][] = []
  atMs = 0

  constructor(who: 'earlier' | 'later') {
    this.recovery = new Recovery(who === 'later')
    this.spend(1_000, {})
  }

  spend(ms: number, circumstances: Partial<Circumstances>): this {
    for (const endMs = this.atMs + ms; this.atMs < endMs; this.atMs += 250) {
      const deed = this.recovery.look({ ...well, ...circumstances, atMs: this.atMs })
      if (deed) this.deeds.push([this.atMs, deed])
    }
    return this
  }

  get times(): number[] {
    return this.deeds.map(([atMs]) => atMs - 1_000)
  }
}
const kinds = ({ deeds }: Patient) => deeds.map(([, deed]) => deed)

describe('who and when', () => {
  test('the earlier participant restarts at once, and every two seconds while nothing comes', () => {
    expect(new Patient('earlier').spend(5_000, silent).times).toEqual([0, 2_000, 4_000])
  })

  test('the later one a second later, if nobody else has', () => {
    expect(new Patient('later').spend(4_000, silent).times).toEqual([1_000, 3_000])
  })

  test('not while the earlier one does', () => {
    const bo = new Patient('later').spend(500, silent)
    for (let turn = 0; turn < 4; turn++) {
      bo.recovery.handleRestart()
      bo.spend(2_000, silent)
    }
    expect(bo.times).toEqual([])
    expect(bo.spend(1_500, silent).times).toEqual([9_250]) // the other one has given up
  })

  test('a restart of theirs just before we notice counts', () => {
    const bo = new Patient('later')
    bo.recovery.handleRestart()
    expect(bo.spend(750, {}).spend(2_000, silent).times).toEqual([])
    expect(bo.spend(1_000, silent).times).toEqual([2_750]) // a look's time of it was over
  })

  test('one of long ago does not', () => {
    const bo = new Patient('later')
    bo.recovery.handleRestart()
    expect(bo.spend(20_000, {}).spend(2_000, silent).times).toEqual([21_000])
  })

  test('nothing is done where all is well', () => {
    expect(new Patient('earlier').spend(600_000, {}).deeds).toEqual([])
  })

  test('it is over as soon as media comes', () => {
    const ana = new Patient('earlier').spend(2_000, silent)
    expect(ana.recovery.broken).toBe(true)
    ana.spend(250, {})
    expect(ana.recovery.broken).toBe(false)
    expect(ana.spend(60_000, {}).times).toEqual([0])
  })

  test('that ICE has a way is not enough, if they send', () => {
    const ana = new Patient('earlier').spend(250, silent).spend(2_000, { arrived: false })
    expect(ana.recovery.broken).toBe(true)
    expect(ana.times).toEqual([0, 2_000])
    expect(ana.spend(250, { arrived: false, sending: false }).recovery.broken).toBe(false)
  })
})

describe('relays alone', () => {
  const never: Partial<Circumstances> = { arrived: false, open: false, sending: false, worked: false }
  const failures = (patient: Patient, times: number) => {
    for (let time = 0; time < times; time++) patient.spend(500, { ...never, health: 'failed' }).spend(10_000, never)
    return kinds(patient)
  }

  test('where media never came: first, and then every other time', () => {
    expect(failures(new Patient('earlier'), 4)).toEqual(['relay', 'restart', 'relay', 'restart'])
  })

  test('also where ICE looks for ever, and each time it has to find a way', () => {
    const ana = new Patient('earlier').spend(60_250, never)
    expect(kinds(ana)).toEqual(['relay', 'restart', 'relay', 'restart', 'relay'])
    expect(ana.times).toEqual([11_750, 23_750, 35_750, 47_750, 59_750])
  })

  test('the later one leaves that to the earlier one', () => {
    const bo = new Patient('later')
    for (let time = 0; time < 4; time++) {
      bo.spend(12_500, never)
      bo.recovery.handleRestart()
    }
    expect(bo.deeds).toEqual([])
  })

  test('not before the other side has answered, nor without signaling', () => {
    expect(new Patient('earlier').spend(60_000, { ...never, settled: false }).deeds).toEqual([])
    expect(new Patient('earlier').spend(60_000, { ...never, online: false }).deeds).toEqual([])
  })

  test('not on a network where nothing was tried yet', () => {
    const ana = new Patient('earlier').spend(500, never)
    ana.recovery.handleNetworkChange()
    expect(kinds(ana.spend(500, never))).toEqual(['restart'])
  })
})

describe('how often', () => {
  test('after five in vain a new connection, and so on', () => {
    const ana = new Patient('earlier').spend(24_000, silent)
    const round = [...Array<Deed>(4).fill('restart'), 'relay', 'rebuild']
    expect(kinds(ana)).toEqual([...round, ...round])
    expect(ana.deeds[5]![0]).toBe(11_000)
  })

  test('the first five count again once media has come', () => {
    const ana = new Patient('earlier').spend(8_000, silent).spend(250, {}).spend(8_000, silent)
    expect(new Set(kinds(ana))).toEqual(new Set(['restart']))
  })

  test('a connection made anew has its time, and has to work', () => {
    const ana = new Patient('earlier').spend(10_250, silent)
    ana.recovery.handleRebuild(true)
    const before = ana.deeds.length
    ana.spend(1_000, { settled: false, arrived: false, open: false, sending: false })
    expect(ana.recovery.broken).toBe(true)
    ana.spend(3_500, { arrived: false, open: false, sending: false })
    expect(ana.deeds).toHaveLength(before)
    ana.spend(500, { arrived: false, open: false, sending: false }) // four times what the answer took
    expect(ana.deeds).toHaveLength(before + 1)
  })

  test('also where nothing was wrong with the one before: a gap in the stream', () => {
    const ana = new Patient('earlier')
    ana.recovery.handleRebuild(true)
    ana.spend(500, { settled: false, arrived: false, open: false, sending: false })
    expect(ana.spend(4_500, { arrived: false, open: false, sending: false }).times).toEqual([2_250, 4_250])
  })

  test('less often when it has been hopeless for a minute', () => {
    const ana = new Patient('earlier').spend(60_250, silent)
    const before = ana.deeds.length
    expect(ana.spend(60_000, silent).deeds).toHaveLength(before + 6)
  })

  test('a slow network has longer, an absent neighbour not for ever', () => {
    const answered = (ms: number) => new Patient('earlier').spend(250, silent).spend(ms, { ...silent, settled: false }).spend(20_000, silent)
    expect(answered(1_000).times[1]).toBe(250 + 1_000 + 3_750)
    expect(answered(10_000).times[1]).toBe(250 + 10_000 + 7_750)
  })
})

describe('what has to be there first', () => {
  test('signaling', () => {
    const ana = new Patient('earlier').spend(20_000, { ...silent, online: false })
    expect(ana.deeds).toEqual([])
    expect(ana.spend(250, silent).times).toEqual([20_000])
  })

  test('an answer to the offer before: nothing piles up', () => {
    const ana = new Patient('earlier').spend(250, silent).spend(14_000, { ...silent, settled: false })
    expect(ana.times).toEqual([0])
  })

  test('no answer for long: one new connection, and no more', () => {
    const ana = new Patient('earlier').spend(250, silent).spend(120_000, { ...silent, settled: false })
    expect(kinds(ana)).toEqual(['restart', 'rebuild'])
  })

  test('media that once came: what never worked is left to ICE, until that gives up or takes too long', () => {
    const ana = new Patient('earlier').spend(11_000, { health: 'apart', arrived: false, open: false, worked: false })
    expect(ana.deeds).toEqual([])
    expect(ana.spend(250, { health: 'failed', arrived: false, open: false, worked: false }).times).toEqual([11_000])
  })
})

describe('another network', () => {
  test.each(['earlier', 'later'] as const)('the %s one restarts at once, before anybody misses anything', (who) => {
    const patient = new Patient(who)
    patient.recovery.handleNetworkChange()
    expect(patient.spend(60_000, {}).times).toEqual([0])
  })

  test('when signaling is back', () => {
    const bo = new Patient('later')
    bo.recovery.handleNetworkChange()
    expect(bo.spend(3_000, { ...silent, online: false }).spend(1_000, silent).times).toEqual([3_000])
  })

  test('and again, for the browser learns of a new interface later than the page', () => {
    const bo = new Patient('later')
    bo.recovery.handleNetworkChange()
    expect(bo.spend(1_000, { arrived: false }).spend(2_000, silent).times).toEqual([0, 2_000])
  })

  test('an offer of the old network is answered first', () => {
    const ana = new Patient('earlier').spend(250, silent)
    ana.recovery.handleNetworkChange()
    expect(ana.spend(500, { ...silent, settled: false }).spend(250, silent).times).toEqual([0, 750])
  })
})

describe('a restart of theirs says that something is wrong for them', () => {
  test('and for us, if nothing comes any more', () => {
    const bo = new Patient('later')
    bo.recovery.handleRestart()
    expect(bo.recovery.broken).toBe(false)
    bo.spend(250, { arrived: false })
    expect(bo.recovery.broken).toBe(true)
    expect(bo.spend(250, {}).recovery.broken).toBe(false)
  })

  test('not where media comes as before', () => {
    const bo = new Patient('later')
    bo.recovery.handleRestart()
    expect(bo.spend(250, {}).recovery.broken).toBe(false)
  })

  test('where they send nothing ICE’s word is enough', () => {
    const bo = new Patient('later')
    bo.recovery.handleRestart()
    expect(bo.spend(250, { arrived: false, sending: false }).recovery.broken).toBe(false)
  })
})
