import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDB } from 'idb'
import { openOutbox, TooNew, type Outbox } from '../src/outbox/outbox'
import { VERSION } from '../src/outbox/schema'
import { EARLIER } from './outboxVersions'

interface Fact {
  id: string
  counter: number
  device: string
}

interface Receipt {
  id: string
  verdict: string
}

let outbox: Outbox<Fact, Receipt>
let devices = 0

function open(): Outbox<Fact, Receipt> {
  return openOutbox<Fact, Receipt>(() => `device-${++devices}`, {
    needsEye: (receipt) => receipt.verdict === 'conflict',
    isOpen: (receipt) => receipt.verdict === 'waiting',
  })
}

async function add(id: string, person = 'zhao'): Promise<void> {
  await outbox.add(person, `fact ${id}`, (counter, device) => ({ id, counter, device }))
}

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
  devices = 0
  outbox = open()
})

describe('the outbox', () => {
  it('is on disk before it answers: a page opened anew finds the row', async () => {
    await add('a')
    await outbox.close()
    const again = open()
    expect((await again.pending()).map((row) => row.fact)).toEqual([{ id: 'a', counter: 1, device: 'device-1' }])
  })

  it('gives the oldest first', async () => {
    for (const id of ['c', 'a', 'b']) await add(id)
    expect((await outbox.pending()).map((row) => row.id)).toEqual(['c', 'a', 'b'])
  })

  it('counts up without gaps for every fact of this device, whoever records it', async () => {
    await add('a', 'zhao')
    await add('b', 'wang')
    expect((await outbox.pending()).map((row) => [row.person, row.counter])).toEqual([['zhao', 1], ['wang', 2]])
    expect(await outbox.counts('wang')).toEqual({ own: 1, others: 1 })
  })

  it('lets a row go only on a receipt for its id', async () => {
    await add('a')
    await add('b')
    expect(await outbox.settle([{ id: 'b', verdict: 'recorded' }, { id: 'stranger', verdict: 'recorded' }])).toBe(1)
    expect((await outbox.pending()).map((row) => row.id)).toEqual(['a'])
    expect((await outbox.receiptOf('b'))?.receipt.verdict).toBe('recorded')
    expect(await outbox.receiptOf('a')).toBeNull()
  })

  it('refuses the same id twice and keeps the first', async () => {
    await add('a')
    await expect(add('a')).rejects.toThrow()
    expect(await outbox.counts('zhao')).toEqual({ own: 1, others: 0 })
  })

  it('keeps one device id', async () => {
    const first = await outbox.device()
    await add('a')
    expect((await outbox.pending())[0]?.fact.device).toBe(first)
    expect(await outbox.device()).toBe(first)
  })

  it('keeps the last receipts and forgets those long past', async () => {
    for (let n = 0; n < 205; n++) await add(`f${n}`)
    for (let n = 0; n < 205; n++) await outbox.settle([{ id: `f${n}`, verdict: 'recorded' }], n)
    expect(await outbox.receiptOf('f0')).toBeNull()
    expect(await outbox.receiptOf('f204')).not.toBeNull()
  })

  it('tells its listeners when something came or went', async () => {
    let heard = 0
    const stop = outbox.onChange(() => {
      heard += 1
      return undefined
    })
    await add('a')
    await outbox.settle([{ id: 'a', verdict: 'recorded' }])
    stop()
    await add('b')
    expect(heard).toBe(2)
  })

  it('lets who reads slowly read to the end, and then once more', async () => {
    const reading: (() => void)[] = []
    outbox.onChange(() => new Promise((done) => reading.push(done)))
    await add('a')
    await add('b')
    await add('c')
    expect(reading).toHaveLength(1)
    reading[0]?.()
    await Promise.resolve()
    await Promise.resolve()
    expect(reading).toHaveLength(2)
    reading[1]?.()
    await Promise.resolve()
    await add('d')
    expect(reading).toHaveLength(3)
  })
})

describe('rows of all people', () => {
  it('are pending oldest first, with how often they were tried and what was heard', async () => {
    await add('a', 'zhao')
    await add('b', 'wang')
    await outbox.heard(['a', 'gone'], { at: 7, what: 'silent' })
    await outbox.heard(['a'], { at: 8, what: 'portal' })
    expect((await outbox.pending()).map(({ id, person, attempts, heard }) => [id, person, attempts, heard?.what])).toEqual([
      ['a', 'zhao', 2, 'portal'],
      ['b', 'wang', 0, undefined],
    ])
  })

  it('stay gone when something is heard of them after their receipt', async () => {
    await add('a')
    await outbox.settle([{ id: 'a', verdict: 'recorded' }])
    await outbox.heard(['a'], { at: 1, what: 'silent' })
    expect(await outbox.pending()).toEqual([])
  })
})

describe('answers', () => {
  it('that need a person stay unread until somebody has seen them, however many come after', async () => {
    await add('a')
    await outbox.settle([{ id: 'a', verdict: 'conflict' }], 0)
    for (let n = 0; n < 205; n++) await add(`f${n}`)
    for (let n = 0; n < 205; n++) await outbox.settle([{ id: `f${n}`, verdict: 'recorded' }], n + 1)
    expect(await outbox.standing('zhao')).toMatchObject({ own: 0, unread: 1 })
    expect((await outbox.settled()).length).toBe(200)
    await outbox.seen('a')
    expect(await outbox.standing('zhao')).toMatchObject({ unread: 0 })
    expect((await outbox.receiptOf('a'))?.receipt.verdict).toBe('conflict')
  })

  it('do not change, but for one that was not the last word', async () => {
    await add('a')
    await add('b')
    await outbox.settle([{ id: 'a', verdict: 'waiting' }, { id: 'b', verdict: 'recorded' }])
    expect(await outbox.pending()).toEqual([])
    await outbox.settle([{ id: 'a', verdict: 'recorded' }, { id: 'b', verdict: 'conflict' }])
    await outbox.settle([{ id: 'a', verdict: 'waiting' }])
    expect((await outbox.receiptOf('a'))?.receipt.verdict).toBe('recorded')
    expect((await outbox.receiptOf('b'))?.receipt.verdict).toBe('recorded')
  })

  it('by file let the row go, and are asked for once more', async () => {
    await add('a')
    await outbox.settle([{ id: 'a', verdict: 'recorded' }], 1, true)
    expect(await outbox.receiptOf('a')).toMatchObject({ open: true, fact: { id: 'a' } })
    await outbox.settle([{ id: 'a', verdict: 'turned_away' }])
    expect(await outbox.receiptOf('a')).toMatchObject({ open: false, receipt: { verdict: 'turned_away' } })
  })
})

describe('a phone that is full', () => {
  /** As a full disk: every new row is refused until so many receipts are gone. */
  function fullUntil(settledAtMost: number): void {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own store below
    const { add: really } = IDBObjectStore.prototype
    IDBObjectStore.prototype.add = function (this: IDBObjectStore, value: unknown) {
      if (this.name !== 'unsent') return really.call(this, value)
      if (settled > settledAtMost) throw new DOMException('full', 'QuotaExceededError')
      return really.call(this, value)
    }
    const undo = restore
    restore = () => {
      undo()
      IDBObjectStore.prototype.add = really
    }
  }
  let settled = 0
  let restore = (): void => undefined

  async function withReceipts(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      await add(`f${n}`)
      await outbox.settle([{ id: `f${n}`, verdict: n === 0 ? 'conflict' : 'recorded' }], n)
    }
    settled = count
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own store below
    const { delete: really } = IDBObjectStore.prototype
    const undo = restore
    IDBObjectStore.prototype.delete = function (this: IDBObjectStore, key: IDBValidKey) {
      if (this.name === 'settled') settled -= 1
      return really.call(this, key)
    }
    restore = () => {
      undo()
      IDBObjectStore.prototype.delete = really
    }
  }

  afterEach(() => {
    restore()
    restore = () => undefined
  })

  it('drops its oldest receipts to make room, the unread last', async () => {
    await withReceipts(10)
    fullUntil(6)
    await add('new')
    expect((await outbox.pending()).map((row) => row.id)).toEqual(['new'])
    expect(await outbox.receiptOf('f1')).toBeNull()
    expect(await outbox.receiptOf('f9')).not.toBeNull()
    expect(await outbox.receiptOf('f0')).not.toBeNull()
  })

  it('says that nothing was saved when that does not help', async () => {
    await withReceipts(3)
    fullUntil(-1)
    await expect(add('new')).rejects.toMatchObject({ name: 'Full' })
    restore()
    expect(await outbox.pending()).toEqual([])
  })
})

describe('what an older app, half a write or somebody else left', () => {
  it.each(EARLIER)('version $version: rows in flight, receipts, device and counter are kept', async ({ make }) => {
    await outbox.close()
    globalThis.indexedDB = new IDBFactory()
    await make()
    outbox = open()
    expect((await outbox.pending()).map(({ id, person, counter, attempts, about }) => [id, person, counter, attempts, about])).toEqual([
      ['a', 'zhao', 2, 0, 'Pick up · oily rags'],
      ['b', 'wang', 3, 0, 'Receive'],
    ])
    expect((await outbox.receiptOf('sent'))?.receipt).toEqual({ id: 'sent', verdict: 'recorded' })
    expect((await outbox.receiptOf('held'))).toMatchObject({ open: true, unread: false })
    expect(await outbox.device()).toBe('device-of-old')
    await add('c')
    expect((await outbox.pending()).map((row) => row.counter)).toEqual([2, 3, 4])
    await outbox.settle([{ id: 'a', verdict: 'recorded' }])
    expect((await outbox.pending()).map((row) => row.id)).toEqual(['b', 'c'])
  })

  it('sets rows apart that cannot be read, whole, and reads on', async () => {
    await add('a')
    await outbox.close()
    const db = await openDB('outbox', VERSION)
    const foreign = [{ id: 'x' }, { id: 'y', person: 'zhao', counter: '7', fact: { id: 'y' } }, { id: 'z', person: 'zhao', counter: 9, fact: { id: 'other' } }]
    for (const one of foreign) await db.put('unsent', one)
    db.close()
    outbox = open()
    await add('b')
    expect((await outbox.pending()).map((row) => row.id)).toEqual(['a', 'b'])
    expect(await outbox.standing('zhao')).toMatchObject({ own: 2, apart: 3 })
    expect((await outbox.apart()).map((one) => one.value)).toEqual(foreign)
  })

  it('leaves a database of a newer app untouched, and says so', async () => {
    await add('a')
    await outbox.close()
    const newer = await openDB('outbox', VERSION + 1, { upgrade: (db) => void db.createObjectStore('later') })
    newer.close()
    await expect(add('b')).rejects.toBeInstanceOf(TooNew)
    await expect(outbox.pending()).rejects.toBeInstanceOf(TooNew)
    const again = await openDB('outbox')
    expect(again.version).toBe(VERSION + 1)
    expect(await again.count('unsent')).toBe(1)
    again.close()
  })

  it('makes way for a newer app in another tab, and says so afterwards', async () => {
    await add('a')
    const newer = await openDB('outbox', VERSION + 1)
    await expect(add('b')).rejects.toBeInstanceOf(TooNew)
    newer.close()
  })
})

describe('rows of another phone', () => {
  const row = { id: 'n', person: 'li', device: 'd9', about: 'x', savedAt: 1, takenAt: 2, fact: { id: 'n' }, heard: null }

  it('are taken over once, and leave on their receipt', async () => {
    expect(await outbox.carry([row, row])).toBe(1)
    expect(await outbox.carry([row])).toBe(0)
    expect(await outbox.standing('zhao')).toMatchObject({ own: 0, others: 0, carried: 1 })
    await outbox.settle([{ id: 'n', verdict: 'recorded' }])
    expect(await outbox.carried()).toEqual([])
    expect(await outbox.carry([row])).toBe(0)
  })

  it('are not taken over by the phone that made them', async () => {
    await add('n')
    expect(await outbox.carry([row])).toBe(0)
  })
})
