import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LabelAnswer, Session } from '../../src/wire'
import { DRUM, P, packFor, sessionOf, T, T2, told } from './books'

const state = vi.hoisted(() => ({ session: null as Session | null }))
vi.mock('../../src/session', () => ({ currentSession: () => state.session }))

type Modules = [typeof import('../../src/pocket/pocket'), typeof import('../../src/pocket/ask'), typeof import('../../src/pocket/store'), typeof import('../../src/sync')]
let pocket: Modules[0]
let ask: Modules[1]
let store: Modules[2]
let sync: Modules[3]
let asked: { url: string; unless: string | null }[]

const zhao = sessionOf('zhao', T)

function json(body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status: 200, headers: { 'Content-Type': 'application/json', ...headers } })
}

function server(reply: (url: string) => Response | Promise<Response>): void {
  vi.stubGlobal('navigator', { onLine: true })
  vi.stubGlobal('fetch', async (url: string, init: { headers: Record<string, string> }) => {
    asked.push({ url, unless: init.headers['If-None-Match'] ?? null })
    return reply(url)
  })
}

function basement(): void {
  server(() => Promise.reject(new TypeError('no network')))
  vi.stubGlobal('navigator', { onLine: false })
}

async function load(): Promise<void> {
  vi.resetModules()
  ;[pocket, ask, store, sync] = await Promise.all([
    import('../../src/pocket/pocket'), import('../../src/pocket/ask'), import('../../src/pocket/store'), import('../../src/sync'),
  ])
}

async function packFrom(session: Session, change = {}): Promise<void> {
  state.session = session
  server(() => json(packFor(session.person.id, session.enterprise?.id ?? null, change), { ETag: 'W/"1"' }))
  expect(await pocket.refreshPack(session)).toBe('fresh')
}

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory()
  asked = []
  await load()
})

afterEach(async () => {
  await sync.outbox.close()
  await store.closeShelf()
  vi.unstubAllGlobals()
})

describe('the pocket', () => {
  it('answers in a basement as of the last time the park was heard, with the acts that are legal', async () => {
    await packFrom(zhao)
    basement()
    const answer = await ask.askAnyone('8ZNA-169C-PS-P')
    expect(answer).toMatchObject({ known: 'pocket', what: 'batch', batch: { id: 'drum', class: { code: '900-041-49' }, generator: P } })
    expect(Date.now() - Date.parse(answer.asOf ?? '')).toBeLessThan(5_000)
    expect(answer.batch?.next[0]).toMatchObject({ kind: 'picked_up', may: true, likely: true })
    const paper = await ask.askAnyone('park 2026 000001-x')
    expect(paper).toMatchObject({ what: 'manifest', manifest: { id: 'm' } })
    expect(paper.manifest?.next[0]).toMatchObject({ kind: 'picked_up', likely: true })
  })

  it('says of a label that is not this person\'s whose it is by the label, and keeps nothing of it', async () => {
    await packFrom(zhao)
    const problem = { code: 'not_found', zh: '无权查看', en: 'not yours to see' }
    server(() => json({ verdict: 'genuine', what: 'batch', problem, label: {}, batch: null, manifest: null, roll: null }))
    const answer = await ask.askAnyone('8ZNA-169C-PS-Q')
    expect(ask.isOthers(answer)).toBe(true)
    expect(answer).toMatchObject({ known: 'server', problem, batch: null, alone: null })
    expect(await pocket.knownLabel('8ZNA-169C-PS-Q')).toBeNull()
  })

  it('looks up a whole list, and waits for a silent park once and not for each', async () => {
    await packFrom(zhao)
    basement()
    const told = new Map<string, unknown>()
    await ask.askMany(['8ZNA-169C-PS-P', 'K7QF-2M9X-RT-C', 'AAAA-AAAA-AA-A'], (code, answer) => told.set(code, answer?.known))
    // Nobody could be asked about the third, so nothing is said of it.
    expect([...told]).toEqual([['8ZNA-169C-PS-P', 'pocket'], ['K7QF-2M9X-RT-C', 'pocket']])
    expect(asked.filter(({ url }) => url.includes('/labels/'))).toEqual([])
  })

  it('survives a restart of the app, and asks only for what has changed', async () => {
    await packFrom(zhao)
    await store.closeShelf()
    await load()
    server(() => new Response(null, { status: 304 }))
    expect(await pocket.refreshPack(zhao)).toBe('same')
    expect(asked.at(-1)).toEqual({ url: '/api/v1/pack', unless: 'W/"1"' })
    basement()
    expect((await ask.askAnyone('8ZNA-169C-PS-P')).batch?.id).toBe('drum')
  })

  it('shows nothing of it to somebody of another enterprise on the same phone', async () => {
    await packFrom(zhao)
    await pocket.remember({ verdict: 'genuine', what: 'batch', batch: null, manifest: null })
    state.session = sessionOf('wang', T2)
    basement()
    await expect(ask.askAnyone('8ZNA-169C-PS-P')).rejects.toThrow()
    await sync.record('zhao', 'drum', told('', 'picked_up'))
    expect(await pocket.unsentHere()).toEqual([])
  })

  it('counts in what a colleague of the same enterprise has not sent yet', async () => {
    await packFrom(sessionOf('li', T))
    await packFrom(zhao)
    await sync.record('li', 'drum', told('', 'picked_up'))
    basement()
    const answer = await ask.askAnyone('8ZNA-169C-PS-P')
    expect(answer.batch?.state).toBe('in_transit')
    expect(answer.unsent).toHaveLength(1)
  })

  it('lays an unsent record over what the park says too, and over that the next', async () => {
    await packFrom(zhao)
    const row = await sync.record('zhao', 'drum', told('', 'picked_up'))
    basement()
    const answer = await ask.askAnyone('8ZNA-169C-PS-P')
    expect(answer.batch).toMatchObject({ state: 'in_transit', last_fact: row.id })
    expect(answer.batch?.next.find((act) => act.likely)?.kind).toBe('arrived')
  })

  it('counts in what was told by a label before the pocket knew what it is on', async () => {
    await packFrom(zhao)
    await sync.record('zhao', 'drum', told('', 'picked_up', { manifest: null, lines: [{ label: 'label-drum' }] }))
    basement()
    const answer = await ask.askAnyone('8ZNA-169C-PS-P')
    expect(answer.batch?.state).toBe('in_transit')
    expect(answer.unsent).toHaveLength(1)
  })

  it('says that somebody was faster when the pocket is filled anew', async () => {
    await packFrom(zhao)
    await sync.record('zhao', 'drum', told('', 'picked_up'))
    await packFrom(zhao, { batches: [{ ...DRUM, state: 'in_transit', holder: 3, last_fact: 'theirs' }] })
    basement()
    expect((await ask.askAnyone('8ZNA-169C-PS-P')).overtaken).toMatchObject({ holder: T2, state: 'in_transit' })
  })

  it('keeps what was looked at, the longest unused going first', async () => {
    state.session = zhao
    const answer = (n: number): LabelAnswer => ({
      verdict: 'genuine', what: 'batch', manifest: null,
      batch: { id: `b${n}`, human_code: `C${n}`, label_text: null, class: null, grams: 1, measured: true, state: 'on_site', generator: T, holder: T, place: null, manifest: null, generated_at: '', last_fact: null, findings: [], next: [] },
    })
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
    for (let n = 0; n < store.SEEN_MAX + 5; n++) {
      vi.setSystemTime(n * 1000)
      await pocket.remember(answer(n))
      if (n === 50) await pocket.knownLabel('C0')
      if (n === store.SEEN_MAX) await pocket.knownLabel('C0')
    }
    vi.useRealTimers()
    expect(await pocket.knownLabel('C1')).toBeNull()
    expect((await pocket.knownLabel('C0'))?.answer.batch?.id).toBe('b0')
    expect((await pocket.knownLabel(`C${store.SEEN_MAX + 4}`))?.answer.batch?.id).toBe(`b${store.SEEN_MAX + 4}`)
  })

  it('throws itself away whole when it was of a version it does not know', async () => {
    const { openDB } = await import('idb')
    const newer = await openDB('pocket', 99, { upgrade: (db) => void db.createObjectStore('other') })
    newer.close()
    await packFrom(zhao)
    await packFrom(zhao, { version: 1 })
    server(() => json(packFor('zhao', 'T', { version: 2, batches: [] })))
    expect(await pocket.refreshPack(zhao)).toBe('unreachable')
    basement()
    expect((await ask.askAnyone('8ZNA-169C-PS-P')).batch?.id).toBe('drum')
  })

  it('does not keep the pack of somebody else that came because the log-in changed', async () => {
    state.session = zhao
    server(() => json(packFor('wang', 'T2')))
    expect(await pocket.refreshPack(zhao)).toBe('unreachable')
    basement()
    await expect(ask.askAnyone('8ZNA-169C-PS-P')).rejects.toThrow()
  })

  it('waits for a slow park no longer than a moment where it knows something itself', async () => {
    await packFrom(zhao)
    server(() => new Promise<Response>(() => undefined))
    const begun = performance.now()
    expect((await ask.askAnyone('8ZNA-169C-PS-P')).known).toBe('pocket')
    expect(performance.now() - begun).toBeLessThan(2_500)
  })

  it('believes the park where it answers, and keeps that for later', async () => {
    await packFrom(zhao)
    const known = await pocket.knownLabel('8ZNA-169C-PS-P')
    const batch = { ...known?.answer.batch, state: 'deposited', manifest: null }
    server(() => json({ verdict: 'genuine', what: 'batch', problem: null, label: null, batch, manifest: null }))
    expect(await ask.askAnyone('8ZNA-169C-PS-P')).toMatchObject({ known: 'server', batch: { state: 'deposited' } })
    await vi.waitFor(async () => expect((await pocket.knownLabel('8ZNA-169C-PS-P'))?.answer.batch?.state).toBe('deposited'))
  })
})
