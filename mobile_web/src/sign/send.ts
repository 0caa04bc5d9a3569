import { apiPost } from '../api'
import { uuid7 } from '../ids'
import { outbox, receiptFor, recordAs, sendUnsent } from '../sync'
import type { ProblemBody, Receipt, Session } from '../wire'
import { canSeal, seal, type SealKey } from './seal'
import { rememberLogin } from './kept'

export interface Wanted {
  manifest: string
  side: string
  of: string | null
}

export type Outcome = { status: 'signed' } | { status: 'kept' } | { status: 'denied'; problem: Pick<ProblemBody, 'zh' | 'en' | 'code'> }

const SIGNED: ReadonlySet<string> = new Set(['recorded', 'already_recorded', 'conflict', 'waiting'])

function said(receipt: Receipt): Outcome {
  if (SIGNED.has(receipt.verdict) || !receipt.problem) return { status: 'signed' }
  return { status: 'denied', problem: receipt.problem }
}

/**
 * Signs on this phone for whoever's login it is: sealed, written down, then sent like any other fact, so that it works
 * the same without a network. Every typed PIN is a signature of its own: an answer for one says nothing of the next.
 */
export async function signHere(session: Session, key: SealKey, login: string, pin: string, wanted: Wanted, about: string): Promise<Outcome> {
  const id = uuid7()
  const device = await outbox.device()
  const sealed = await seal(key, login, pin, { fact: id, ...wanted })
  await recordAs(session.person.id, about, id, {
    kind: 'signed',
    observed_at: new Date().toISOString(),
    manifest: wanted.manifest,
    lines: [],
    device,
    details: { side: wanted.side, ...(wanted.of === null ? {} : { of: wanted.of }), sealed },
  })
  rememberLogin(login)
  await sendUnsent(session.person.id)
  const settled = await receiptFor(id)
  return settled ? said(settled.receipt) : { status: 'kept' }
}

/** Where the page may not use cryptography (no TLS, in a test hall) the PIN goes to the server at once, or not at all. */
export async function signOnline(login: string, pin: string, wanted: Wanted): Promise<Outcome> {
  await apiPost('/signatures', { id: uuid7(), ...wanted, login, pin })
  rememberLogin(login)
  return { status: 'signed' }
}

export { canSeal }
