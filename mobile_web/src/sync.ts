import { announceSignedOut, apiHeaders, apiUrl, readProblem, Refused, Unreachable } from './api'
import { uuid7 } from './ids'
import { openOutbox, type Row, type Settled } from './outbox/outbox'
import type { Fact, ProblemBody, Receipt, SyncAnswer } from './wire'

// The one way a fact leaves this phone: written down first, then sent, and forgotten only on its receipt.

export const outbox = openOutbox<Fact, Receipt>(() => uuid7())

const AT_MOST = 50
const ROUNDS_MAX = 1_000
const PATIENCE_MS = 30_000

export type SendResult =
  | { status: 'sent' }
  | { status: 'unreachable' }
  | { status: 'signed_out' }
  /** The server would not take these rows as they are; they stay here, and the problem says why. */
  | { status: 'refused'; problem: ProblemBody; ids: string[] }

let running: Promise<SendResult> | null = null

/** Sends what this person has unsent, oldest first. Called twice at once, both wait for the same sending. */
export function sendUnsent(person: string): Promise<SendResult> {
  running ??= acrossTabs(() => sendAll(person)).finally(() => {
    running = null
  })
  return running
}

/** Two open tabs would send the same rows; harmless, but wasteful. Browsers without locks do without. */
async function acrossTabs(work: () => Promise<SendResult>): Promise<SendResult> {
  const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {}
  return locks ? locks.request('outbox-send', work) : work()
}

async function sendAll(person: string): Promise<SendResult> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const rows = await outbox.oldest(person, AT_MOST)
    if (rows.length === 0) break
    const result = await sendRows(rows)
    if (result.status !== 'sent') return result
  }
  return { status: 'sent' }
}

async function sendRows(rows: Row<Fact>[]): Promise<SendResult> {
  const ids = rows.map((row) => row.id)
  try {
    const answer = await post(rows.map((row) => row.fact))
    const left = await outbox.settle(answer.receipts)
    // An answer without a receipt for any of our rows would have us ask forever.
    return left > 0 ? { status: 'sent' } : { status: 'unreachable' }
  } catch (error) {
    if (error instanceof Unreachable) return { status: 'unreachable' }
    if (!(error instanceof Refused)) throw error
    if (error.problem.status === 401) {
      announceSignedOut(error.problem.code)
      return { status: 'signed_out' }
    }
    if (rows.length === 1 || error.problem.status >= 500) return { status: 'refused', problem: error.problem, ids }
    return sendOneByOne(rows)
  }
}

/** One row the server cannot read must not hold up the others that were sent with it. */
async function sendOneByOne(rows: Row<Fact>[]): Promise<SendResult> {
  let refused: SendResult | null = null
  for (const row of rows) {
    const result = await sendRows([row])
    if (result.status === 'refused') refused ??= result
    else if (result.status !== 'sent') return result
  }
  return refused ?? { status: 'sent' }
}

async function post(facts: Fact[]): Promise<SyncAnswer> {
  const device = await outbox.device()
  let response: Response
  try {
    response = await fetch(apiUrl('/sync'), {
      method: 'POST',
      headers: apiHeaders(true),
      credentials: 'same-origin',
      signal: AbortSignal.timeout(PATIENCE_MS),
      body: JSON.stringify({ device, sent_at: new Date().toISOString(), facts }),
    })
  } catch (error) {
    throw new Unreachable(String(error))
  }
  if (!response.ok) throw new Refused(await readProblem(response))
  const answer = (await response.json().catch(() => null)) as SyncAnswer | null
  if (!Array.isArray(answer?.receipts)) throw new Unreachable('an answer without receipts')
  return answer
}

export type Draft = Omit<Fact, 'id' | 'counter'>

/** Writes a fact down. When this resolves it is on disk; when it rejects nothing was saved and the screen must say so. */
export async function record(person: string, about: string, draft: Draft): Promise<Row<Fact>> {
  return outbox.add(person, about, (counter) => ({ ...draft, id: uuid7(), counter }))
}

/** The same under an id that was needed before: what is sealed names the fact it is sealed for. */
export async function recordAs(person: string, about: string, id: string, draft: Draft): Promise<Row<Fact>> {
  return outbox.add(person, about, (counter) => ({ ...draft, id, counter }))
}

export async function receiptFor(id: string): Promise<Settled<Fact, Receipt> | null> {
  return outbox.receiptOf(id)
}
