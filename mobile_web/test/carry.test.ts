import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { portions, readFile } from '../src/carry/file'
import type { Fact, Receipt } from '../src/wire'

interface Phone {
  sync: typeof import('../src/sync')
  carry: typeof import('../src/carry/carry')
  disk: IDBFactory
}

async function phone(disk = new IDBFactory()): Promise<Phone> {
  vi.resetModules()
  globalThis.indexedDB = disk
  const sync = await import('../src/sync')
  sync.lendToSync({ signFact: (fact) => Promise.resolve({ ...fact, signature: `signed ${fact.id}` }) })
  return { sync, carry: await import('../src/carry/carry'), disk }
}

function use({ disk }: Phone): void {
  globalThis.indexedDB = disk
}

async function save({ sync }: Phone, person: string): Promise<string> {
  return (await sync.record(person, `by ${person}`, { kind: 'arrived', observed_at: '', manifest: null, lines: [], details: {} })).id
}

function receipt(id: string, verdict: Receipt['verdict'] = 'recorded'): Receipt {
  return { id, verdict, findings: [] }
}

let asked: { url: string; body: { person?: string; device?: string; facts: Fact[] } }[]

beforeEach(() => {
  asked = []
  vi.stubGlobal('fetch', (url: string, init: { body: string }) => {
    const body = JSON.parse(init.body) as { facts: Fact[] }
    asked.push({ url, body })
    return Promise.resolve(new Response(JSON.stringify({ receipts: body.facts.map(({ id }) => receipt(id)) }), { headers: { 'Content-Type': 'application/json' } }))
  })
})

afterEach(() => vi.unstubAllGlobals())

describe('a phone without a network', () => {
  it('exports every row of everybody, signed, and keeps them', async () => {
    const one = await phone()
    const ids = [await save(one, 'zhao'), await save(one, 'wang')]
    const file = await one.carry.exportFile(new Date(0))
    expect(file.rows.map((row) => [row.person, row.fact.id, row.fact.signature])).toEqual([
      ['zhao', ids[0], `signed ${ids[0]}`],
      ['wang', ids[1], `signed ${ids[1]}`],
    ])
    expect((await one.sync.outbox.pending()).length).toBe(2)
    expect(readFile(JSON.stringify(file))).toEqual(file)
  })

  it('gives its rows to another phone, which sends them on as they were made, once', async () => {
    const one = await phone()
    const ids = [await save(one, 'zhao'), await save(one, 'wang'), await save(one, 'wang')]
    const device = await one.sync.outbox.device()
    const text = JSON.stringify(await one.carry.exportFile())
    await one.sync.outbox.close()
    const other = await phone()
    expect(await other.carry.takeFile(text)).toEqual({ what: 'carried', count: 3 })
    expect(await other.carry.takeFile(text)).toEqual({ what: 'carried', count: 0 })
    await other.carry.sendCarried()
    const told = asked.filter(({ url }) => url.endsWith('/outbox-files')).map(({ body }) => [body.person, body.device, body.facts.length])
    expect(told.slice(0, 2)).toEqual([['zhao', device, 1], ['wang', device, 2]])
    expect(await other.sync.outbox.carried()).toEqual([])
    expect(asked.flatMap(({ body }) => body.facts).every((fact) => (fact as { signature?: string }).signature === `signed ${fact.id}`)).toBe(true)
    expect(await other.carry.takeFile(text)).toEqual({ what: 'carried', count: 0 })
    expect(ids).toHaveLength(3)
  })

  it('takes no file it made itself', async () => {
    const one = await phone()
    await save(one, 'zhao')
    expect(await one.carry.takeFile(JSON.stringify(await one.carry.exportFile()))).toEqual({ what: 'unfit', why: 'own' })
  })

  it('lets its rows go on receipts from the desk, and asks the server once more when it meets it', async () => {
    const one = await phone()
    const id = await save(one, 'zhao')
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')))
    const file = { format: 'wm-receipts', version: 1, made_at: '', receipts: [receipt(id, 'turned_away'), receipt('stranger')] }
    expect(await one.carry.takeFile(JSON.stringify(file))).toEqual({ what: 'receipts', count: 1 })
    expect(await one.sync.outbox.pending()).toEqual([])
    expect(await one.sync.receiptFor(id)).toMatchObject({ open: true, receipt: { verdict: 'turned_away' } })
    await vi.waitFor(() => expect(one.sync.sending.get().busy).toBe(false))
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ receipts: [receipt(id)] }), { headers: { 'Content-Type': 'application/json' } })))
    await one.sync.sendUnsent('zhao')
    await one.sync.lookAgain()
    expect(await one.sync.receiptFor(id)).toMatchObject({ open: false, receipt: { verdict: 'recorded' } })
    use(one)
  })
})

describe('a file', () => {
  const row = { person: 'p', device: 'd', about: '', saved_at: '', fact: { id: 'a' } }

  it.each([
    ['a picture', '\x89PNG', 'not_ours'],
    ['other JSON', '{"format": "other"}', 'not_ours'],
    ['a list', '[]', 'not_ours'],
    ['a file cut short', '{"format": "wm-outbox", "rows": [', 'broken'],
    ['a row that is none', JSON.stringify({ format: 'wm-outbox', version: 1, rows: [row, { fact: {} }] }), 'broken'],
    ['a verdict nobody knows', JSON.stringify({ format: 'wm-receipts', version: 1, receipts: [{ id: 'a', verdict: 'gone', findings: [] }] }), 'broken'],
    ['a newer version', JSON.stringify({ format: 'wm-outbox', version: 2, rows: [row] }), 'newer'],
    ['no rows', JSON.stringify({ format: 'wm-outbox', version: 1, rows: [], apart: [] }), 'empty'],
  ])('that is %s is not taken in, and says why', (_name, text, why) => {
    expect(readFile(text)).toBe(why)
  })

  it('goes in portions of one person and phone, in order, at most fifty', () => {
    const rows = Array.from({ length: 120 }, (_, n) => ({ ...row, person: n < 110 ? 'p' : 'q', fact: { id: String(n) } }))
    expect(portions(rows).map((one) => [one.person, one.facts.length])).toEqual([['p', 50], ['p', 50], ['p', 10], ['q', 10]])
    expect(portions(rows).flatMap((one) => one.facts.map((fact) => fact.id))).toEqual(rows.map((each) => each.fact.id))
  })
})
