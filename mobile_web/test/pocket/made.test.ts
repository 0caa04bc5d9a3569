import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { humanCode } from '../../src/scan/human'
import type { Draft } from '../../src/sync'
import type { Receipt, Session } from '../../src/wire'
import { vectors } from '../vectors'
import { D, DRUM, P, packFor, sessionOf, T } from './books'

// A drum under a roll's label and a manifest under a number of this phone, both told in a basement: what the pocket says
// of them there, and later.

const state = vi.hoisted(() => ({ session: null as Session | null }))
vi.mock('../../src/session', () => ({ currentSession: () => state.session }))

let ask: typeof import('../../src/pocket/ask')
let made: typeof import('../../src/pocket/made')
let pocket: typeof import('../../src/pocket/pocket')
let store: typeof import('../../src/pocket/store')
let sync: typeof import('../../src/sync')
let held: typeof import('../../src/make/held')

const li = sessionOf('li', P)
const LABEL = '01890000-1234-7000-8000-00000000abcd'
const CODE = humanCode(LABEL)
const RAGS = { scheme: 'CN-HW', edition: '2021', code: '900-041-49' }
const TEXT = (vectors('label') as { cases: { name: string; text: string }[] }).cases.find((each) => each.name === 'a manifest')?.text ?? ''
const NUMBER = { number: 'PARK-2026-000777-K', human_code: 'D2TA-XXSY-N9-S', label_text: TEXT, side: 21, dots: '1'.repeat(441) }
const BLOCK = {
  id: 'block', hazardous: true, until: '2099-01-01T00:00:00Z', treatment: 'D10', carriers: [T], receivers: [D], classes: [RAGS],
  numbers: [NUMBER, { ...NUMBER, number: 'PARK-2026-000778-M' }],
}

const drum = (change: Partial<Draft> = {}): Draft => ({
  kind: 'generated', observed_at: '2026-11-22T14:00:00+08:00', manifest: null, lines: [{ batch: 'new-drum', grams: 182_000, measured: true }],
  details: { class: RAGS, form: 'solid', container: 'drum', label: LABEL, store: 'shed' }, ...change,
})
const issued = (change: Partial<Draft> = {}): Draft => ({
  kind: 'manifest_issued', observed_at: '2026-11-22T15:00:00+08:00', manifest: 'new-paper', lines: [{ batch: 'new-drum', grams: 182_000, measured: true }],
  details: { number: NUMBER.number, carriers: [{ enterprise: 'T', plate: '京A1' }], receiver: 'D', treatment: 'D10' }, ...change,
})

function online(reply: (url: string) => Response | Promise<Response>): void {
  vi.stubGlobal('navigator', { onLine: true })
  vi.stubGlobal('fetch', async (url: string) => reply(url))
}

function basement(): void {
  online(() => Promise.reject(new TypeError('no network')))
  vi.stubGlobal('navigator', { onLine: false })
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}

async function packFrom(session: Session, change = {}): Promise<void> {
  state.session = session
  const stores = [{ id: 'shed', name_zh: '一号库', name_en: 'Shed 1' }]
  online(() => json(packFor(session.person.id, session.enterprise?.id ?? null, { manifests: [], batches: [], stores, ...change })))
  expect(await pocket.refreshPack(session)).toBe('fresh')
}

/** The phone was given numbers while it had a network. */
async function given(session: Session): Promise<void> {
  online((url) => json(url.includes('/held') ? { as_of: '2026-11-22T06:00:00Z', items: [BLOCK] } : { items: [] }))
  await held.refreshHeld(session)
}

async function heard(id: string, verdict: Receipt['verdict'] = 'recorded'): Promise<void> {
  await sync.outbox.settle([{ id, verdict, findings: [] }])
}

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory()
  vi.resetModules()
  ;[ask, made, pocket, store, sync, held] = await Promise.all([
    import('../../src/pocket/ask'), import('../../src/pocket/made'), import('../../src/pocket/pocket'), import('../../src/pocket/store'), import('../../src/sync'), import('../../src/make/held'),
  ])
})

afterEach(async () => {
  await sync.outbox.close()
  await store.closeShelf()
  vi.unstubAllGlobals()
})

describe('a drum made in a basement', () => {
  it('is found by its label and its code, with what is known of it and what may be done', async () => {
    await packFrom(li)
    const row = await sync.record('li', 'drum', drum())
    basement()
    const answer = await ask.askAnyone(CODE.toLowerCase())
    expect(answer).toMatchObject({ known: 'pocket', what: 'batch', asOf: null, alone: null })
    expect(answer.batch).toMatchObject({
      id: 'new-drum', human_code: CODE, grams: 182_000, measured: true, state: 'on_site', container: 'drum', class: { name_en: 'Oily rags' }, generator: P, holder: P,
      place: { name_en: 'Shed 1' }, last_fact: row.id,
    })
    expect(answer.unsent.map((fact) => fact.id)).toEqual([row.id])
    expect(answer.batch?.next.filter((act) => act.may && act.why === null).map((act) => act.kind)).toEqual(expect.arrayContaining(['weighed', 'stored', 'split']))
  })

  it('is as the next record of this phone leaves it: weighed again, on a truck', async () => {
    await packFrom(li)
    await sync.record('li', 'drum', drum())
    const weighed = await sync.record('li', 'drum', { ...drum(), kind: 'weighed', lines: [{ batch: 'new-drum', grams: 181_500, measured: true }], details: {} })
    basement()
    expect((await ask.askAnyone(CODE)).batch).toMatchObject({ grams: 181_500, last_fact: weighed.id })
    expect((await made.onHandHere()).map((batch) => [batch.id, batch.grams])).toEqual([['new-drum', 181_500]])
  })

  it('is named by a class this phone used, where the pack does not have it', async () => {
    await packFrom(li, { classes: [] })
    await held.rememberClass(li, { ...RAGS, name_zh: '含油抹布', name_en: 'Oily rags', hazardous: true, verified: true })
    await sync.record('li', 'drum', drum())
    basement()
    expect((await ask.askAnyone(CODE)).batch?.class).toMatchObject({ hazardous: true })
  })

  it('is found too while the park takes its label for a blank one', async () => {
    await packFrom(li)
    await sync.record('li', 'drum', drum())
    online(() => json({ verdict: 'genuine', what: 'roll', problem: null, roll: { id: 'r', mine: true, used: false }, batch: null, manifest: null }))
    expect(await ask.askAnyone(CODE)).toMatchObject({ what: 'batch', batch: { id: 'new-drum' } })
  })

  it('stays known when the park has it, until the park has told of it', async () => {
    await packFrom(li)
    const row = await sync.record('li', 'drum', drum())
    await heard(row.id)
    basement()
    const answer = await ask.askAnyone(CODE)
    expect(answer).toMatchObject({ batch: { id: 'new-drum' }, unsent: [] })
    expect(answer.asOf).not.toBeNull()
    await new Promise((resolve) => setTimeout(resolve, 5))
    // The park's word counts from then on, and what it no longer lists is not here either.
    await packFrom(li)
    basement()
    await expect(ask.askAnyone(CODE)).rejects.toThrow()
  })

  it('is not there where its record was turned away, and its own person is told so', async () => {
    await packFrom(li)
    const row = await sync.record('li', 'drum', drum())
    await heard(row.id, 'turned_away')
    basement()
    await expect(ask.askAnyone(CODE)).rejects.toThrow()
    expect(await made.beginningOf(CODE, null)).toEqual({ id: row.id, kind: 'generated', odd: true })
    expect(await made.onHandHere()).toEqual([])
  })

  it('is a colleague’s too, and nobody else’s on the same phone', async () => {
    await packFrom(sessionOf('chen', P))
    await packFrom(li)
    await packFrom(sessionOf('zhao', T))
    await sync.record('li', 'drum', drum())
    await sync.record('li', 'paper', issued())
    basement()
    state.session = sessionOf('chen', P)
    expect((await ask.askAnyone(CODE)).batch?.id).toBe('new-drum')
    state.session = sessionOf('zhao', T)
    await expect(ask.askAnyone(CODE)).rejects.toThrow()
    await expect(ask.askAnyone(NUMBER.number)).rejects.toThrow()
    expect(await made.beginningOf(NUMBER.number, 'new-paper')).toBeNull()
    expect(await made.onHandHere()).toEqual([])
    expect(await ask.paperFor('new-paper', 'pocket')).toBeNull()
  })
})

describe('a manifest issued in a basement', () => {
  it('is found by its number and code, with its lines, carriers and receiver', async () => {
    await packFrom(li)
    await given(li)
    const [block] = (await held.heldBlocks(li))?.blocks ?? []
    if (!block) throw new Error('no numbers')
    expect(await held.takeNumber(li, block)).toEqual(NUMBER)
    await sync.record('li', 'drum', drum())
    const row = await sync.record('li', 'paper', issued())
    basement()
    for (const code of [NUMBER.number, 'park 2026 000777 k', NUMBER.human_code, TEXT.slice(-160)]) {
      const answer = await ask.askAnyone(code)
      expect(answer.manifest, code).toMatchObject({
        id: 'new-paper', number: NUMBER.number, state: 'issued', hazardous: true, generator: P, receiver: D, treatment: 'D10', label_text: TEXT,
        carriers: [{ leg: 1, party: T, plate: '京A1', what: 'carrier' }], lines: [{ planned_grams: 182_000, batch: { id: 'new-drum', state: 'reserved' } }],
      })
      expect(answer.manifest?.next.find((act) => act.likely)?.kind).toBe('picked_up')
    }
    const batch = await ask.askAnyone(CODE)
    expect(batch.batch).toMatchObject({ state: 'reserved', manifest: { id: 'new-paper', number: NUMBER.number }, last_fact: row.id })
    expect(batch.unsent).toHaveLength(2)
    expect(await ask.paperFor('new-paper', 'pocket')).toMatchObject({ receiver: D })
    expect(await made.onHandHere()).toEqual([])
  })

  it('takes along what the pack had on hand, and is picked up from there', async () => {
    const free = { ...DRUM, state: 'on_site' as const, manifest: null }
    await packFrom(li, { batches: [free] })
    expect((await made.onHandHere()).map((batch) => batch.id)).toEqual(['drum'])
    await sync.record('li', 'paper', issued({ lines: [{ batch: 'drum', grams: 200_000, measured: true }] }))
    await sync.record('li', 'load', { ...issued(), kind: 'picked_up', lines: [{ batch: 'drum' }], details: { plate: '京A1', carrier: 'T' } })
    basement()
    expect(await made.onHandHere()).toEqual([])
    expect((await ask.askAnyone(DRUM.human_code ?? '')).batch).toMatchObject({ state: 'in_transit', holder: T, manifest: { number: NUMBER.number, state: 'under_way' } })
  })

  it('is found too while the park has not heard of its number', async () => {
    await packFrom(li)
    await sync.record('li', 'drum', drum())
    await sync.record('li', 'paper', issued())
    online(() => json({ status: 404, code: 'manifest_number_unknown', zh: '', en: '' }, 404))
    expect(await ask.askAnyone(NUMBER.number)).toMatchObject({ manifest: { id: 'new-paper' } })
    expect(await ask.paperFor('new-paper', 'server')).toMatchObject({ id: 'new-paper' })
  })

  it('that waits at the park for a batch is still here; a fresh pack alone does not take it away', async () => {
    await packFrom(li)
    const own = await sync.record('li', 'drum', drum())
    const row = await sync.record('li', 'paper', issued())
    await heard(own.id)
    await heard(row.id, 'waiting')
    await new Promise((resolve) => setTimeout(resolve, 5))
    await packFrom(li, { batches: [{ ...DRUM, id: 'new-drum', label_id: LABEL, human_code: CODE, state: 'on_site', manifest: null, last_fact: own.id }] })
    basement()
    expect((await ask.askAnyone(NUMBER.number)).manifest).toMatchObject({ id: 'new-paper', lines: [{ batch: { state: 'reserved' } }] })
    expect(await made.beginningOf(NUMBER.number, null)).toEqual({ id: row.id, kind: 'manifest_issued', odd: true })
  })
})
