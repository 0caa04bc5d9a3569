import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Fact, Receipt } from '../src/wire'

type Sync = typeof import('../src/sync')
type Reply = (facts: Fact[]) => Response | Promise<Response>

const ME = 'zhao'
let sync: Sync
let requests: Fact[][]

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}

function receipts(facts: Fact[], verdict: Receipt['verdict'] = 'recorded'): Response {
  return json({ received_at: '', clock_skew_s: 0, receipts: facts.map(({ id }) => ({ id, verdict, findings: [] })) })
}

function serverThat(reply: Reply): void {
  vi.stubGlobal('fetch', async (url: string, init: { body: string }) => {
    expect(url).toBe('/api/v1/sync')
    const { facts } = JSON.parse(init.body) as { facts: Fact[] }
    requests.push(facts)
    return reply(facts)
  })
}

async function save(count: number, person = ME): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) {
    const row = await sync.record(person, 'a', { kind: 'arrived', observed_at: '', manifest: null, lines: [], details: {} })
    ids.push(row.id)
  }
  return ids
}

beforeEach(async () => {
  vi.resetModules()
  globalThis.indexedDB = new IDBFactory()
  requests = []
  sync = await import('../src/sync')
})

afterEach(async () => {
  await sync.outbox.close()
  vi.unstubAllGlobals()
})

describe('sending facts', () => {
  it('sends oldest first, at most 50 a request, until nothing is left', async () => {
    const ids = await save(120)
    serverThat(receipts)
    expect(await sync.sendUnsent(ME)).toEqual({ status: 'sent' })
    expect(requests.map((facts) => facts.length)).toEqual([50, 50, 20])
    expect(requests.flat().map((fact) => fact.id)).toEqual(ids)
    expect(requests.flat().map((fact) => fact.counter)).toEqual(ids.map((_, n) => n + 1))
  })

  it('keeps the row when no answer comes, and sends the same fact again', async () => {
    const [id] = await save(1)
    serverThat(() => Promise.reject(new TypeError('no network')))
    expect(await sync.sendUnsent(ME)).toEqual({ status: 'unreachable' })
    expect((await sync.outbox.counts(ME)).own).toBe(1)
    serverThat((facts) => receipts(facts, 'already_recorded'))
    expect(await sync.sendUnsent(ME)).toEqual({ status: 'sent' })
    expect(requests.map((facts) => facts.map((fact) => fact.id))).toEqual([[id], [id]])
    expect((await sync.receiptFor(id ?? ''))?.receipt.verdict).toBe('already_recorded')
  })

  it.each([
    ['HTML from a captive portal', () => new Response('<html>', { status: 200 })],
    ['an error page', () => new Response('<html>', { status: 502 })],
    ['nothing', () => new Response(null, { status: 204 })],
    ['receipts for others', () => json({ receipts: [{ id: 'x', verdict: 'recorded', findings: [] }] })],
  ])('keeps the row when the answer is %s', async (_name, reply) => {
    await save(1)
    serverThat(reply)
    expect((await sync.sendUnsent(ME)).status).toBe('unreachable')
    expect(requests).toHaveLength(1)
    expect((await sync.outbox.counts(ME)).own).toBe(1)
  })

  it('does not let one row the server cannot read hold up the others', async () => {
    const ids = await save(3)
    const problem = { code: 'field_malformed', status: 422, zh: '', en: '' }
    serverThat((facts) => (facts.some((fact) => fact.id === ids[1]) ? json(problem, 422) : receipts(facts)))
    const result = await sync.sendUnsent(ME)
    expect(result).toMatchObject({ status: 'refused', ids: [ids[1]], problem: { code: 'field_malformed' } })
    expect((await sync.outbox.oldest(ME, 50)).map((row) => row.id)).toEqual([ids[1]])
  })

  it('says so when the session has ended, and keeps everything', async () => {
    await save(2)
    serverThat(() => json({ code: 'not_logged_in', status: 401 }, 401))
    expect(await sync.sendUnsent(ME)).toEqual({ status: 'signed_out' })
    expect((await sync.outbox.counts(ME)).own).toBe(2)
  })

  it('sends nobody else’s facts', async () => {
    await save(1, 'wang')
    serverThat(receipts)
    await sync.sendUnsent(ME)
    expect(requests).toEqual([])
  })

  it('sends once when asked twice at the same moment', async () => {
    await save(1)
    serverThat(receipts)
    await Promise.all([sync.sendUnsent(ME), sync.sendUnsent(ME)])
    expect(requests).toHaveLength(1)
  })

  it.each(['conflict', 'waiting', 'turned_away', 'quarantined'] as const)('takes %s as an answer: the row leaves', async (verdict) => {
    const [id] = await save(1)
    serverThat((facts) => receipts(facts, verdict))
    await sync.sendUnsent(ME)
    expect((await sync.outbox.counts(ME)).own).toBe(0)
    expect((await sync.receiptFor(id ?? ''))?.receipt.verdict).toBe(verdict)
  })
})
