import { readRow, readSettled, type Apart, type Carried, type Heard, type Row, type Settled } from './rows'
import { openAt, TooNew, type Database } from './schema'
import { addRow, deviceIn, Full, lease, leave, setApart, settleRows, type Rules } from './writing'

// The durable queue. A row is on disk before any screen says "saved", and leaves only when a receipt for its id has
// come: losing an answer costs a second sending, which the server answers with the same receipt. This folder imports
// nothing of ours, so that it can be tested, and moved, alone.

export { Full, TooNew }
export type { Apart, Carried, Heard, Row, Settled }

const NAME = 'outbox'

export interface Standing {
  /** Unsent rows: of this person, and of everybody else on this phone. */
  own: number
  others: number
  /** Rows of other phones that were taken over and not yet sent on. */
  carried: number
  /** Rows that could not be read, kept for the export. */
  apart: number
  /** Verdicts that need a person and that nobody has seen. */
  unread: number
  /** When the oldest unsent row was saved; null where there is none. */
  oldest: number | null
}

export interface Outbox<F extends { id: string }, R extends { id: string }> {
  /** Rejects with `Full` or `TooNew`, or whatever the browser said: in every case nothing was saved. */
  add: (person: string, about: string, make: (counter: number, device: string) => F) => Promise<Row<F>>
  /** All unsent rows of all people, oldest first. */
  pending: () => Promise<Row<F>[]>
  counts: (person: string) => Promise<{ own: number; others: number }>
  standing: (person: string) => Promise<Standing>
  /** These were sent and no receipt came back; rows that have left meanwhile stay gone. */
  heard: (ids: readonly string[], heard: Heard) => Promise<void>
  /** Moves every row that has its receipt; other receipts are ignored. `byFile`: they are asked for once more. */
  settle: (receipts: readonly R[], at?: number, byFile?: boolean) => Promise<number>
  receiptOf: (id: string) => Promise<Settled<F, R> | null>
  rowOf: (id: string) => Promise<Row<F> | null>
  settled: () => Promise<Settled<F, R>[]>
  seen: (id: string) => Promise<void>
  apart: () => Promise<Apart[]>
  carry: (rows: readonly Carried[]) => Promise<number>
  carried: () => Promise<Carried[]>
  device: () => Promise<string>
  /** Whether `tab` may send for so long, where the browser has no locks. */
  lease: (tab: string, ms: number, now?: number) => Promise<boolean>
  leave: (tab: string) => Promise<void>
  onChange: (listener: Listener) => () => void
  close: () => Promise<void>
}

export interface Options<R> {
  name?: string
  /** A verdict somebody has to look at. */
  needsEye?: (receipt: R) => boolean
  /** A verdict that is not the last word. */
  isOpen?: (receipt: R) => boolean
}

/** One database, opened when first needed and again after the browser or a newer tab has closed it. */
class Shelf {
  private opened: Promise<Database> | null = null
  private readonly name: string

  constructor(name: string) {
    this.name = name
  }

  private open(): Promise<Database> {
    const forget = () => {
      this.opened = null
    }
    this.opened ??= openAt(this.name, forget)
    // A refused opening (full disk, private mode) may succeed later; keeping the failure would not.
    this.opened.catch(forget)
    return this.opened
  }

  async with<T>(work: (db: Database) => Promise<T>): Promise<T> {
    const db = await this.open()
    try {
      return await work(db)
    } catch (error) {
      // Thrown when a transaction is begun on a closed database: nothing has been done yet, so it may be done anew.
      if ((error as { name?: string } | null)?.name !== 'InvalidStateError') throw error
      this.opened = null
      return work(await this.open())
    }
  }

  async close(): Promise<void> {
    const opened = this.opened
    this.opened = null
    await opened?.then((db) => db.close(), () => undefined)
  }
}

/** Called after every change; one that takes its time gives a promise that never fails. */
type Listener = () => undefined | Promise<void>

class Listeners {
  private readonly heard = new Set<() => void>()
  private readonly channel: BroadcastChannel | null

  constructor(name: string) {
    // Other tabs of this browser show the same queue.
    this.channel = typeof document === 'undefined' || typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(name)
    if (this.channel) this.channel.onmessage = () => this.here()
  }

  private here(): void {
    for (const listener of this.heard) listener()
  }

  announce(): void {
    this.here()
    this.channel?.postMessage('changed')
  }

  add(listener: Listener): () => void {
    const calm = oneAtATime(listener)
    this.heard.add(calm)
    return () => void this.heard.delete(calm)
  }
}

/** Who reads the whole queue at each change would hold up the sending of a long one: while it reads, further changes are
 * one, and are looked at when it is done. */
function oneAtATime(listener: Listener): () => void {
  let reading = false
  let missed = false
  const look = (): void => {
    missed = reading
    if (reading) return
    const read = listener()
    if (read === undefined) return
    reading = true
    void read.finally(() => {
      reading = false
      if (missed) look()
    })
  }
  return look
}

async function readAll<F extends { id: string }>(db: Database): Promise<Row<F>[]> {
  const values = await db.getAll('unsent')
  const rows = values.map((value) => readRow<F>(value))
  if (rows.includes(null)) await setApart(db, 'unsent', (value) => readRow(value) !== null)
  return rows.filter((row) => row !== null).sort((a, b) => a.counter - b.counter)
}

async function standingOf<F extends { id: string }, R>(db: Database, person: string, settled: Settled<F, R>[]): Promise<Standing> {
  const rows = await readAll<F>(db)
  const own = rows.filter((row) => row.person === person).length
  return {
    own,
    others: rows.length - own,
    carried: await db.count('carried'),
    apart: await db.count('apart'),
    unread: settled.filter((one) => one.unread && one.person === person).length,
    oldest: rows.reduce<number | null>((least, row) => Math.min(least ?? row.savedAt, row.savedAt), null),
  }
}

async function settledIn<F extends { id: string }, R>(db: Database, isOpen: (receipt: R) => boolean): Promise<Settled<F, R>[]> {
  const values = await db.getAll('settled')
  return values.map((value) => readSettled<F, R>(value, isOpen)).filter((one) => one !== null).sort((a, b) => b.settledAt - a.settledAt)
}

export function openOutbox<F extends { id: string }, R extends { id: string }>(newDeviceId: () => string, options: Options<R> = {}): Outbox<F, R> {
  const { name = NAME, needsEye = () => false, isOpen = () => false } = options
  const rules: Rules<R> = { needsEye, isOpen }
  const shelf = new Shelf(name)
  const listeners = new Listeners(name)
  /** Does it, and tells everybody who looks when something has changed. */
  const changing = async <T>(work: (db: Database) => Promise<T>, changed: (done: T) => boolean = () => true): Promise<T> => {
    const done = await shelf.with(work)
    if (changed(done)) listeners.announce()
    return done
  }
  const settled = () => shelf.with((db) => settledIn<F, R>(db, isOpen))
  const pending = () => shelf.with((db) => readAll<F>(db))

  return {
    add: (person, about, make) => changing((db) => addRow(db, newDeviceId, { person, about, make })),
    pending,
    settled,
    async counts(person) {
      const rows = await pending()
      const own = rows.filter((row) => row.person === person).length
      return { own, others: rows.length - own }
    },
    standing: async (person) => {
      const known = await settled()
      return shelf.with((db) => standingOf(db, person, known))
    },
    heard: (ids, heard) => changing((db) => noteHeard(db, ids, heard)),
    settle: (receipts, at = Date.now(), byFile = false) => changing((db) => settleRows(db, receipts, { at, byFile, rules }), (left) => left > 0),
    receiptOf: (id) => shelf.with(async (db) => readSettled<F, R>(await db.get('settled', id), isOpen)),
    rowOf: (id) => shelf.with(async (db) => readRow<F>(await db.get('unsent', id))),
    seen: (id) => changing((db) => markSeen(db, id)),
    apart: () => shelf.with(async (db) => {
      await readAll(db)
      return db.getAll('apart')
    }),
    carry: (rows) => changing((db) => carryRows(db, rows), (added) => added > 0),
    carried: () => shelf.with(async (db) => (await db.getAll('carried')).sort((a, b) => a.savedAt - b.savedAt || counterOf(a) - counterOf(b))),
    device: () => shelf.with(async (db) => {
      const tx = db.transaction('device', 'readwrite', { durability: 'strict' })
      const id = await deviceIn(tx.store, newDeviceId)
      await tx.done
      return id
    }),
    lease: (tab, ms, now = Date.now()) => shelf.with((db) => lease(db, tab, ms, now)),
    leave: (tab) => shelf.with((db) => leave(db, tab)),
    onChange: (listener) => listeners.add(listener),
    close: () => shelf.close(),
  }
}

/** Two rows saved in the same millisecond still have an order: that of their phone's counter. */
function counterOf({ fact }: Carried): number {
  const { counter } = (fact ?? {}) as { counter?: unknown }
  return typeof counter === 'number' ? counter : 0
}

async function noteHeard(db: Database, ids: readonly string[], heard: Heard): Promise<void> {
  const tx = db.transaction(['unsent', 'carried'], 'readwrite')
  const unsent = tx.objectStore('unsent')
  const carried = tx.objectStore('carried')
  for (const id of ids) {
    // Read in the same transaction: a row that has its receipt by now must not come back.
    const row = readRow(await unsent.get(id))
    if (row) await unsent.put({ ...row, attempts: row.attempts + 1, heard })
    const other = await carried.get(id)
    if (other) await carried.put({ ...other, heard })
  }
  await tx.done
}

async function markSeen(db: Database, id: string): Promise<void> {
  const tx = db.transaction('settled', 'readwrite')
  const have = (await tx.store.get(id)) as Settled<unknown, unknown> | undefined
  if (have?.unread === true) await tx.store.put({ ...have, unread: false })
  await tx.done
}

/** Takes over rows of another phone; one that is here already, as its own or taken over before, is not taken twice. */
async function carryRows(db: Database, rows: readonly Carried[]): Promise<number> {
  const tx = db.transaction(['unsent', 'settled', 'carried'], 'readwrite', { durability: 'strict' })
  tx.done.catch(() => undefined)
  let added = 0
  for (const row of rows) {
    const here = await Promise.all([tx.objectStore('unsent').getKey(row.id), tx.objectStore('settled').getKey(row.id), tx.objectStore('carried').getKey(row.id)])
    if (here.some((key) => key !== undefined)) continue
    await tx.objectStore('carried').add(row)
    added += 1
  }
  await tx.done
  return added
}
