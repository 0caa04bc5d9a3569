import { apiHeaders, apiUrl, readProblem, Unreachable } from './api'
import type { Fact, ProblemBody, Receipt, Verdict } from './wire'

// One request with facts, and what may come instead of an answer. Nothing here decides what becomes of a row.

/** What a phone waits for when no receipt came. */
export type Waits =
  /** The phone itself says that it has no network. */
  | 'offline'
  /** Nobody answered. */
  | 'silent'
  /** Somebody else answered: the log-in page of a network, mostly. */
  | 'portal'
  /** Our server, or what stands before it, is in trouble. */
  | 'server'
  /** An answer without receipts. */
  | 'garbled'

export type Posted =
  | { status: 'answered'; receipts: Receipt[] }
  | { status: 'unheard'; waits: Waits }
  | { status: 'refused'; problem: ProblemBody }

export type SignedFact = Fact & { signature?: string }

const PATIENCE_MS = 30_000
const VERDICTS: ReadonlySet<string> = new Set<Verdict>(['recorded', 'already_recorded', 'waiting', 'conflict', 'turned_away', 'quarantined'])

/** Whether the phone itself says that it has no network. */
export function saysOffline(): boolean {
  return (globalThis as { navigator?: { onLine?: boolean } }).navigator?.onLine === false
}

/** Posts facts or the rows of a file; only receipts for `ids`, with a verdict this app knows, are handed on. */
export async function post(path: string, body: object, ids: readonly string[], bearer: string | null): Promise<Posted> {
  const headers = apiHeaders(true)
  if (bearer !== null) headers['Authorization'] = `Bearer ${bearer}`
  let response: Response
  try {
    response = await fetch(apiUrl(path), {
      method: 'POST',
      headers,
      credentials: bearer === null ? 'same-origin' : 'omit',
      // A captive portal answers with a redirect to its own page; following it would hide who answered.
      redirect: 'manual',
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MS),
      body: JSON.stringify(body),
    })
  } catch {
    return { status: 'unheard', waits: saysOffline() ? 'offline' : 'silent' }
  }
  return read(response, ids)
}

async function read(response: Response, ids: readonly string[]): Promise<Posted> {
  const { status } = response
  const redirected = response.type === 'opaqueredirect' || response.redirected || (status >= 300 && status < 400)
  if (redirected) return { status: 'unheard', waits: 'portal' }
  if (!response.ok) return refusal(response)
  const kind = response.headers.get('Content-Type') ?? ''
  if (!kind.includes('json')) return { status: 'unheard', waits: kind.includes('html') || kind.includes('text/plain') ? 'portal' : 'garbled' }
  // Cut off in the middle, or nothing we know: whatever it was, no row may leave on it.
  const answer = (await response.json().catch(() => null)) as { receipts?: unknown } | null
  const wanted = new Set<unknown>(ids)
  const receipts = Array.isArray(answer?.receipts) ? (answer.receipts as (Partial<Receipt> | null)[]) : []
  const ours = receipts.filter((one): one is Receipt => one != null && wanted.has(one.id) && VERDICTS.has(one.verdict ?? ''))
  if (ours.length === 0) return { status: 'unheard', waits: 'garbled' }
  return { status: 'answered', receipts: ours.map((one) => ({ ...one, findings: Array.isArray(one.findings) ? one.findings : [] })) }
}

async function refusal(response: Response): Promise<Posted> {
  try {
    const problem = await readProblem(response)
    // Too many requests at once, and trouble of the server's own: the rows are fine as they are.
    return problem.status >= 500 || problem.status === 429 ? { status: 'unheard', waits: 'server' } : { status: 'refused', problem }
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    return { status: 'unheard', waits: response.status >= 500 ? 'server' : 'portal' }
  }
}
