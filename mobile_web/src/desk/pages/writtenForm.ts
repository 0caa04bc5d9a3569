import { parseMass } from '../../quantity'
import type { Party, Uuid, WasteClass } from '../../wire'

// What somebody copies from an emergency sheet, as it is typed; and the request it becomes. Pure.

export interface Row {
  /** The id a new batch gets, made here so that sending twice makes one. */
  id: Uuid
  /** The code on the container's label; empty where the batch is new. */
  code: string
  wasteClass: WasteClass | null
  container: string
  planned: string
  loaded: string
  accepted: string
  refused: string
}

export interface Leg {
  carrier: Party | null
  plate: string
  at: string
  name: string
}

export interface Sheet {
  id: Uuid
  number: string
  writtenAt: string
  rows: Row[]
  legs: Leg[]
  receiver: Party | null
  treatment: string
  generatorName: string
  receivedAt: string
  receiverName: string
  cause: string
  remark: string
}

export type Missing = 'number' | 'writtenAt' | 'row' | 'grams' | 'carrier' | 'receiver' | 'treatment' | 'cause'

export function emptyRow(id: Uuid): Row {
  return { id, code: '', wasteClass: null, container: '', planned: '', loaded: '', accepted: '', refused: '' }
}

export const emptyLeg: Leg = { carrier: null, plate: '', at: '', name: '' }

export function emptySheet(id: Uuid, first: Uuid): Sheet {
  return {
    id, number: '', writtenAt: '', rows: [emptyRow(first)], legs: [emptyLeg], receiver: null, treatment: '',
    generatorName: '', receivedAt: '', receiverName: '', cause: '', remark: '',
  } // prettier-ignore
}

/** Grams of a box that is in kilograms; null where it is empty, undefined where nobody can read it. */
export function gramsOf(text: string): number | null | undefined {
  if (text.trim() === '') return null
  if (/^0+(\.0+)?$/.test(text.trim())) return 0
  const read = parseMass(`${text.trim()} kg`)
  return 'grams' in read ? read.grams : undefined
}

/** What still has to be filled in, the first thing first. */
export function missingIn(sheet: Sheet): Missing[] {
  const missing: Missing[] = []
  if (sheet.number.trim() === '') missing.push('number')
  if (sheet.writtenAt === '') missing.push('writtenAt')
  if (sheet.rows.some((row) => row.code.trim() === '' && row.wasteClass === null)) missing.push('row')
  const boxes = sheet.rows.flatMap((row) => [row.planned, row.loaded, row.accepted, row.refused])
  const unweighed = sheet.rows.some((row) => row.code.trim() === '' && !gramsOf(row.planned))
  if (unweighed || boxes.some((box) => gramsOf(box) === undefined)) missing.push('grams')
  if (sheet.legs.some((leg) => leg.carrier === null)) missing.push('carrier')
  if (sheet.receiver === null) missing.push('receiver')
  if (sheet.treatment === '') missing.push('treatment')
  if (sheet.rows.some((row) => gramsOf(row.refused)) && sheet.cause === '') missing.push('cause')
  return missing
}

const instant = (local: string): string | null => (local === '' ? null : new Date(local).toISOString())

/** The request. `known` holds the ids of the batches whose codes were typed. */
export function toSend(sheet: Sheet, known: ReadonlyMap<string, Uuid>) {
  const names = [
    { side: 'generator', name: sheet.generatorName.trim(), leg: 1 },
    ...sheet.legs.map((leg, index) => ({ side: 'carrier', name: leg.name.trim(), leg: index + 1 })),
    { side: 'receiver', name: sheet.receiverName.trim(), leg: 1 },
  ]
  return {
    id: sheet.id,
    sheet: sheet.number.trim(),
    written_at: instant(sheet.writtenAt),
    batches: sheet.rows.map((row) => ({
      batch: known.get(row.code.trim()) ?? row.id,
      class: row.code.trim() === '' && row.wasteClass ? { scheme: row.wasteClass.scheme, edition: row.wasteClass.edition, code: row.wasteClass.code } : null,
      grams: gramsOf(row.planned) ?? null,
      container: row.container.trim() || null,
      loaded_grams: gramsOf(row.loaded) ?? null,
      accepted_grams: gramsOf(row.accepted) ?? null,
      refused_grams: gramsOf(row.refused) ?? null,
    })),
    carriers: sheet.legs.map((leg) => ({ enterprise: leg.carrier?.id ?? null, plate: leg.plate.trim() || null, took_over_at: instant(leg.at) })),
    receiver: sheet.receiver?.id ?? null,
    treatment: sheet.treatment,
    received: sheet.receivedAt === '' ? null : { at: instant(sheet.receivedAt), cause: sheet.cause || null },
    signed: names.filter((one) => one.name !== ''),
    remark: sheet.remark.trim() || null,
  }
}
