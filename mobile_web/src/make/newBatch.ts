import { emptyAmount, gramsOf, type Amount, type FormError } from '../act/form'
import { instantHere } from '../ids'
import type { Placed } from '../place'
import type { Draft } from '../sync'
import type { Evidence, Place, Uuid, WasteClass } from '../wire'
import type { Blank } from './blank'

// What is filled in for a new batch, what is still missing, and the fact it becomes. No screen in here.

export const FORMS = ['solid', 'semi_solid', 'liquid', 'gas'] as const
export const CONTAINERS = ['drum', 'bag', 'ibc', 'tank', 'box', 'pile'] as const

export interface NewBatch {
  /** The roll's label it is put under, where it is put under one. */
  label: Blank | null
  wasteClass: WasteClass | null
  amount: Amount
  form: (typeof FORMS)[number] | null
  container: (typeof CONTAINERS)[number] | null
  process: string
  /** One's own store it is put into at once. */
  store: Place | null
  note: string
}

export function emptyBatch(): NewBatch {
  return { label: null, wasteClass: null, amount: emptyAmount(0, false), form: null, container: null, process: '', store: null, note: '' }
}

/** `said`: the park's own sentence about what was told here before. */
export type NewBatchErrors = Partial<Record<'class' | 'grams' | 'form' | 'container' | 'label' | 'store' | 'process', FormError | 'needForm' | { said: string }>>

export function errorsIn(batch: NewBatch): NewBatchErrors {
  const errors: NewBatchErrors = {}
  const grams = gramsOf(batch.amount)
  if (!batch.wasteClass) errors.class = 'needClass'
  if (grams === null) errors.grams = 'needGrams'
  else if (typeof grams !== 'number') errors.grams = grams
  if (!batch.form) errors.form = 'needForm'
  return errors
}

/** The fact as it is kept and sent; null while something is missing (`errorsIn` says what). */
export function newBatchDraft(id: Uuid, batch: NewBatch, placed: Placed, pieces: readonly Evidence[]): Draft | null {
  const grams = gramsOf(batch.amount)
  if (!batch.wasteClass || typeof grams !== 'number') return null
  const { scheme, edition, code } = batch.wasteClass
  const draft: Draft = {
    kind: 'generated',
    observed_at: instantHere(),
    manifest: null,
    lines: [{ batch: id, grams, measured: batch.amount.measured }],
    details: {
      class: { scheme, edition, code },
      form: batch.form,
      ...(batch.label ? { label: batch.label.id } : {}),
      ...(batch.container ? { container: batch.container } : {}),
      ...(batch.process.trim() === '' ? {} : { process: batch.process.trim() }),
      ...(batch.store?.id == null ? {} : { store: batch.store.id }),
    },
    ...placed,
    evidence: [...pieces],
  }
  // Free words may name people, so they never enter the log itself.
  if (batch.note.trim() !== '') draft.private = { note: batch.note.trim() }
  return draft
}
