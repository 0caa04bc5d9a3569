import { instantHere, uuid7 } from '../ids'
import { parseMass, type MassProblem } from '../quantity'
import type { Draft } from '../sync'
import { ON_MANIFEST, type Subject, type SubjectLine } from '../what/subject'
import type { ActKind, ClassKey, FactLine, FactPlace, Party, Place, ReceiptOutcome, Uuid, WasteClass } from '../wire'

// What a person fills in at an act, what is still missing, and the fact it becomes. No screen in here.

/** An empty text means "as the books have it". */
export interface Amount {
  text: string
  unit: 'kg' | 't'
  measured: boolean
}

export type Cause = 'not_conform' | 'not_receivable' | 'awaiting_analysis' | 'other'
export const CAUSES: readonly Cause[] = ['not_conform', 'not_receivable', 'awaiting_analysis', 'other']

export const UNCOLLECTED = ['closed', 'not_ready', 'no_room', 'not_conform', 'other'] as const
export const STOPS = ['breakdown', 'rest', 'traffic', 'weather', 'inspection', 'other'] as const

export interface OutputRow {
  key: string
  kind: 'product' | 'residue' | 'loss'
  name: string
  wasteClass: WasteClass | null
  amount: Amount
}

export interface ActForm {
  amounts: Record<Uuid, Amount>
  refused: Record<Uuid, Amount>
  outcome: ReceiptOutcome
  cause: Cause | null
  text: string
  plate: string
  treatment: string
  outputs: OutputRow[]
  store: Uuid | null
  carrier: Uuid | null
  /** Both as the pickers show them, for a form that comes back from a lock or is told again. */
  storePlace?: Place | null
  carrierParty?: Party | null
  /** Why the truck went without it, or why it stands still. */
  reason: string | null
  /** The store on the way that keeps it. */
  keeper: Uuid | null
  /** The batches that were not loaded; all of them where only one is there. */
  left: Uuid[]
  note: string
}

/** Which acts ask for grams at all, and which cannot do without. */
export const ASKS_GRAMS: ReadonlySet<ActKind> = new Set<ActKind>(['picked_up', 'received', 'weighed', 'treated'])
const NEEDS_GRAMS: ReadonlySet<ActKind> = new Set<ActKind>(['received', 'weighed'])

const TONNES_FROM = 10_000_000

export function emptyAmount(near: number, measured: boolean): Amount {
  return { text: '', unit: near >= TONNES_FROM ? 't' : 'kg', measured }
}

export function emptyForm(kind: ActKind, subject: Subject): ActForm {
  const each = (measured: boolean) =>
    Object.fromEntries(subject.lines.map((line) => [line.batch, emptyAmount(line.grams, measured)]))
  // At a gate and on a scale things are weighed; at a pickup they are mostly judged by eye.
  const atScale = kind !== 'picked_up'
  return {
    amounts: each(atScale),
    refused: each(atScale),
    outcome: 'whole',
    cause: null,
    text: '',
    // The truck that goes on is mostly another one.
    plate: kind === 'handed_over' ? '' : (subject.plate ?? ''),
    treatment: subject.treatment ?? '',
    outputs: [],
    store: null,
    carrier: null,
    reason: null,
    keeper: null,
    left: subject.lines.map((line) => line.batch),
    note: '',
  }
}

/** The same with what somebody filled in last, where nothing better is known: the fiftieth drum needs no typing. */
export function withHabits(kind: ActKind, form: ActForm, habits: { plate: string | null; treatment: string | null } | null): ActForm {
  if (habits === null) return form
  const plate = kind === 'picked_up' && form.plate === '' ? (habits.plate ?? '') : form.plate
  const treatment = kind === 'treated' && form.treatment === '' ? (habits.treatment ?? '') : form.treatment
  return { ...form, plate, treatment }
}

export function gramsOf(amount: Amount | undefined): number | MassProblem | null {
  if (!amount || amount.text.trim() === '') return null
  const read = parseMass(`${amount.text} ${amount.unit}`)
  return 'grams' in read ? read.grams : read.problem
}

/** Grams for adding up: what was typed where it can be read, else what the books have. */
export function countedGrams(form: ActForm, line: SubjectLine): number {
  const grams = gramsOf(form.amounts[line.batch])
  return typeof grams === 'number' ? grams : line.grams
}

export function leftOver(form: ActForm, subject: Subject): number {
  const into = subject.lines.reduce((sum, line) => sum + countedGrams(form, line), 0)
  const out = form.outputs.reduce((sum, output) => {
    const grams = gramsOf(output.amount)
    return sum + (typeof grams === 'number' ? grams : 0)
  }, 0)
  return into - out
}

export type FormError =
  | MassProblem
  | 'needGrams'
  | 'needCause'
  | 'needTreatment'
  | 'needOutputs'
  | 'needClass'
  | 'needStore'
  | 'needCarrier'
  | 'needPlate'
  | 'needText'
  | 'needKeeper'
  | 'needOne'
  | 'refusedMore'

/** `said`: the park's own sentence about what was told here before. */
export type FormErrors = Record<string, FormError | { said: string }>

function amountError(amount: Amount | undefined, needed: boolean): FormError | null {
  const grams = gramsOf(amount)
  if (grams === null) return needed ? 'needGrams' : null
  return typeof grams === 'number' ? null : grams
}

function lineErrors(kind: ActKind, form: ActForm, line: SubjectLine, errors: FormErrors): void {
  const wholly = kind === 'received' && form.outcome === 'refused'
  if (!ASKS_GRAMS.has(kind) || wholly) return
  const wrong = amountError(form.amounts[line.batch], NEEDS_GRAMS.has(kind))
  if (wrong) errors[`amount:${line.batch}`] = wrong
  if (kind !== 'received' || form.outcome !== 'part') return
  const refusedWrong = amountError(form.refused[line.batch], false)
  if (refusedWrong) errors[`refused:${line.batch}`] = refusedWrong
}

function receiptErrors(form: ActForm, subject: Subject, errors: FormErrors): void {
  if (form.outcome === 'whole') return
  if (form.cause === null) errors['cause'] = 'needCause'
  if (form.cause === 'other' && form.text.trim() === '') errors['text'] = 'needText'
  if (form.outcome === 'refused') return
  const some = subject.lines.some((line) => typeof gramsOf(form.refused[line.batch]) === 'number')
  const first = subject.lines[0]
  if (!some && first) errors[`refused:${first.batch}`] ??= 'needGrams'
}

/** Disposal ends the waste: nothing has to come out of it. Use makes something, and has to say what. */
export function isDisposal(treatment: string): boolean {
  return treatment.startsWith('D')
}

function treatmentErrors(form: ActForm, errors: FormErrors): void {
  if (form.treatment === '') errors['treatment'] = 'needTreatment'
  if (form.outputs.length === 0 && !isDisposal(form.treatment)) errors['outputs'] = 'needOutputs'
  for (const output of form.outputs) {
    const wrong = amountError(output.amount, true)
    if (wrong) errors[`output:${output.key}`] = wrong
    if (output.kind === 'residue' && output.wasteClass === null) errors[`class:${output.key}`] = 'needClass'
  }
}

/** What keeps the act from being confirmed. Only what cannot be read or is missing: what is odd becomes a finding. */
export function errorsOf(kind: ActKind, form: ActForm, subject: Subject): FormErrors {
  const errors: FormErrors = {}
  for (const line of subject.lines) lineErrors(kind, form, line, errors)
  if (kind === 'received') receiptErrors(form, subject, errors)
  if (kind === 'treated') treatmentErrors(form, errors)
  if (kind === 'stored' && form.store === null) errors['store'] = 'needStore'
  if (kind === 'handed_over') handOverErrors(form, subject, errors)
  if (kind === 'deposited' && form.keeper === null) errors['keeper'] = 'needKeeper'
  if (kind === 'not_collected' || kind === 'stopped') reasonErrors(kind, form, errors)
  return errors
}

function handOverErrors(form: ActForm, subject: Subject, errors: FormErrors): void {
  if (form.carrier === null) errors['carrier'] = 'needCarrier'
  // The same carrier with the same truck would be no hand-over at all.
  else if (form.carrier === subject.holder && form.plate.trim() === '') errors['plate'] = 'needPlate'
}

function reasonErrors(kind: ActKind, form: ActForm, errors: FormErrors): void {
  if (form.reason === null) errors['reason'] = 'needCause'
  if (form.reason === 'other' && form.text.trim() === '') errors['text'] = 'needText'
  if (kind === 'not_collected' && form.left.length === 0) errors['left'] = 'needOne'
}

/** By the label that was scanned, where it is all this phone knows. */
function nameOf(line: SubjectLine): { label: Uuid } | { batch: Uuid } {
  return line.byLabel === true ? { label: line.batch } : { batch: line.batch }
}

function factLine(kind: ActKind, form: ActForm, line: SubjectLine): FactLine {
  const out: FactLine = nameOf(line)
  const wholly = kind === 'received' && form.outcome === 'refused'
  const amount = form.amounts[line.batch]
  const grams = ASKS_GRAMS.has(kind) && !wholly ? gramsOf(amount) : null
  if (typeof grams === 'number') {
    out.grams = grams
    out.measured = kind === 'weighed' || amount?.measured === true
  }
  if (line.prev !== null) out.prev = line.prev
  return out
}

function classKey(wasteClass: WasteClass): ClassKey {
  return { scheme: wasteClass.scheme, edition: wasteClass.edition, code: wasteClass.code }
}

function receivedDetails(form: ActForm, subject: Subject): Record<string, unknown> {
  const details: Record<string, unknown> = { outcome: form.outcome }
  if (form.outcome === 'whole') return details
  details['cause'] = form.cause
  if (form.text.trim() !== '') details['text'] = form.text.trim()
  if (form.outcome === 'part') {
    details['refused'] = subject.lines.flatMap((line) => {
      const grams = gramsOf(form.refused[line.batch])
      return typeof grams === 'number' ? [{ ...nameOf(line), refused_grams: grams, into: uuid7() }] : []
    })
  }
  return details
}

function outputDetails(output: OutputRow): Record<string, unknown> {
  const details: Record<string, unknown> = { kind: output.kind, grams: gramsOf(output.amount) }
  if (output.name.trim() !== '') details['name'] = output.name.trim()
  if (output.kind === 'residue' && output.wasteClass) {
    details['batch'] = uuid7()
    details['class'] = classKey(output.wasteClass)
  }
  return details
}

function detailsOf(kind: ActKind, form: ActForm, subject: Subject): Record<string, unknown> {
  const plate = form.plate.replaceAll(' ', '').toUpperCase()
  const vehicle = plate === '' ? {} : { plate }
  const said = form.text.trim() === '' ? {} : { text: form.text.trim() }
  switch (kind) {
    case 'received':
      return receivedDetails(form, subject)
    case 'treated':
      return { treatment: form.treatment, outputs: form.outputs.map(outputDetails) }
    case 'picked_up':
      return vehicle
    case 'handed_over':
      return { carrier: form.carrier, ...vehicle }
    case 'not_collected':
      return { cause: form.reason, ...said }
    case 'stopped':
      return { reason: form.reason, ...said }
    case 'deposited':
      return { keeper: form.keeper, ...(form.store === null ? {} : { store: form.store }) }
    case 'dissolved':
      return form.text.trim() === '' ? {} : { reason: form.text.trim() }
    case 'stored':
    case 'taken_out':
      return form.store === null ? {} : { store: form.store }
    default:
      return {}
  }
}

/** The fact as it will be kept and sent. Call it once, after `errorsOf` found nothing: it makes new batch ids. */
export function draftFor(kind: ActKind, form: ActForm, subject: Subject, place: FactPlace | null): Draft {
  const draft: Draft = {
    kind,
    observed_at: instantHere(),
    manifest: ON_MANIFEST.has(kind) ? subject.manifest : null,
    lines: linesOf(kind, form, subject).map((line) => factLine(kind, form, line)),
    details: detailsOf(kind, form, subject),
  }
  if (subject.manifestLabel !== undefined) draft.manifest_label = subject.manifestLabel
  if (place) draft.place = place
  // Free words may name people, so they never enter the log itself.
  if (form.note.trim() !== '') draft.private = { note: form.note.trim() }
  return draft
}

/** What was not collected is told of what stayed; every other act of all that is in front of us. */
function linesOf(kind: ActKind, form: ActForm, subject: Subject): readonly SubjectLine[] {
  return kind === 'not_collected' ? subject.lines.filter((line) => form.left.includes(line.batch)) : subject.lines
}
