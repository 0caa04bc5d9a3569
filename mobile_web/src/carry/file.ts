import type { Apart, Carried, Row } from '../outbox/outbox'
import type { SignedFact } from '../syncPost'
import type { Fact, Receipt, Uuid } from '../wire'

// The outbox as a file, for a phone that finds no network, and the receipts that come back. docs/outbox.md has the shapes.

export const OUTBOX_FORMAT = 'wm-outbox'
export const RECEIPTS_FORMAT = 'wm-receipts'
const VERSION = 1

/** One record: who made it on which phone stands beside it, and the phone's signature inside. */
export interface FileRow {
  person: Uuid
  device: Uuid
  about: string
  saved_at: string
  fact: SignedFact
}

export interface OutboxFile {
  format: typeof OUTBOX_FORMAT
  version: number
  device: Uuid
  made_at: string
  rows: FileRow[]
  /** What the phone itself could not read; for people to look at. */
  apart: unknown[]
}

export interface ReceiptsFile {
  format: typeof RECEIPTS_FORMAT
  version: number
  made_at: string
  receipts: Receipt[]
}

export type Unfit = 'not_ours' | 'newer' | 'broken' | 'own' | 'empty'

export function makeFile(device: Uuid, rows: readonly Row<Fact>[], signed: readonly SignedFact[], carried: readonly Carried[], apart: readonly Apart[], now: Date): OutboxFile {
  return {
    format: OUTBOX_FORMAT,
    version: VERSION,
    device,
    made_at: now.toISOString(),
    rows: [
      ...rows.map((row, index) => ({ person: row.person, device, about: row.about, saved_at: new Date(row.savedAt).toISOString(), fact: signed[index] ?? row.fact })),
      ...carried.map((row) => ({ person: row.person, device: row.device, about: row.about, saved_at: new Date(row.savedAt).toISOString(), fact: row.fact as SignedFact })),
    ],
    apart: apart.map((one) => one.value),
  }
}

export function makeReceipts(receipts: Receipt[], now: Date): ReceiptsFile {
  return { format: RECEIPTS_FORMAT, version: VERSION, made_at: now.toISOString(), receipts }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isRow(value: unknown): value is FileRow {
  if (!isObject(value) || !isObject(value['fact'])) return false
  return [value['person'], value['device'], value['fact']['id']].every((one) => typeof one === 'string' && one !== '')
}

const VERDICTS: ReadonlySet<unknown> = new Set(['recorded', 'already_recorded', 'waiting', 'conflict', 'turned_away', 'quarantined'])

function isReceipt(value: unknown): value is Receipt {
  return isObject(value) && typeof value['id'] === 'string' && VERDICTS.has(value['verdict']) && Array.isArray(value['findings'])
}

/** What stands in a file, or why it is not taken in. A row that is none makes the whole file unfit: nothing of it is
 * passed over in silence. */
export function readFile(text: string): OutboxFile | ReceiptsFile | Unfit {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return text.trimStart().startsWith('{') ? 'broken' : 'not_ours'
  }
  if (!isObject(body) || (body['format'] !== OUTBOX_FORMAT && body['format'] !== RECEIPTS_FORMAT)) return 'not_ours'
  if (typeof body['version'] !== 'number' || body['version'] > VERSION) return 'newer'
  if (body['format'] === OUTBOX_FORMAT) {
    const { rows, apart } = body
    if (!Array.isArray(rows) || !rows.every(isRow)) return 'broken'
    const kept = Array.isArray(apart) ? apart : []
    return rows.length === 0 && kept.length === 0 ? 'empty' : ({ ...body, rows, apart: kept } as unknown as OutboxFile)
  }
  const { receipts } = body
  if (!Array.isArray(receipts) || !receipts.every(isReceipt)) return 'broken'
  return receipts.length === 0 ? 'empty' : (body as unknown as ReceiptsFile)
}

const PORTION_ROWS = 50
const PORTION_BYTES = 1_000_000

export interface Portion {
  person: Uuid
  device: Uuid
  facts: SignedFact[]
}

/** Rows in portions that one request may carry, each of one person on one phone, in the order of the file. */
export function portions(rows: readonly { person: Uuid; device: Uuid; fact: unknown }[]): Portion[] {
  const made: Portion[] = []
  let bytes = 0
  for (const { person, device, fact } of rows) {
    const size = JSON.stringify(fact).length * 2
    const last = made.at(-1)
    if (last?.person === person && last.device === device && last.facts.length < PORTION_ROWS && bytes + size < PORTION_BYTES) {
      last.facts.push(fact as SignedFact)
      bytes += size
    } else {
      made.push({ person, device, facts: [fact as SignedFact] })
      bytes = size
    }
  }
  return made
}

export function carriedFrom(file: OutboxFile, now: number): Carried[] {
  return file.rows.map((row) => ({
    id: row.fact.id,
    person: row.person,
    device: row.device,
    about: row.about,
    savedAt: Date.parse(row.saved_at) || now,
    takenAt: now,
    fact: row.fact,
    heard: null,
  }))
}

/** The name says what it is and from when, so that it is found again among many. */
export function nameOf(file: OutboxFile | ReceiptsFile): string {
  const when = file.made_at.slice(0, 16).replace(/[:T]/g, '-')
  return `${file.format === OUTBOX_FORMAT ? 'records' : 'receipts'}-${when}.json`
}
