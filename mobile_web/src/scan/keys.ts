import { apiGet, Unreachable } from '../api'
import type { KeyRing, SigningKey } from '../wire'

// The park's public keys, kept on the phone so that a label can be judged in a basement.

const KEPT = 'keys'
const FRESH_FOR_MS = 60 * 60_000

interface Kept {
  at: number
  ring: KeyRing
}

function isRing(value: unknown): value is KeyRing {
  const ring = value as Partial<KeyRing> | null | undefined
  return Array.isArray(ring?.keys) && Array.isArray(ring.hosts)
}

let inMemory: Kept | null = null

function kept(): Kept | null {
  if (inMemory !== null) return inMemory
  try {
    const value = JSON.parse(localStorage.getItem(KEPT) ?? 'null') as Partial<Kept> | null
    if (typeof value?.at === 'number' && isRing(value.ring)) inMemory = { at: value.at, ring: value.ring }
  } catch {
    // Half-written or forbidden storage is the same as none: the keys are asked for again.
  }
  return inMemory
}

async function refresh(): Promise<KeyRing> {
  const ring = await apiGet<KeyRing>('/keys')
  // A network that wants a log-in first may answer anything, JSON too; it must not become what labels are judged by.
  if (!isRing(ring)) throw new Unreachable('no ring of keys')
  inMemory = { at: Date.now(), ring }
  try {
    localStorage.setItem(KEPT, JSON.stringify(inMemory))
  } catch {
    // Without storage they last as long as the page.
  }
  return ring
}

/** The keys we have, asking the server when ours are old; null where there are none and nobody answers. */
export async function keyRing(options: { fresh?: boolean } = {}): Promise<KeyRing | null> {
  const have = kept()
  const good = have !== null && Date.now() - have.at < FRESH_FOR_MS
  if (good && options.fresh !== true) return have.ring
  try {
    return await refresh()
  } catch {
    return have?.ring ?? null
  }
}

export function findKey(ring: KeyRing, park: number, keyId: number): SigningKey | null {
  return ring.keys.find((key) => key.park === park && key.key_id === keyId && key.algorithm === 1) ?? null
}

export function keyBytes(key: SigningKey): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(key.public_key), (character) => character.charCodeAt(0))
}
