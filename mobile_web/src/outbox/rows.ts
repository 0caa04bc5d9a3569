// What a stored row looks like, and how one is read that was written by an older app, half a write, or somebody else.

/** Why a row is still here after it was tried: the last thing that was heard, or that nothing was. */
export interface Heard {
  at: number
  /** A short name of what came instead of a receipt; the screens have the words. */
  what: string
  /** What the server said of this very row, where it said anything. */
  problem?: unknown
}

export interface Row<F> {
  id: string
  /** Facts are sent as the person who recorded them, never as whoever happens to be logged in later. */
  person: string
  counter: number
  savedAt: number
  /** What the person will recognise it by in the list of unsent rows. */
  about: string
  fact: F
  /** How often it was sent without a receipt coming back. */
  attempts: number
  heard: Heard | null
}

export interface Settled<F, R> {
  id: string
  settledAt: number
  person: string
  about: string
  fact: F
  receipt: R
  /** A verdict that needs a person, until somebody has seen it. */
  unread: boolean
  /** Not the last word: it waits at the server, or the receipt came by a file. It is asked for again. */
  open: boolean
}

/** A row of another phone that came as a file: sent on under the name of whoever made it, as the file has it. */
export interface Carried {
  id: string
  person: string
  device: string
  about: string
  savedAt: number
  takenAt: number
  fact: unknown
  heard: Heard | null
}

/** What could not be read as a row. Nothing is thrown away: it is counted, and goes along in the export. */
export interface Apart {
  at: number
  from: 'unsent' | 'settled'
  value: unknown
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** The row, with what an older version did not write filled in; null where it is no row that could ever be sent. */
export function readRow<F extends { id: string }>(value: unknown): Row<F> | null {
  if (!isObject(value)) return null
  const { id, person, counter, savedAt, about, fact, attempts, heard } = value
  if (!text(id) || !text(person) || !Number.isSafeInteger(counter) || !isObject(fact) || fact['id'] !== id) return null
  return {
    id,
    person,
    counter: counter as number,
    savedAt: typeof savedAt === 'number' ? savedAt : 0,
    about: typeof about === 'string' ? about : '',
    fact: fact as F,
    attempts: typeof attempts === 'number' ? attempts : 0,
    heard: isObject(heard) && text(heard['what']) ? (heard as unknown as Heard) : null,
  }
}

export function readSettled<F extends { id: string }, R>(value: unknown, isOpen: (receipt: R) => boolean): Settled<F, R> | null {
  if (!isObject(value)) return null
  const { id, settledAt, person, about, fact, receipt, unread, open } = value
  if (!text(id) || !text(person) || !isObject(fact) || !isObject(receipt)) return null
  return {
    id,
    settledAt: typeof settledAt === 'number' ? settledAt : 0,
    person,
    about: typeof about === 'string' ? about : '',
    fact: fact as F,
    receipt: receipt as R,
    unread: unread === true,
    open: typeof open === 'boolean' ? open : isOpen(receipt as R),
  }
}
