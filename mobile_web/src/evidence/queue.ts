import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb'

// Photos and scale tickets on this phone, in a database of their own: they are large, and must never stand in the way of
// the facts. A piece is on disk before anybody is told it is kept, and is forgotten only when the server has it and every
// fact that names it has its receipt. Like the outbox, this file imports nothing of ours.

export interface Piece {
  sha256: string
  bytes: number
  media: string
  keptAt: number
  /** Whose fact names it; null while the form is still open. It is sent as this person and as nobody else. */
  person: string | null
  facts: string[]
  arrived: boolean
  /** The code of a refusal that trying again will not change. */
  refused: string | null
}

interface Content {
  sha256: string
  bytes: ArrayBuffer
}

interface Schema extends DBSchema {
  pieces: { key: string; value: Piece }
  contents: { key: string; value: Content }
}

const VERSION = 1
/** A form that was never confirmed leaves its photos behind when the phone is switched off in the middle of it. */
const DRAFTS_KEPT_MS = 7 * 24 * 3_600_000

export interface PieceQueue {
  add: (piece: Pick<Piece, 'sha256' | 'bytes' | 'media'>, content: ArrayBuffer, at?: number) => Promise<void>
  content: (sha256: string) => Promise<ArrayBuffer | null>
  name: (hashes: readonly string[], person: string, fact: string) => Promise<void>
  drop: (sha256: string) => Promise<void>
  /** Forgets a piece that facts name and the server will not take: somebody has said so. Any other stays. */
  giveUp: (sha256: string) => Promise<void>
  unsent: () => Promise<Piece[]>
  people: () => Promise<string[]>
  mark: (sha256: string, change: Partial<Pick<Piece, 'arrived' | 'refused'>>) => Promise<void>
  clean: (isUnsent: (fact: string) => boolean, at?: number) => Promise<number>
  onChange: (listener: () => void) => () => void
  close: () => Promise<void>
}

type Database = IDBPDatabase<Schema>

function open(name: string): Promise<Database> {
  return openDB<Schema>(name, VERSION, {
    upgrade(db) {
      db.createObjectStore('pieces', { keyPath: 'sha256' })
      db.createObjectStore('contents', { keyPath: 'sha256' })
    },
    // A newer version of the app in another tab must not wait for this one.
    blocking: (_have, _wanted, event) => (event.target as IDBDatabase).close(),
  })
}

export function openPieces(name = 'evidence'): PieceQueue {
  let opened: Promise<Database> | null = null
  const listeners = new Set<() => void>()
  const announce = () => listeners.forEach((listener) => listener())

  async function database(): Promise<Database> {
    opened ??= open(name)
    try {
      return await opened
    } catch (error) {
      opened = null
      throw error
    }
  }
  const write = async () => (await database()).transaction(['pieces', 'contents'], 'readwrite', { durability: 'strict' })
  async function changed<T>(work: Promise<T>): Promise<T> {
    const result = await work
    announce()
    return result
  }

  return {
    add: async (piece, content, at = Date.now()) => changed(addPiece(await write(), piece, content, at)),
    content: async (sha256) => (await (await database()).get('contents', sha256))?.bytes ?? null,
    name: async (hashes, person, fact) => changed(namePieces(await write(), hashes, person, fact)),
    drop: async (sha256) => changed(dropPiece(await write(), sha256)),
    giveUp: async (sha256) => changed(giveUpPiece(await write(), sha256)),
    async unsent() {
      const pieces = await (await database()).getAll('pieces')
      return pieces.filter((piece) => piece.facts.length > 0 && !piece.arrived).sort((a, b) => a.keptAt - b.keptAt)
    },
    async people() {
      const found = await (await database()).getAll('pieces')
      return [...new Set(found.flatMap((piece) => (piece.person === null ? [] : [piece.person])))]
    },
    mark: async (sha256, change) => changed(markPiece(await write(), sha256, change)),
    clean: async (isUnsent, at = Date.now()) => changed(cleanPieces(await write(), isUnsent, at)),
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

type Writing = IDBPTransaction<Schema, ('pieces' | 'contents')[], 'readwrite'>

/** When a request in a transaction fails, its own error is the one that is passed on. */
function quiet(tx: Writing): void {
  tx.done.catch(() => undefined)
}

async function addPiece(tx: Writing, piece: Pick<Piece, 'sha256' | 'bytes' | 'media'>, bytes: ArrayBuffer, at: number): Promise<void> {
  quiet(tx)
  const pieces = tx.objectStore('pieces')
  const have = await pieces.get(piece.sha256)
  // The same photo chosen twice is one photo; if the server has it already, so much the better.
  if (!have) {
    await tx.objectStore('contents').put({ sha256: piece.sha256, bytes })
    await pieces.put({ ...piece, keptAt: at, person: null, facts: [], arrived: false, refused: null })
  }
  await tx.done
}

async function namePieces(tx: Writing, hashes: readonly string[], person: string, fact: string): Promise<void> {
  quiet(tx)
  const pieces = tx.objectStore('pieces')
  for (const sha256 of hashes) {
    const have = await pieces.get(sha256)
    if (have) await pieces.put({ ...have, person: have.person ?? person, facts: [...have.facts, fact], refused: null })
  }
  await tx.done
}

async function dropPiece(tx: Writing, sha256: string): Promise<void> {
  quiet(tx)
  const have = await tx.objectStore('pieces').get(sha256)
  if (have?.facts.length === 0) await forget(tx, sha256)
  await tx.done
}

async function giveUpPiece(tx: Writing, sha256: string): Promise<void> {
  quiet(tx)
  const have = await tx.objectStore('pieces').get(sha256)
  if (have !== undefined && have.refused !== null) await forget(tx, sha256)
  await tx.done
}

async function markPiece(tx: Writing, sha256: string, change: Partial<Piece>): Promise<void> {
  quiet(tx)
  const have = await tx.objectStore('pieces').get(sha256)
  if (have) await tx.objectStore('pieces').put({ ...have, ...change })
  await tx.done
}

async function cleanPieces(tx: Writing, isUnsent: (fact: string) => boolean, at: number): Promise<number> {
  quiet(tx)
  let gone = 0
  for (const piece of await tx.objectStore('pieces').getAll()) {
    const draft = piece.facts.length === 0 && at - piece.keptAt > DRAFTS_KEPT_MS
    const done = piece.facts.length > 0 && piece.arrived && !piece.facts.some(isUnsent)
    if (!draft && !done) continue
    await forget(tx, piece.sha256)
    gone += 1
  }
  await tx.done
  return gone
}

async function forget(tx: Writing, sha256: string): Promise<void> {
  await tx.objectStore('contents').delete(sha256)
  await tx.objectStore('pieces').delete(sha256)
}
