import { openDB, type DBSchema, type IDBPDatabase } from 'idb'

// The durable queue. A row is on disk before any screen says "saved", and leaves only when a receipt for its id has
// come: losing an answer costs a second sending, which the server answers with the same receipt. This file imports
// nothing of ours, so that it can be tested, and moved, alone.

export interface Row<F> {
  id: string
  /** Facts are sent as the person who recorded them, never as whoever happens to be logged in later. */
  person: string
  counter: number
  savedAt: number
  /** What the person will recognise it by in the list of unsent rows. */
  about: string
  fact: F
}

export interface Settled<F, R> {
  id: string
  settledAt: number
  person: string
  about: string
  fact: F
  receipt: R
}

interface Schema<F, R> extends DBSchema {
  unsent: { key: string; value: Row<F>; indexes: { byCounter: number } }
  settled: { key: string; value: Settled<F, R>; indexes: { bySettledAt: number } }
  device: { key: string; value: string | number }
}

const NAME = 'outbox'
const VERSION = 1
const SETTLED_KEPT = 200

export interface Outbox<F extends { id: string }, R extends { id: string }> {
  add: (person: string, about: string, make: (counter: number, device: string) => F) => Promise<Row<F>>
  oldest: (person: string, limit: number) => Promise<Row<F>[]>
  counts: (person: string) => Promise<{ own: number; others: number }>
  settle: (receipts: readonly R[], at?: number) => Promise<number>
  receiptOf: (id: string) => Promise<Settled<F, R> | null>
  device: () => Promise<string>
  onChange: (listener: () => void) => () => void
  close: () => Promise<void>
}

type Database<F, R> = IDBPDatabase<Schema<F, R>>

function open<F, R>(name: string): Promise<Database<F, R>> {
  return openDB<Schema<F, R>>(name, VERSION, {
    upgrade(db) {
      db.createObjectStore('unsent', { keyPath: 'id' }).createIndex('byCounter', 'counter')
      db.createObjectStore('settled', { keyPath: 'id' }).createIndex('bySettledAt', 'settledAt')
      db.createObjectStore('device')
    },
    // A newer version of the app in another tab must not wait for this one; the next call here opens anew.
    blocking: (_have, _wanted, event) => (event.target as IDBDatabase).close(),
  })
}

export function openOutbox<F extends { id: string }, R extends { id: string }>(
  newDeviceId: () => string,
  name = NAME,
): Outbox<F, R> {
  let opened: Promise<Database<F, R>> | null = null
  const listeners = new Set<() => void>()
  const announce = () => listeners.forEach((listener) => listener())

  async function database(): Promise<Database<F, R>> {
    opened ??= open<F, R>(name)
    try {
      return await opened
    } catch (error) {
      // A refused opening (full disk, private mode) may succeed later; keeping the failure would not.
      opened = null
      throw error
    }
  }

  return {
    async add(person, about, make) {
      const row = await addRow(await database(), newDeviceId, { person, about, make })
      announce()
      return row
    },
    oldest: async (person, limit) => oldestRows(await database(), person, limit),
    async counts(person) {
      const rows = await (await database()).getAll('unsent')
      const own = rows.filter((row) => row.person === person).length
      return { own, others: rows.length - own }
    },
    async settle(receipts, at = Date.now()) {
      const left = await settleRows(await database(), receipts, at)
      if (left > 0) announce()
      return left
    },
    receiptOf: async (id) => (await (await database()).get('settled', id)) ?? null,
    async device() {
      const tx = (await database()).transaction('device', 'readwrite', { durability: 'strict' })
      const id = await deviceIn(tx.store, newDeviceId)
      await tx.done
      return id
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      if (opened) (await opened).close()
      opened = null
    },
  }
}

interface KeyStore {
  get: (key: string) => Promise<string | number | undefined>
  put: (value: string | number, key: string) => Promise<string>
}

async function deviceIn(store: KeyStore, newDeviceId: () => string): Promise<string> {
  const have = await store.get('id')
  if (typeof have === 'string') return have
  const id = newDeviceId()
  await store.put(id, 'id')
  return id
}

/** Counter, row and device id change in one transaction, flushed to disk before the promise resolves. */
async function addRow<F extends { id: string }, R>(
  db: Database<F, R>,
  newDeviceId: () => string,
  wish: { person: string; about: string; make: (counter: number, device: string) => F },
): Promise<Row<F>> {
  const tx = db.transaction(['unsent', 'device'], 'readwrite', { durability: 'strict' })
  const devices = tx.objectStore('device')
  const device = await deviceIn(devices, newDeviceId)
  const last = await devices.get('counter')
  const counter = (typeof last === 'number' ? last : 0) + 1
  const fact = wish.make(counter, device)
  const row: Row<F> = { id: fact.id, person: wish.person, counter, savedAt: Date.now(), about: wish.about, fact }
  // `add`, not `put`: the same id twice is a fault of the program and must not overwrite what was recorded.
  await Promise.all([devices.put(counter, 'counter'), tx.objectStore('unsent').add(row), tx.done])
  return row
}

async function oldestRows<F, R>(db: Database<F, R>, person: string, limit: number): Promise<Row<F>[]> {
  const rows: Row<F>[] = []
  let cursor = await db.transaction('unsent').store.index('byCounter').openCursor()
  while (cursor && rows.length < limit) {
    if (cursor.value.person === person) rows.push(cursor.value)
    cursor = await cursor.continue()
  }
  return rows
}

/** Moves every row that has its receipt; receipts for ids we do not hold are ignored. Answers how many rows left. */
async function settleRows<F, R extends { id: string }>(db: Database<F, R>, receipts: readonly R[], at: number): Promise<number> {
  const tx = db.transaction(['unsent', 'settled'], 'readwrite', { durability: 'strict' })
  // When a request in it fails the transaction fails too; that request's own error is the one that is passed on.
  tx.done.catch(() => undefined)
  let left = 0
  for (const receipt of receipts) {
    const row = await tx.objectStore('unsent').get(receipt.id)
    if (!row) continue
    const { id, person, about, fact } = row
    await tx.objectStore('settled').put({ id, settledAt: at, person, about, fact, receipt })
    await tx.objectStore('unsent').delete(id)
    left += 1
  }
  let surplus = (await tx.objectStore('settled').count()) - SETTLED_KEPT
  let cursor = surplus > 0 ? await tx.objectStore('settled').index('bySettledAt').openCursor() : null
  while (cursor && surplus > 0) {
    await cursor.delete()
    surplus -= 1
    cursor = await cursor.continue()
  }
  await tx.done
  return left
}
