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
    expect(await sync.sendUnsent(ME)).toEqual({ status: 'unreachable', waits: 'silent' })
    expect((await sync.outbox.counts(ME)).own).toBe(1)
    serverThat((facts) => receipts(facts, 'already_recorded'))
    expect(await sync.sendUnsent(ME)).toEqual({ status: 'sent' })
    expect(requests.map((facts) => facts.map((fact) => fact.id))).toEqual([[id], [id]])
    expect((await sync.receiptFor(id ?? ''))?.receipt.verdict).toBe('already_recorded')
  })

  it('where the phone says it has no network, tries once a minute and not with every record', async () => {
    vi.stubGlobal('navigator', { onLine: false })
    serverThat(() => Promise.reject(new TypeError('no network')))
    const [first] = await save(1)
    expect(await sync.sendUnsent(ME)).toEqual({ status: 'unreachable', waits: 'offline' })
    const others = await save(2)
    expect(await sync.sendUnsent(ME)).toEqual({ status: 'unreachable', waits: 'offline' })
    expect(requests).toHaveLength(1)
    // Some phones say so wrongly.
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000)
    serverThat(receipts)
    expect(await sync.sendUnsent(ME)).toEqual({ status: 'sent' })
    vi.restoreAllMocks()
    expect(requests.map((facts) => facts.map((fact) => fact.id))).toEqual([[first], [first, ...others]])
  })

  it('sends at once when the network is back', async () => {
    vi.stubGlobal('navigator', { onLine: false })
    serverThat(() => Promise.reject(new TypeError('no network')))
    await save(1)
    await sync.sendUnsent(ME)
    vi.stubGlobal('navigator', { onLine: true })
    serverThat(receipts)
    expect(await sync.sendUnsent(ME)).toEqual({ status: 'sent' })
  })

  it.each([
    ['the page of a captive portal', 'portal', () => new Response('<html>', { status: 200, headers: { 'Content-Type': 'text/html' } })],
    ['a redirect to a log-in page', 'portal', () => new Response(null, { status: 302, headers: { Location: 'https://portal.example/' } })],
    ['a refusal in HTML', 'portal', () => new Response('<html>', { status: 403 })],
    ['an error page', 'server', () => new Response('<html>', { status: 502 })],
    ['a failure of the server', 'server', () => json({ code: 'internal_error', status: 500 }, 500)],
    ['too many at once', 'server', () => json({ code: 'slow_down', status: 429 }, 429)],
    ['nothing', 'garbled', () => new Response(null, { status: 204 })],
    ['JSON cut short', 'garbled', () => new Response('{"receipts": [', { status: 200, headers: { 'Content-Type': 'application/json' } })],
    ['JSON of somebody else', 'garbled', () => json([1, 2])],
    ['receipts for others', 'garbled', () => json({ receipts: [{ id: 'x', verdict: 'recorded', findings: [] }] })],
  ])('keeps the row when the answer is %s, and says what it waits for', async (_name, waits, reply) => {
    const [id] = await save(1)
    serverThat(reply)
    expect(await sync.sendUnsent(ME)).toEqual({ status: 'unreachable', waits })
    expect(requests).toHaveLength(1)
    expect((await sync.outbox.counts(ME)).own).toBe(1)
    expect(await sync.outbox.rowOf(id ?? '')).toMatchObject({ attempts: 1, heard: { what: waits } })
    expect(sync.sending.get()).toMatchObject({ busy: false, waits })
  })

  it('keeps a row whose verdict this app does not know', async () => {
    await save(1)
    serverThat((facts) => json({ receipts: facts.map(({ id }) => ({ id, verdict: 'perhaps', findings: [] })) }))
    expect(await sync.sendUnsent(ME)).toEqual({ status: 'unreachable', waits: 'garbled' })
    expect((await sync.outbox.counts(ME)).own).toBe(1)
  })

  it('takes the receipts that came and sends the rest again', async () => {
    const ids = await save(3)
    serverThat((facts) => receipts(facts.slice(0, 2)))
    expect(await sync.sendUnsent(ME)).toEqual({ status: 'sent' })
    expect(requests.map((facts) => facts.map((fact) => fact.id))).toEqual([ids, [ids[2]]])
  })

  it('does not let one row the server cannot read hold up the others', async () => {
    const ids = await save(3)
    const problem = { code: 'field_malformed', status: 422, zh: '', en: '' }
    serverThat((facts) => (facts.some((fact) => fact.id === ids[1]) ? json(problem, 422) : receipts(facts)))
    const result = await sync.sendUnsent(ME)
    expect(result).toMatchObject({ status: 'refused', ids: [ids[1]], problem: { code: 'field_malformed' } })
    expect((await sync.outbox.pending()).map((row) => row.id)).toEqual([ids[1]])
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
    expect(sync.sending.get().login).toEqual(['wang'])
  })

  it('sends everybody’s facts, each with their own key, in the order they were made', async () => {
    const bearers: unknown[] = []
    sync.lendToSync({ bearerFor: (person) => Promise.resolve(person === 'li' ? null : `wms_${person}`) })
    vi.stubGlobal('fetch', (_url: string, init: { body: string; headers: Record<string, string>; credentials: string }) => {
      const { facts } = JSON.parse(init.body) as { facts: Fact[] }
      bearers.push([init.headers['Authorization'], init.credentials, facts.map((fact) => fact.counter)])
      return Promise.resolve(receipts(facts))
    })
    for (const [person, count] of [['zhao', 2], ['li', 1], ['wang', 2], ['zhao', 1]] as const) await save(count, person)
    expect(await sync.sendUnsent('wang')).toEqual({ status: 'sent' })
    expect(bearers).toEqual([
      ['Bearer wms_zhao', 'omit', [1, 2]],
      ['Bearer wms_wang', 'omit', [4, 5]],
      ['Bearer wms_zhao', 'omit', [6]],
    ])
    expect((await sync.outbox.pending()).map((row) => row.person)).toEqual(['li'])
    expect(sync.sending.get().login).toEqual(['li'])
  })

  it('one person’s key that is no longer good holds up nobody else', async () => {
    sync.lendToSync({ bearerFor: (person) => Promise.resolve(`wms_${person}`) })
    await save(1, 'zhao')
    await save(1, 'wang')
    vi.stubGlobal('fetch', (_url: string, init: { body: string; headers: Record<string, string> }) => {
      const { facts } = JSON.parse(init.body) as { facts: Fact[] }
      return Promise.resolve(init.headers['Authorization'] === 'Bearer wms_zhao' ? json({ code: 'key_unknown', status: 401 }, 401) : receipts(facts))
    })
    expect(await sync.sendUnsent('wang')).toEqual({ status: 'sent' })
    expect(await sync.sendUnsent('zhao')).toEqual({ status: 'signed_out' })
    expect((await sync.outbox.pending()).map((row) => row.person)).toEqual(['zhao'])
  })

  it('sends what the device has signed, and stays below what a server takes', async () => {
    sync.lendToSync({ signFact: (fact) => Promise.resolve({ ...fact, signature: 's'.repeat(300_000) }) })
    await save(5)
    serverThat(receipts)
    await sync.sendUnsent(ME)
    expect(requests.map((facts) => facts.length)).toEqual([3, 2])
    expect((requests[0]?.[0] as { signature?: string }).signature).toHaveLength(300_000)
  })

  it('stops at a refusal that is about the person, and does not ask row by row', async () => {
    await save(3)
    serverThat(() => json({ code: 'role_may_not', status: 403, zh: '', en: '' }, 403))
    expect(await sync.sendUnsent(ME)).toMatchObject({ status: 'refused', problem: { code: 'role_may_not' } })
    expect(requests).toHaveLength(1)
  })

  it('asks again for what waits at the server', async () => {
    const [id] = await save(1)
    serverThat((facts) => receipts(facts, 'waiting'))
    await sync.sendUnsent(ME)
    serverThat((facts) => receipts(facts, 'already_recorded'))
    await sync.lookAgain()
    expect((await sync.receiptFor(id ?? ''))?.receipt.verdict).toBe('already_recorded')
    await sync.lookAgain()
    expect(requests).toHaveLength(2)
  })

  it('lets only one tab send where the browser has no locks', async () => {
    vi.stubGlobal('navigator', {})
    await save(1)
    serverThat(receipts)
    expect(await sync.outbox.lease('another-tab', 60_000)).toBe(true)
    await sync.sendUnsent(ME)
    expect(requests).toHaveLength(0)
    expect(sync.sending.get().waits).toBe('other_tab')
    await sync.outbox.leave('another-tab')
    await sync.sendUnsent(ME)
    expect(requests).toHaveLength(1)
  })

  it('waits longer each time, up to five minutes, never quite as long as the others', () => {
    expect([0, 1, 5, 30].map((n) => sync.pauseAfter(n, 1))).toEqual([1_000, 2_000, 32_000, 300_000])
    expect(sync.pauseAfter(30, 0)).toBe(150_000)
  })

  it('what rides along comes after the facts, and never holds them up', async () => {
    const order: string[] = []
    sync.alsoSend(() => {
      order.push('photo')
      return new Promise(() => undefined)
    })
    await save(1)
    serverThat((facts) => {
      order.push('facts')
      return receipts(facts)
    })
    await sync.sendUnsent(ME)
    await save(1)
    await sync.sendUnsent(ME)
    expect(order).toEqual(['facts', 'photo', 'facts'])
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
