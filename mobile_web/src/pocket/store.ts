import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { LabelAnswer, Pack, Uuid } from '../wire'

// The shelf of the pocket. Everything on it is a copy of what the park knows: it may be thrown away at any time, and is,
// whole, when a version of it is met that this app does not know. What must not be lost is in the outbox, never here.

/** Whose a copy is: a person in an enterprise. Whoever works for another one on the same phone does not see it. */
export interface Owner {
  person: Uuid
  enterprise: Uuid | null
}

export interface KeptPack {
  owner: string
  person: Uuid
  enterprise: Uuid | null
  etag: string | null
  /** When the park last said that this is how things stand, by this phone's clock. */
  asOf: string
  pack: Pack
}

export interface Seen {
  key: string
  owner: string
  /** All the ways it can be asked for: what was scanned or typed, its label, its human code, its id. */
  names: string[]
  asOf: string
  usedAt: number
  answer: LabelAnswer
}

export interface Habits {
  owner: string
  plate: string | null
  carrier: { id: Uuid; name_zh: string | null; name_en: string | null } | null
  treatment: string | null
}

interface Schema extends DBSchema {
  packs: { key: string; value: KeptPack }
  seen: { key: string; value: Seen; indexes: { byName: string; byUse: number } }
  habits: { key: string; value: Habits }
}

export type PocketDatabase = IDBPDatabase<Schema>

const NAME = 'pocket'
export const SHELF_VERSION = 1
/** What was looked at one by one, of all persons of this phone together; the longest unused goes first. */
export const SEEN_MAX = 400
/** Packs of so many persons: a phone is shared by a shift, not by a town. */
export const PACKS_MAX = 8

export function ownerKey({ person, enterprise }: Owner): string {
  return `${person} ${enterprise ?? ''}`
}

let opened: Promise<PocketDatabase> | null = null

function opening(): Promise<PocketDatabase> {
  return openDB<Schema>(NAME, SHELF_VERSION, {
    upgrade(db) {
      // Of whatever version it was: nothing on this shelf is worth carrying over.
      for (const name of Array.from(db.objectStoreNames)) db.deleteObjectStore(name)
      db.createObjectStore('packs', { keyPath: 'owner' })
      const seen = db.createObjectStore('seen', { keyPath: 'key' })
      seen.createIndex('byName', 'names', { multiEntry: true })
      seen.createIndex('byUse', 'usedAt')
      db.createObjectStore('habits', { keyPath: 'owner' })
    },
    blocking: (_have, _wanted, event) => {
      ;(event.target as IDBDatabase).close()
      opened = null
    },
  })
}

export async function shelf(): Promise<PocketDatabase> {
  opened ??= opening().catch(async (error: unknown) => {
    // A shelf of a newer app that was here before, or one half-written: away with it.
    if ((error as { name?: string }).name !== 'VersionError') throw error
    await deleteDB(NAME)
    return opening()
  })
  try {
    return await opened
  } catch (error) {
    opened = null
    throw error
  }
}

export async function closeShelf(): Promise<void> {
  if (opened) (await opened).close()
  opened = null
}

/** Puts a pack on the shelf; where there are those of too many persons, the one that is oldest goes. */
export async function keepPack(kept: KeptPack): Promise<void> {
  const tx = (await shelf()).transaction('packs', 'readwrite')
  await tx.store.put(kept)
  const all = await tx.store.getAll()
  const over = all.sort((a, b) => (a.asOf < b.asOf ? 1 : -1)).slice(PACKS_MAX)
  await Promise.all(over.map((old) => tx.store.delete(old.owner)))
  await tx.done
}

export async function keepSeen(seen: Seen): Promise<void> {
  const tx = (await shelf()).transaction('seen', 'readwrite')
  await tx.store.put(seen)
  let surplus = (await tx.store.count()) - SEEN_MAX
  let cursor = surplus > 0 ? await tx.store.index('byUse').openCursor() : null
  while (cursor && surplus > 0) {
    await cursor.delete()
    surplus -= 1
    cursor = await cursor.continue()
  }
  await tx.done
}

/** What this owner saw under a name; looking at it makes it younger. */
export async function seenBy(owner: string, name: string, now: number): Promise<Seen | null> {
  const tx = (await shelf()).transaction('seen', 'readwrite')
  const found = (await tx.store.index('byName').getAll(name)).filter((each) => each.owner === owner)
  const newest = found.sort((a, b) => (a.asOf < b.asOf ? 1 : -1))[0]
  if (newest) await tx.store.put({ ...newest, usedAt: now })
  await tx.done
  return newest ?? null
}
