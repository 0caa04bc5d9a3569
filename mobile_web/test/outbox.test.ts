import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, describe, expect, it } from 'vitest'
import { openOutbox, type Outbox } from '../src/outbox/outbox'

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
  return openOutbox<Fact, Receipt>(() => `device-${++devices}`)
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
    expect((await again.oldest('zhao', 50)).map((row) => row.fact)).toEqual([{ id: 'a', counter: 1, device: 'device-1' }])
  })

  it('gives oldest first, at most as many as asked', async () => {
    for (const id of ['c', 'a', 'b']) await add(id)
    expect((await outbox.oldest('zhao', 2)).map((row) => row.id)).toEqual(['c', 'a'])
  })

  it('counts up without gaps for every fact of this device, whoever records it', async () => {
    await add('a', 'zhao')
    await add('b', 'wang')
    expect((await outbox.oldest('wang', 5)).map((row) => row.counter)).toEqual([2])
    expect(await outbox.counts('wang')).toEqual({ own: 1, others: 1 })
  })

  it('never gives one person the facts of another', async () => {
    await add('a', 'zhao')
    expect(await outbox.oldest('wang', 50)).toEqual([])
  })

  it('lets a row go only on a receipt for its id', async () => {
    await add('a')
    await add('b')
    expect(await outbox.settle([{ id: 'b', verdict: 'recorded' }, { id: 'stranger', verdict: 'recorded' }])).toBe(1)
    expect((await outbox.oldest('zhao', 50)).map((row) => row.id)).toEqual(['a'])
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
    expect((await outbox.oldest('zhao', 1))[0]?.fact.device).toBe(first)
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
    const stop = outbox.onChange(() => (heard += 1))
    await add('a')
    await outbox.settle([{ id: 'a', verdict: 'recorded' }])
    stop()
    await add('b')
    expect(heard).toBe(2)
  })
})
