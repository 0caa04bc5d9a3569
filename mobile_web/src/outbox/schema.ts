import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Apart, Carried } from './rows'

// The stores, and one step from each version to the next. A step may add and move; it never drops what was not sent.
// What stands in `unsent` and `settled` is `unknown` on purpose: an older app, or half a write, may have left it there.

export interface Schema extends DBSchema {
  unsent: { key: string; value: unknown; indexes: { byCounter: number } }
  settled: { key: string; value: unknown; indexes: { bySettledAt: number } }
  device: { key: string; value: string | number }
  /** Since version 2. */
  apart: { key: number; value: Apart }
  /** Since version 2. */
  carried: { key: string; value: Carried }
}

export type Database = IDBPDatabase<Schema>

export const VERSION = 2

/** This database was written by a newer app. It is left as it is; loading the app anew brings the newer one. */
export class TooNew extends Error {
  override name = 'TooNew'
}

type Step = (db: Database) => void

/** `STEPS[n]` leads from version n to n + 1. A step, once released, is never changed again. */
export const STEPS: readonly Step[] = [
  (db) => {
    db.createObjectStore('unsent', { keyPath: 'id' }).createIndex('byCounter', 'counter')
    db.createObjectStore('settled', { keyPath: 'id' }).createIndex('bySettledAt', 'settledAt')
    db.createObjectStore('device')
  },
  // Rows are not rewritten here: what they lack is filled in when they are read, so that an interrupted migration
  // has nothing to lose.
  (db) => {
    db.createObjectStore('apart', { autoIncrement: true })
    db.createObjectStore('carried', { keyPath: 'id' })
  },
]

/** Opens the database, brought up to `version`. Raises `TooNew` where a newer app was here. */
export async function openAt(name: string, onGone: () => void, version = VERSION): Promise<Database> {
  try {
    const db = await openDB<Schema>(name, version, {
      upgrade(db, from) {
        for (const step of STEPS.slice(from, version)) step(db)
      },
      // A newer version of the app in another tab must not wait for this one.
      blocking(_have, _wanted, event) {
        onGone()
        ;(event.target as IDBDatabase).close()
      },
      terminated: onGone,
    })
    return db
  } catch (error) {
    if ((error as { name?: string } | null)?.name === 'VersionError') throw new TooNew('the outbox was written by a newer app')
    throw error
  }
}

