import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { openDB } from 'idb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HeldBlock } from '../src/make/held'
import { P, sessionOf, T } from './pocket/books'

// Numbers and labels a phone holds: what was used is known for ever, by whichever version of the app it was used.

let held: typeof import('../src/make/held')
let asked: string[]
const li = sessionOf('li', P)

const number = (text: string) => ({ number: text, human_code: `C${text}`, label_text: `L${text}`, side: 1, dots: '1' })
const block = (...numbers: string[]): HeldBlock => ({ id: 'b', hazardous: false, until: '2099-01-01T00:00:00Z', treatment: 'D10', carriers: [T], receivers: [], classes: [], numbers: numbers.map(number) })

function park(blocks: HeldBlock[]): void {
  vi.stubGlobal('navigator', { onLine: true })
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url.split('?')[0] ?? url)
    const body = url.includes('/held') ? { as_of: '2026-11-22T06:00:00Z', items: blocks } : url.endsWith('/label-rolls') ? { items: [{ id: 'roll', open: 1 }, { id: 'old', open: 0 }] } : { labels: [{ id: 'l1', human_code: 'AAAA', batch: null }, { id: 'l2', human_code: 'BBBB', batch: 'x' }] }
    return Promise.resolve(new Response(JSON.stringify(body), { status: 200, headers: { 'Content-Type': 'application/json' } }))
  })
}

async function ofEarlierApp(kept: Record<string, unknown>): Promise<void> {
  const db = await openDB('held', 1, { upgrade: (fresh) => void fresh.createObjectStore('kept') })
  for (const [name, value] of Object.entries(kept)) await db.put('kept', value, name)
  db.close()
}

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory()
  asked = []
  vi.resetModules()
  held = await import('../src/make/held')
})

afterEach(() => vi.unstubAllGlobals())

describe('what a phone holds', () => {
  it('a number is given once, and its code is there after the park lists it no more', async () => {
    park([block('N-1', 'N-2')])
    await held.refreshHeld(li)
    const [first] = (await held.heldBlocks(li))?.blocks ?? []
    if (!first) throw new Error('no numbers')
    // Two tabs at once.
    const [one, other] = await Promise.all([held.takeNumber(li, first), held.takeNumber(li, first)])
    expect([one?.number, other?.number].sort()).toEqual(['N-1', 'N-2'])
    expect(await held.takeNumber(li, first)).toBeNull()
    park([])
    await held.refreshHeld(li)
    expect((await held.heldNumbers(li)).map((each) => [each.number, each.label_text])).toEqual([['N-1', 'LN-1'], ['N-2', 'LN-2']])
    expect(await held.heldNumbers(sessionOf('zhao', T))).toEqual([])
  })

  it('keeps what an earlier app used, and drops what it kept beside the pocket', async () => {
    await ofEarlierApp({ used: ['N-1'], taken: ['l9'], roadside: { a: 1 }, 'held P': { as_of: '', items: [block('N-1', 'N-2')] }, 'batches P': [{}], 'made P': [{}], shipped: ['b'] })
    expect((await held.heldBlocks(li))?.blocks[0]?.numbers.map((each) => each.number)).toEqual(['N-2'])
    expect(await held.takenLabels()).toEqual(['l9'])
    park([block('N-1', 'N-2')])
    await held.refreshHeld(li)
    expect((await held.heldBlocks(li))?.blocks[0]?.numbers.map((each) => each.number)).toEqual(['N-2'])
    expect(await held.kept('roadside')).toEqual({ a: 1 })
    expect([await held.kept('batches P'), await held.kept('made P'), await held.kept('shipped')]).toEqual([null, null, null])
  })

  it('asks for numbers and labels only, and not again at once', async () => {
    park([])
    await Promise.all([held.refreshHeld(li, 60_000), held.refreshHeld(li, 60_000)])
    expect(asked).toEqual(['/api/v1/number-blocks/held', '/api/v1/label-rolls', '/api/v1/label-rolls/roll'])
    expect([await held.rollLabel(li, 'AAAA'), await held.rollLabel(li, 'BBBB')]).toEqual(['l1', null])
    await held.refreshHeld({ ...li, person: { ...li.person, role: 'regulator' } })
    expect(asked).toHaveLength(3)
  })

  it('a label is taken once however often it is told', async () => {
    await held.takeLabel('l1')
    await held.takeLabel('l1')
    expect(await held.takenLabels()).toEqual(['l1'])
  })

  it('offers eight classes, and remembers more', async () => {
    for (let n = 0; n < 12; n++) await held.rememberClass(li, { scheme: 'S', edition: '1', code: `${n}`, name_zh: '', name_en: '', hazardous: false, verified: true })
    expect((await held.recentClasses(li)).map((each) => each.code)).toEqual(['11', '10', '9', '8', '7', '6', '5', '4'])
    expect(await held.usedClasses(li)).toHaveLength(12)
  })
})
