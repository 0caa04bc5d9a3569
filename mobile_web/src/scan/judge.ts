import type { KeyRing } from '../wire'
import { readCode, readPayload, type CodeRead, type Label } from './code'
import { findKey, keyBytes, keyRing } from './keys'
import { verifySignature } from './verify'

/** What this phone alone can say of a code. Only `genuine`, `retired` and `unsure` may be worked with further. */
export type LocalVerdict = 'genuine' | 'retired' | 'unsure' | 'forged' | 'unknownKey' | 'foreign' | 'unreadable' | 'newer'

export interface Judged {
  verdict: LocalVerdict
  payload: string | null
  label: Label | null
  host: string | null
  /** A code built as our labels are, of another house. */
  like?: 'label'
}

const PROBLEM_VERDICTS = {
  label_not_ours: 'foreign',
  label_unreadable: 'unreadable',
  label_wrong_length: 'unreadable',
  label_version_unknown: 'newer',
} as const

function ownHosts(ring: KeyRing | null): string[] {
  return [location.host, ...(ring?.hosts ?? [])]
}

/** Judges what the camera read: whose it is, whether it is whole, and whether its signature holds. */
export async function judgeText(text: string): Promise<Judged> {
  const ring = await keyRing()
  return judge(readCode(text, ownHosts(ring)), ring)
}

/** Judges the part behind /M/, as an address of ours carries it. */
export async function judgePayload(payload: string): Promise<Judged> {
  return judge(readPayload(payload), await keyRing())
}

async function judge(read: CodeRead, ring: KeyRing | null): Promise<Judged> {
  if ('problem' in read) return { verdict: PROBLEM_VERDICTS[read.problem], payload: null, label: null, host: read.host, ...(read.like ? { like: read.like } : {}) }
  const { scanned } = read
  const found = { payload: scanned.payload, label: scanned.claims, host: null }
  if (ring === null) return { verdict: 'unsure', ...found }
  const { park, keyId } = scanned.claims
  let key = findKey(ring, park, keyId)
  if (key === null) {
    // The park may have begun to sign with a new key since we last asked.
    const fresh = await keyRing({ fresh: true })
    key = fresh && findKey(fresh, park, keyId)
  }
  if (key === null) return { verdict: 'unknownKey', ...found }
  if (!(await verifySignature(keyBytes(key), scanned.signature, scanned.signed))) return { verdict: 'forged', ...found }
  return { verdict: key.retired_at == null ? 'genuine' : 'retired', ...found }
}
