import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Fact, Receipt, Verdict } from '../src/wire'

// Whatever happens in whatever order: no fact is lost, none is booked twice, none leaves without its receipt, and each
// person's facts reach the server in the order they were made. Checked against a server that is a list.

type Sync = typeof import('../src/sync')

const PEOPLE = ['zhao', 'wang', 'li'] as const

/** What the network does to one request. */
type Fault = 'none' | 'lost' | 'answer lost' | 'answer doubled' | 'answer shuffled' | 'answer of the last request' | 'half an answer' | 'html' | '500' | 'redirect' | '401'

const FAULTS: readonly Fault[] = ['none', 'lost', 'answer lost', 'answer doubled', 'answer shuffled', 'answer of the last request', 'half an answer', 'html', '500', 'redirect', '401']

interface Server {
  /** Facts in the order they were booked, with who told them. */
  log: { id: string; person: string; counter: number }[]
  verdicts: Map<string, Verdict>
  last: Receipt[]
}

type Step =
  | { do: 'add'; tab: 0 | 1; person: number; verdict: Verdict }
  | { do: 'send'; tab: 0 | 1; faults: Fault[] }
  | { do: 'both'; faults: Fault[] }
  | { do: 'crash'; tab: 0 | 1 }
  | { do: 'unlock'; people: boolean[] }

const verdict = fc.constantFrom<Verdict>('recorded', 'recorded', 'recorded', 'conflict', 'turned_away', 'quarantined', 'waiting')
const faults = fc.array(fc.constantFrom(...FAULTS), { maxLength: 4 })
const tab = fc.constantFrom(0 as const, 1 as const)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('add' as const), tab, person: fc.integer({ min: 0, max: 2 }), verdict }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), tab, faults }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('both' as const), faults }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), tab }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unlock' as const), people: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }) }) },
)

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}

function answerOf(server: Server, person: string, facts: Fact[]): Receipt[] {
  return facts.map((fact) => {
    const known = server.log.some((one) => one.id === fact.id)
    if (!known) server.log.push({ id: fact.id, person, counter: fact.counter ?? 0 })
    const wanted = server.verdicts.get(fact.id) ?? 'recorded'
    return { id: fact.id, verdict: known && wanted === 'recorded' ? 'already_recorded' : wanted, findings: [] }
  })
}

function reply(server: Server, fault: Fault, person: string, facts: Fact[]): Response {
  if (fault === 'lost') throw new TypeError('no network')
  if (fault === 'html') return new Response('<html>', { headers: { 'Content-Type': 'text/html' } })
  if (fault === '500') return json({ code: 'internal_error', status: 500 }, 500)
  if (fault === 'redirect') return new Response(null, { status: 302, headers: { Location: '/portal' } })
  if (fault === '401') return json({ code: 'key_unknown', status: 401 }, 401)
  const answer = answerOf(server, person, facts)
  const before = server.last
  server.last = answer
  if (fault === 'answer lost') throw new TypeError('the answer was lost')
  const receipts = {
    'answer doubled': [...answer, ...answer],
    'answer shuffled': [...answer].reverse(),
    'answer of the last request': before,
    'half an answer': answer.slice(0, Math.ceil(answer.length / 2)),
    none: answer,
  }[fault]
  return json({ received_at: '', clock_skew_s: 0, receipts })
}

function connect(server: Server, faultsToCome: Fault[]): void {
  vi.stubGlobal('fetch', async (_url: string, init: { body: string; headers: Record<string, string> }) => {
    const { facts } = JSON.parse(init.body) as { facts: Fact[] }
    await Promise.resolve()
    return reply(server, faultsToCome.shift() ?? 'none', init.headers['Authorization']?.slice('Bearer wms_'.length) ?? '', facts)
  })
}

/** Another tab, or the same after a crash: every module anew, on the same disk. */
async function openTab(unlocked: Set<string>): Promise<Sync> {
  vi.resetModules()
  const sync = await import('../src/sync')
  sync.lendToSync({ bearerFor: (person) => Promise.resolve(unlocked.has(person) ? `wms_${person}` : null) })
  return sync
}

interface Made {
  id: string
  person: string
}

async function play(steps: readonly Step[], locks: boolean): Promise<{ server: Server; made: Made[]; sync: Sync }> {
  globalThis.indexedDB = new IDBFactory()
  if (!locks) vi.stubGlobal('navigator', {})
  const server: Server = { log: [], verdicts: new Map(), last: [] }
  const unlocked = new Set<string>(PEOPLE)
  const tabs: [Sync, Sync] = [await openTab(unlocked), await openTab(unlocked)]
  const made: Made[] = []
  for (const one of steps) {
    if (one.do === 'add') {
      const person = PEOPLE[one.person] ?? 'zhao'
      const row = await tabs[one.tab].record(person, 'x', { kind: 'arrived', observed_at: '', manifest: null, lines: [], details: {} })
      made.push({ id: row.id, person })
      server.verdicts.set(row.id, one.verdict)
    } else if (one.do === 'send') {
      connect(server, [...one.faults])
      await tabs[one.tab].sendUnsent()
    } else if (one.do === 'both') {
      connect(server, [...one.faults])
      await Promise.all(tabs.map((each) => each.sendUnsent()))
    } else if (one.do === 'crash') {
      // Sending is cut off wherever it is, and nothing is closed in order.
      connect(server, ['answer lost', 'answer lost'])
      void tabs[one.tab].sendUnsent().catch(() => undefined)
      tabs[one.tab] = await openTab(unlocked)
    } else {
      unlocked.clear()
      PEOPLE.forEach((person, index) => one.people[index] === true && unlocked.add(person))
    }
    await nothingIsLost(server, made, tabs[0])
  }
  connect(server, [])
  for (const person of PEOPLE) unlocked.add(person)
  const sync = tabs[1]
  // A lease of a tab that crashed runs out by itself; a person would wait that minute.
  for (let round = 0; round < 3; round++) await settleDown(sync)
  return { server, made, sync }
}

async function settleDown(sync: Sync): Promise<void> {
  await sync.sendUnsent()
  if (sync.sending.get().waits !== 'other_tab') return
  const now = Date.now()
  vi.spyOn(Date, 'now').mockReturnValue(now + 120_000)
  await sync.sendUnsent()
  vi.restoreAllMocks()
}

/** At every moment each fact is in the queue, or answered by the server that has it. */
async function nothingIsLost(server: Server, made: readonly Made[], sync: Sync): Promise<void> {
  const waiting = new Set((await sync.outbox.pending()).map((row) => row.id))
  for (const { id } of made) {
    const settled = await sync.outbox.receiptOf(id)
    if (settled) {
      expect(server.log.some((one) => one.id === id)).toBe(true)
      expect(settled.receipt.id).toBe(id)
    } else expect(waiting.has(id)).toBe(true)
  }
}

afterEach(() => vi.unstubAllGlobals())

describe.each([
  ['with locks', true],
  ['without locks', false],
])('for every order of adding, sending, faults, crashes, two tabs and people coming and going, %s', (_name, locks) => {
  it('nothing is lost, doubled, or let go without a receipt, and each one’s order is kept', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const { server, made, sync } = await play(steps, locks)
        expect(await sync.outbox.pending()).toEqual([])
        expect(server.log.map((one) => one.id).sort()).toEqual(made.map((one) => one.id).sort())
        for (const { id, person } of made) {
          expect(server.log.find((one) => one.id === id)?.person).toBe(person)
          const wanted = server.verdicts.get(id)
          const got = (await sync.outbox.receiptOf(id))?.receipt.verdict
          expect(wanted === 'recorded' ? ['recorded', 'already_recorded'] : [wanted]).toContain(got)
        }
        for (const person of PEOPLE) {
          const order = server.log.filter((one) => one.person === person).map((one) => one.counter)
          expect(order).toEqual([...order].sort((a, b) => a - b))
        }
      }),
      { numRuns: 60 },
    )
  }, 120_000)
})
