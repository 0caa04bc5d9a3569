import type { IDBPObjectStore } from 'idb'
import { readRow, readSettled, type Row, type Settled } from './rows'
import type { Database, Schema } from './schema'

// Every write to the queue: each is one transaction, flushed to disk before its promise resolves.

const SETTLED_KEPT = 200

/** The phone has no room left, also after old receipts were dropped. Nothing was saved. */
export class Full extends Error {
  override name = 'Full'
}

export interface Rules<R> {
  needsEye: (receipt: R) => boolean
  isOpen: (receipt: R) => boolean
}

interface KeyStore {
  get: (key: string) => Promise<string | number | undefined>
  put: (value: string | number, key: string) => Promise<string>
}

export async function deviceIn(store: KeyStore, newDeviceId: () => string): Promise<string> {
  const have = await store.get('id')
  if (typeof have === 'string') return have
  const id = newDeviceId()
  await store.put(id, 'id')
  return id
}

interface Wish<F> {
  person: string
  about: string
  make: (counter: number, device: string) => F
}

/** Does it; where the phone is full, old receipts make room, half of them at a time. */
async function roomy<T>(db: Database, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if ((error as { name?: string } | null)?.name !== 'QuotaExceededError') throw error
      if (!(await makeRoom(db))) throw new Full('no room left on this phone')
    }
  }
}

export function addRow<F extends { id: string }>(db: Database, newDeviceId: () => string, wish: Wish<F>): Promise<Row<F>> {
  return roomy(db, () => addOnce(db, newDeviceId, wish))
}

/** Counter, row and device id change in one transaction. */
async function addOnce<F extends { id: string }>(db: Database, newDeviceId: () => string, wish: Wish<F>): Promise<Row<F>> {
  const tx = db.transaction(['unsent', 'device'], 'readwrite', { durability: 'strict' })
  // When a request in it fails the transaction fails too; that request's own error is the one that is passed on.
  tx.done.catch(() => undefined)
  const devices = tx.objectStore('device')
  const device = await deviceIn(devices, newDeviceId)
  const last = await devices.get('counter')
  const counter = (typeof last === 'number' ? last : 0) + 1
  const fact = wish.make(counter, device)
  const row: Row<F> = { id: fact.id, person: wish.person, counter, savedAt: Date.now(), about: wish.about, fact, attempts: 0, heard: null }
  // `add`, not `put`: the same id twice is a fault of the program and must not overwrite what was recorded.
  await Promise.all([devices.put(counter, 'counter'), tx.objectStore('unsent').add(row), tx.done])
  return row
}

/** Drops the older half of the receipts, those that somebody has yet to see last of all. False where there are none. */
async function makeRoom(db: Database): Promise<boolean> {
  const tx = db.transaction('settled', 'readwrite')
  const all = (await tx.store.index('bySettledAt').getAll()) as Partial<Settled<unknown, unknown>>[]
  // What is open is the only copy of a row whose receipt came by a file.
  const closed = all.filter((one) => one.open !== true)
  const known = closed.filter((one) => one.unread !== true)
  const drop = known.length > 0 ? known : closed
  for (const { id } of drop.slice(0, Math.ceil(drop.length / 2))) if (id !== undefined) await tx.store.delete(id)
  await tx.done
  return drop.length > 0
}

interface Settling<R> {
  at: number
  byFile: boolean
  rules: Rules<R>
}

/** Moves every row that has its receipt; receipts for ids we do not hold are ignored. Answers how many changed. */
export function settleRows<R extends { id: string }>(db: Database, receipts: readonly R[], how: Settling<R>): Promise<number> {
  return roomy(db, () => settleOnce(db, receipts, how))
}

async function settleOnce<R extends { id: string }>(db: Database, receipts: readonly R[], how: Settling<R>): Promise<number> {
  const tx = db.transaction(['unsent', 'settled', 'carried'], 'readwrite', { durability: 'strict' })
  tx.done.catch(() => undefined)
  const settled = tx.objectStore('settled')
  let changed = 0
  for (const receipt of receipts) {
    const row = readRow(await tx.objectStore('unsent').get(receipt.id)) ?? (await tx.objectStore('carried').get(receipt.id)) ?? null
    const before = row ? null : readSettled<{ id: string }, R>(await settled.get(receipt.id), how.rules.isOpen)
    const next = row ?? (before && outdoes(before, receipt, how) ? before : null)
    if (!next) continue
    const { id, person, about } = next
    const [unread, open] = [how.rules.needsEye(receipt), how.byFile || how.rules.isOpen(receipt)]
    await settled.put({ id, settledAt: how.at, person, about, fact: next.fact, receipt, unread, open })
    await tx.objectStore('unsent').delete(id)
    await tx.objectStore('carried').delete(id)
    changed += 1
  }
  await trim(settled)
  await tx.done
  return changed
}

/** An answer no longer changes, but for those that were not the last word: held at the server, or come by a file. */
function outdoes<R extends { id: string }>(before: Settled<unknown, R>, receipt: R, { byFile, rules }: Settling<R>): boolean {
  if (!before.open || byFile) return false
  return !rules.isOpen(receipt) || !rules.isOpen(before.receipt)
}

type SettledStore = IDBPObjectStore<Schema, ('unsent' | 'settled' | 'carried')[], 'settled', 'readwrite'>

/** Keeps the last receipts; those long past go, but never one that somebody has yet to see or that is still open. */
async function trim(store: SettledStore): Promise<void> {
  let surplus = (await store.count()) - SETTLED_KEPT
  let cursor = surplus > 0 ? await store.index('bySettledAt').openCursor() : null
  while (cursor && surplus > 0) {
    const { unread, open } = cursor.value as Partial<Settled<unknown, unknown>>
    if (unread !== true && open !== true) {
      await cursor.delete()
      surplus -= 1
    }
    cursor = await cursor.continue()
  }
}

/** Puts what cannot be read aside, whole, so that it neither breaks reading nor is lost. */
export async function setApart(db: Database, from: 'unsent', isRow: (value: unknown) => boolean): Promise<void> {
  const tx = db.transaction([from, 'apart'], 'readwrite', { durability: 'strict' })
  tx.done.catch(() => undefined)
  let cursor = await tx.objectStore(from).openCursor()
  while (cursor) {
    if (!isRow(cursor.value)) {
      await tx.objectStore('apart').add({ at: Date.now(), from, value: cursor.value })
      await cursor.delete()
    }
    cursor = await cursor.continue()
  }
  await tx.done
}

const SENDER = 'sender'

/** Takes or keeps the right to send, unless another tab has it and has lately said so. */
export async function lease(db: Database, tab: string, ms: number, now: number): Promise<boolean> {
  const tx = db.transaction('device', 'readwrite')
  const [holder, until] = String((await tx.store.get(SENDER)) ?? '').split(' ')
  const free = holder === tab || !(Number(until) > now && Number(until) <= now + ms)
  if (free) await tx.store.put(`${tab} ${now + ms}`, SENDER)
  await tx.done
  return free
}

export async function leave(db: Database, tab: string): Promise<void> {
  const tx = db.transaction('device', 'readwrite')
  if (String((await tx.store.get(SENDER)) ?? '').startsWith(`${tab} `)) await tx.store.delete(SENDER)
  await tx.done
}
