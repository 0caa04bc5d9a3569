import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Session } from '../wire'

// What this phone keeps of itself and of the people on it. The keys are CryptoKeys that cannot be taken out of the
// browser; what a PIN opens is wrapped twice, so that a copy of the file alone is worth nothing.

type Bytes = Uint8Array<ArrayBuffer>

export interface OwnDevice {
  id: string
  signing: CryptoKeyPair
  /** Wraps what must not lie open on the disk. */
  wrapping: CryptoKey
  name: string | null
  registeredAt: string | null
}

export interface Wrapped {
  salt: Bytes
  iterations: number
  /** Of the inner layer, which the PIN opens, and of the outer one, which only this phone opens. */
  nonce: Bytes
  outerNonce: Bytes
  closed: Bytes
}

export interface OnPhone {
  id: string
  login: string
  name: string
  enterprise: { name_zh: string | null; name_en: string | null } | null
  /** Null once the PIN was wrong too often, or the server ended it: then the password is asked for. */
  wrapped: Wrapped | null
  /** The token that can only send, under the phone's own key. */
  sending: { nonce: Bytes; closed: Bytes } | null
  failures: number
  /** When the lock began, by this phone's clock, and how long it lasts. */
  lockedAt: number
  lockedFor: number
  usedAt: number
  since: string
}

/** What the PIN opens. */
export interface Inside {
  token: string
  session: Session
}

interface Schema extends DBSchema {
  device: { key: string; value: OwnDevice }
  people: { key: string; value: OnPhone }
}

let opened: Promise<IDBPDatabase<Schema>> | null = null

async function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('people', 1, {
    upgrade(db) {
      db.createObjectStore('device')
      db.createObjectStore('people', { keyPath: 'id' })
    },
    // The next call opens anew; a newer app in another tab must not wait for this one.
    blocking: (_have, _wanted, event) => {
      opened = null
      ;(event.target as IDBDatabase).close()
    },
    terminated: () => (opened = null),
  })
  try {
    return await opened
  } catch (error) {
    opened = null
    throw error
  }
}

export async function readDevice(): Promise<OwnDevice | null> {
  return (await (await database()).get('device', 'self')) ?? null
}

export async function writeDevice(device: OwnDevice): Promise<void> {
  const tx = (await database()).transaction('device', 'readwrite', { durability: 'strict' })
  await Promise.all([tx.store.put(device, 'self'), tx.done])
}

export async function everybody(): Promise<OnPhone[]> {
  const rows = await (await database()).getAll('people')
  return rows.sort((a, b) => b.usedAt - a.usedAt)
}

export async function personOnPhone(id: string): Promise<OnPhone | null> {
  return (await (await database()).get('people', id)) ?? null
}

export async function writePerson(row: OnPhone): Promise<void> {
  const tx = (await database()).transaction('people', 'readwrite', { durability: 'strict' })
  await Promise.all([tx.store.put(row), tx.done])
}

/** Reads and writes one row in one transaction: two tabs that count a wrong PIN at once count two. */
export async function changePerson(id: string, change: (row: OnPhone) => OnPhone): Promise<OnPhone | null> {
  const tx = (await database()).transaction('people', 'readwrite', { durability: 'strict' })
  const row = await tx.store.get(id)
  const next = row ? change(row) : null
  if (next) await tx.store.put(next)
  await tx.done
  return next
}

export async function dropPerson(id: string): Promise<void> {
  const tx = (await database()).transaction('people', 'readwrite', { durability: 'strict' })
  await Promise.all([tx.store.delete(id), tx.done])
}

/** For tests, which look at what is left after a restart. */
export async function closePeople(): Promise<void> {
  if (opened) (await opened).close()
  opened = null
}
