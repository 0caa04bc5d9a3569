import { openDB } from 'idb'

// A database as each earlier version of the app left it, made with the calls that version made. When the schema gets a
// new version, what stands in src/outbox/ today is written down here once more; an entry is never changed again.

export interface Earlier {
  version: number
  /** Makes the database 'outbox': two rows in flight, two receipts, device and counter. */
  make: () => Promise<void>
}

const receipts = [
  { id: 'sent', settledAt: 5, person: 'zhao', about: 'x', fact: { id: 'sent' }, receipt: { id: 'sent', verdict: 'recorded' } },
  { id: 'held', settledAt: 6, person: 'zhao', about: 'x', fact: { id: 'held' }, receipt: { id: 'held', verdict: 'waiting' } },
]

const rows = [
  { id: 'a', person: 'zhao', counter: 2, savedAt: 100, about: 'Pick up · oily rags', fact: { id: 'a', counter: 2, device: 'device-of-old' } },
  { id: 'b', person: 'wang', counter: 3, savedAt: 101, about: 'Receive', fact: { id: 'b', counter: 3, device: 'device-of-old' } },
]

async function one(): Promise<void> {
  const db = await openDB('outbox', 1, {
    upgrade(made) {
      made.createObjectStore('unsent', { keyPath: 'id' }).createIndex('byCounter', 'counter')
      made.createObjectStore('settled', { keyPath: 'id' }).createIndex('bySettledAt', 'settledAt')
      made.createObjectStore('device')
    },
  })
  const tx = db.transaction(['unsent', 'settled', 'device'], 'readwrite')
  await tx.objectStore('device').put('device-of-old', 'id')
  await tx.objectStore('device').put(3, 'counter')
  for (const row of rows) await tx.objectStore('unsent').add(row)
  for (const receipt of receipts) await tx.objectStore('settled').put(receipt)
  await tx.done
  db.close()
}

export const EARLIER: readonly Earlier[] = [{ version: 1, make: one }]
