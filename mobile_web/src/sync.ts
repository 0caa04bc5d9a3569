import { announceSignedOut } from './api'
import { uuid7 } from './ids'
import { openOutbox, type Row, type Settled } from './outbox/outbox'
import { createStore } from './store'
import { post, saysOffline, type Posted, type SignedFact, type Waits } from './syncPost'
import type { Fact, ProblemBody, Receipt } from './wire'

// The one way a fact leaves this phone: written down first, then sent, and forgotten only on its receipt.

const NEED_EYES: ReadonlySet<string> = new Set(['conflict', 'turned_away', 'quarantined'])

export const outbox = openOutbox<Fact, Receipt>(() => uuid7(), {
  needsEye: (receipt) => NEED_EYES.has(receipt.verdict),
  isOpen: (receipt) => receipt.verdict === 'waiting',
})

const AT_MOST = 50
/** Well below what the server takes, and little enough for a weak network to carry within its patience. */
const BODY_BYTES = 1_000_000
const ROUNDS_MAX = 10_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 300_000
/** While other answers come, one that was lost at once is asked for again at once: so often in a row, and so soon. */
const AT_ONCE = 4
const SOON_MS = 2_000
/** A phone that says it has no network is tried again this often all the same: some say so wrongly. */
const OFFLINE_MS = 60_000
/** A fact that waits at the server is asked for again this often. */
const LOOK_AGAIN_MS = 600_000
const LEASE_MS = 60_000
/** What says that these facts cannot be read as they are: sent one by one, the fault shows itself. */
const ONE_BY_ONE: ReadonlySet<number> = new Set([400, 413, 422])

export type SendResult =
  | { status: 'sent' }
  | { status: 'unreachable'; waits: Waits }
  | { status: 'signed_out' }
  /** The server would not take these rows as they are; they stay here, and the problem says why. */
  | { status: 'refused'; problem: ProblemBody; ids: string[] }

export interface Sending {
  busy: boolean
  /** What came instead of an answer, the last time. */
  waits: Waits | 'storage' | 'other_tab' | null
  /** People whose rows wait for them to log in or unlock. */
  login: readonly string[]
  nextAt: number | null
}

export const sending = createStore<Sending>({ busy: false, waits: null, login: [], nextAt: null })

export type { SignedFact, Waits } from './syncPost'

interface Lent {
  /** The key with which this person's facts are sent; null where there is none on this phone now. */
  bearerFor: (person: string) => Promise<string | null>
  signFact: (fact: Fact) => Promise<SignedFact>
}

const lent: Lent = { bearerFor: () => Promise.resolve(null), signFact: (fact) => Promise.resolve(fact) }

/** Where people and their keys are known says so here, once, at start. Without it facts go with the cookie. */
export function lendToSync(parts: Partial<Lent>): void {
  Object.assign(lent, parts)
}

/** Whose cookie this browser holds: facts of nobody else may go with it. */
let present: string | null = null

type Task = () => Promise<'done' | 'later'>
const tasks = new Set<Task>()

/** Work that rides on the same wake-ups, after the facts: it is called again until it says that it is done. */
export function alsoSend(task: Task): () => void {
  tasks.add(task)
  return () => void tasks.delete(task)
}

interface Outcome {
  waits: Sending['waits']
  login: Set<string>
  /** Who may not send at all now, and why. */
  barred: Map<string, ProblemBody>
  /** Rows that were refused one by one. */
  refused: Map<string, ProblemBody>
}

let started = false
let running: Promise<Outcome> | null = null
let wished = 0
let fails = 0
let timer: ReturnType<typeof setTimeout> | undefined
let lookedAt = 0
let askAll = false
let offlineAt = -Infinity

/** Sends everybody's unsent rows now, oldest first; the answer is about this person's, or about all. */
export async function sendUnsent(person?: string): Promise<SendResult> {
  present = person ?? present
  const { waits, login, barred, refused } = await run()
  const rows = (await outbox.pending()).filter((row) => person === undefined || row.person === person)
  if (rows.length === 0) return { status: 'sent' }
  if (waits !== null) return { status: 'unreachable', waits: waits === 'storage' || waits === 'other_tab' ? 'silent' : waits }
  if (rows.some((row) => login.has(row.person))) return { status: 'signed_out' }
  const stuck = rows.filter((row) => refused.has(row.id) || barred.has(row.person))
  const [first] = stuck
  const problem = first && (refused.get(first.id) ?? barred.get(first.person))
  return problem ? { status: 'refused', problem, ids: stuck.map((row) => row.id) } : { status: 'sent' }
}

export type Why = 'online' | 'visible' | 'unlock' | 'fact' | 'background' | 'asked' | 'start'

/** Tries now, and begins anew with short pauses. Somebody who is there now may also want to know what became of the rest. */
export function wake(why: Why): void {
  fails = 0
  if (why === 'unlock' || why === 'asked') askAll = true
  void run().catch(() => undefined)
}

/** Asks now for what became of the facts that wait at the server. */
export function lookAgain(): Promise<SendResult> {
  askAll = true
  return sendUnsent()
}

/** One sender at a time; what is wished for while it runs, it looks for once more before it ends. */
function run(): Promise<Outcome> {
  wished += 1
  running ??= runAll().finally(() => {
    running = null
  })
  return running
}

async function runAll(): Promise<Outcome> {
  clearTimeout(timer)
  sending.set({ ...sending.get(), busy: true, nextAt: null })
  let outcome: Outcome
  let seen: number
  do {
    seen = wished
    outcome = await alone(pass).catch((): Outcome => nothing('storage'))
  } while (seen !== wished && outcome.waits === null)
  sending.set({ busy: false, waits: outcome.waits, login: [...outcome.login], nextAt: null })
  if (outcome.waits !== null) pause()
  else {
    fails = 0
    if (outcome.refused.size > 0) pause(LONGEST_PAUSE_MS)
    void ride()
  }
  return outcome
}

/** What was taken over from other phones goes on with every wake-up; most phones never load that code. */
alsoSend(async () => ((await outbox.carried()).length === 0 ? 'done' : (await import('./carry/carry')).sendCarried()))

let riding = false

/** Photos and the like must never hold up a fact, so they run beside, one after the other. */
async function ride(): Promise<void> {
  if (riding) return
  riding = true
  let later = false
  for (const task of tasks) later = (await task().catch(() => 'later' as const)) === 'later' || later
  riding = false
  if (later) pause()
}

/** From 1 s to 5 minutes, never quite when the other phones do. */
export function pauseAfter(failures: number, chance = Math.random()): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 20)) * (0.5 + chance / 2)
}

function pause(ms = pauseAfter(fails)): void {
  if (!started) return
  fails += 1
  clearTimeout(timer)
  timer = setTimeout(() => void run().catch(() => undefined), ms)
  sending.set({ ...sending.get(), nextAt: Date.now() + ms })
  void askForBackgroundSync()
}

/** Where the browser can, it wakes us when the network is back, also while the page is asleep. */
async function askForBackgroundSync(): Promise<void> {
  const { serviceWorker } = (globalThis as { navigator?: { serviceWorker?: ServiceWorkerContainer } }).navigator ?? {}
  const registration = (await serviceWorker?.getRegistration()) as { sync?: { register: (tag: string) => Promise<void> } } | undefined
  await registration?.sync?.register('outbox').catch(() => undefined)
}

const tab = uuid7()

function nothing(waits: Outcome['waits']): Outcome {
  return { waits, login: new Set(), barred: new Map(), refused: new Map() }
}

/** Two open tabs must not send the same rows. Browsers without locks take a lease that ends by itself. */
async function alone(work: () => Promise<Outcome>): Promise<Outcome> {
  const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {}
  if (locks) return locks.request('outbox-send', work)
  if (!(await outbox.lease(tab, LEASE_MS))) return nothing('other_tab')
  return work().finally(() => outbox.leave(tab).catch(() => undefined))
}

async function pass(): Promise<Outcome> {
  const outcome = nothing(null)
  const waits = (): Outcome['waits'] => outcome.waits
  const open = (row: Row<Fact>) => !outcome.login.has(row.person) && !outcome.barred.has(row.person) && !outcome.refused.has(row.id)
  let lost = AT_ONCE
  let rows: Row<Fact>[] = []
  for (let round = 0; round < ROUNDS_MAX && waits() === null; round++) {
    rows = rows.filter(open)
    // A thousand rows are read once, not once for every fifty that go.
    if (rows.length === 0) rows = (await outbox.pending()).filter(open)
    const batch = nextBatch(rows)
    if (batch.length === 0) break
    // Fifty drums recorded in a basement are not sent fifty times, each time all that came before.
    if (saysOffline() && Date.now() - offlineAt < OFFLINE_MS) {
      outcome.waits = 'offline'
      break
    }
    const began = Date.now()
    await sendBatch(batch, outcome)
    if (waits() === 'offline') offlineAt = Date.now()
    const quick = waits() === 'silent' && Date.now() - began < SOON_MS
    lost = waits() === null ? 0 : lost + 1
    if (lost === 0) fails = 0
    // Nothing is sent twice that has its receipt, and the server knows what it has heard.
    if (quick && lost < AT_ONCE) outcome.waits = null
    const gone = new Set(batch.map((row) => row.id))
    rows = lost === 0 ? rows.filter((row) => !gone.has(row.id)) : []
  }
  if (waits() === null && (askAll || Date.now() - lookedAt > LOOK_AGAIN_MS)) await askOpen(outcome)
  return outcome
}

/** The oldest rows, as long as they are of one person. What was refused by itself before goes last, and alone. */
function nextBatch(rows: readonly Row<Fact>[]): Row<Fact>[] {
  const fresh = rows.filter((row) => row.heard?.what !== 'refused')
  const person = fresh[0]?.person
  if (person === undefined) return rows.slice(0, 1)
  const end = fresh.findIndex((row) => row.person !== person)
  return fresh.slice(0, Math.min(AT_MOST, end < 0 ? fresh.length : end))
}

async function sendBatch(rows: Row<Fact>[], outcome: Outcome): Promise<void> {
  const signed = await Promise.all(rows.map((row) => lent.signFact(row.fact).catch((): SignedFact => row.fact)))
  const fits = fitting(signed)
  const sent = rows.slice(0, fits)
  const ids = sent.map((row) => row.id)
  const posted = await postFor(sent[0]?.person ?? '', signed.slice(0, fits), outcome)
  if (posted === null) return
  if (posted.status === 'answered') {
    await outbox.settle(posted.receipts)
    return
  }
  if (posted.status === 'unheard') {
    outcome.waits = posted.waits
    await outbox.heard(ids, { at: Date.now(), what: posted.waits })
    return
  }
  await refusedBatch(sent, posted.problem, outcome)
}

/** How many of these facts one request may carry; the first always goes. */
function fitting(facts: readonly SignedFact[]): number {
  let bytes = 0
  const over = facts.findIndex((fact) => (bytes += new TextEncoder().encode(JSON.stringify(fact)).length + 1) > BODY_BYTES)
  return over < 0 ? facts.length : Math.max(1, over)
}

/** Null where this person's key is missing or no longer good: their rows wait for them. */
async function postFor(person: string, facts: readonly SignedFact[], outcome: Outcome): Promise<Posted | null> {
  const bearer = await lent.bearerFor(person).catch(() => null)
  if (bearer === null && person !== present) {
    outcome.login.add(person)
    return null
  }
  const body = { device: await outbox.device(), sent_at: new Date().toISOString(), facts }
  const posted = await post('/sync', body, facts.map((fact) => fact.id), bearer)
  if (posted.status !== 'refused' || posted.problem.status !== 401) return posted
  outcome.login.add(person)
  if (bearer === null) announceSignedOut(posted.problem.code)
  return null
}

/** One row the server cannot read must not hold up the others that were sent with it. */
async function refusedBatch(rows: Row<Fact>[], problem: ProblemBody, outcome: Outcome): Promise<void> {
  const [only] = rows
  if (!only) return
  if (rows.length === 1 && ONE_BY_ONE.has(problem.status)) {
    outcome.refused.set(only.id, problem)
    await outbox.heard([only.id], { at: Date.now(), what: 'refused', problem })
    return
  }
  if (!ONE_BY_ONE.has(problem.status)) {
    outcome.barred.set(only.person, problem)
    await outbox.heard(rows.map((row) => row.id), { at: Date.now(), what: 'barred', problem })
    return
  }
  for (const row of rows) {
    if (outcome.waits !== null || outcome.login.has(row.person) || outcome.barred.has(row.person)) return
    await sendBatch([row], outcome)
  }
}

/** Told again, a fact is answered as it stands now: what waited may be recorded, what came by a file is confirmed. */
async function askOpen(outcome: Outcome): Promise<void> {
  const since = askAll ? Infinity : Date.now() - LOOK_AGAIN_MS
  lookedAt = Date.now()
  askAll = false
  const open = (await outbox.settled()).filter((one) => one.open && one.settledAt <= since)
  for (const person of new Set(open.map((one) => one.person))) {
    const facts = open.filter((one) => one.person === person).slice(0, AT_MOST).map((one) => one.fact)
    const signed = await Promise.all(facts.map((fact) => lent.signFact(fact).catch((): SignedFact => fact)))
    const asking = nothing(null)
    const posted = await postFor(person, signed.slice(0, fitting(signed)), asking)
    if (posted?.status === 'answered') await outbox.settle(posted.receipts)
    else if (posted?.status === 'unheard') outcome.waits = posted.waits
  }
}

/** Listens for every reason to try. Called by whoever is let in; `person` is whose cookie this browser holds. */
export function startSending(person: string): () => void {
  present = person
  started = true
  const online = () => wake('online')
  const visible = () => document.visibilityState === 'visible' && wake('visible')
  const worker = (event: MessageEvent) => (event.data as { wake?: unknown } | null)?.wake === 'outbox' && wake('background')
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer }
  addEventListener('online', online)
  document.addEventListener('visibilitychange', visible)
  serviceWorker?.addEventListener('message', worker)
  wake('start')
  return () => {
    if (present === person) present = null
    removeEventListener('online', online)
    document.removeEventListener('visibilitychange', visible)
    serviceWorker?.removeEventListener('message', worker)
  }
}

export type Draft = Omit<Fact, 'id' | 'counter'>

/** Writes a fact down. When this resolves it is on disk; when it rejects nothing was saved and the screen must say so. */
export async function record(person: string, about: string, draft: Draft): Promise<Row<Fact>> {
  return recordAs(person, about, null, draft)
}

/** The same under an id that was needed before: what is sealed names the fact it is sealed for. */
export async function recordAs(person: string, about: string, id: string | null, draft: Draft): Promise<Row<Fact>> {
  const row = await outbox.add(person, about, (counter) => ({ ...draft, id: id ?? uuid7(), counter }))
  if (started) wake('fact')
  return row
}

export async function receiptFor(id: string): Promise<Settled<Fact, Receipt> | null> {
  return outbox.receiptOf(id)
}

export const signForFile = (fact: Fact): Promise<SignedFact> => lent.signFact(fact)
export const bearerForMe = (): Promise<string | null> => (present === null ? Promise.resolve(null) : lent.bearerFor(present))
