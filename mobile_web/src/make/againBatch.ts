import { reasonsOf, type Told } from '../act/again'
import { sameClass } from '../act/named'
import { humanCode } from '../scan/human'
import { figureIn } from '../quantity'
import { outbox } from '../sync'
import type { Language } from '../words'
import type { ClassKey, Fact, Uuid } from '../wire'
import { CONTAINERS, emptyBatch, FORMS, type NewBatch, type NewBatchErrors } from './newBatch'

// A new batch that was turned away, told once more: as it was filled in, with what the park said of which field.

export interface BatchAgain {
  told: Told
  /** Its label, unless something else has it by now. */
  labelFree: boolean
}

const FIELDS = ['class', 'form', 'container', 'label', 'store', 'process'] as const

function pointersIn({ problem }: Told): string[] {
  return reasonsOf(problem).map(({ pointer }) => (pointer ?? '').replace(/^\/facts\/\d+/, ''))
}

/** The same drum: what was told of it since, and still waits for it, finds it then. Unless its id is what was wrong. */
export function batchIdAgain(told: Told | null): Uuid | null {
  if (told === null || pointersIn(told).some((pointer) => pointer.startsWith('/lines/0/batch'))) return null
  return told.fact.lines[0]?.batch ?? null
}

export function batchAgain(again: BatchAgain | null): NewBatch {
  const empty = emptyBatch()
  if (again === null) return empty
  const { fact, named } = again.told
  const { details, lines } = fact
  const key = details['class'] as ClassKey | undefined
  const grams = lines[0]?.grams
  const text = (name: string) => (typeof details[name] === 'string' ? details[name] : '')
  const label = text('label')
  return {
    label: label !== '' && again.labelFree ? { id: label, code: humanCode(label) } : null,
    wasteClass: (key && named.classes.find((each) => sameClass(each, key))) ?? null,
    amount: { ...empty.amount, text: grams === undefined ? '' : figureIn(grams, empty.amount.unit), measured: lines[0]?.measured === true },
    form: FORMS.find((each) => each === details['form']) ?? null,
    container: CONTAINERS.find((each) => each === details['container']) ?? null,
    process: text('process'),
    store: named.store,
    note: fact.private?.['note'] ?? '',
  }
}

/** The park's sentences at the fields they point to. */
export function batchErrorsAgain(told: Told | null, language: Language): NewBatchErrors {
  const errors: NewBatchErrors = {}
  for (const { pointer, zh, en } of told === null ? [] : reasonsOf(told.problem)) {
    const [head, second, third] = (pointer ?? '').replace(/^\/facts\/\d+/, '').split('/').slice(1)
    const field = head === 'lines' ? (third === 'grams' || third === 'measured' ? 'grams' : undefined) : FIELDS.find((each) => head === 'details' && each === second)
    const said = language === 'zh' ? zh : en
    if (field !== undefined && said !== undefined) errors[field] ??= { said }
  }
  return errors
}

/** Whether a label this record took may be told again: no other record of this phone has it, and the park did not say
 * that it is the label that was wrong. */
export async function labelIsFree(told: Told): Promise<boolean> {
  const label = told.fact.details['label']
  if (pointersIn(told).some((pointer) => pointer.startsWith('/details/label'))) return false
  const [rows, settled] = await Promise.all([outbox.pending(), outbox.settled()])
  const counts = settled.filter((one) => one.receipt.verdict !== 'turned_away')
  return !([...rows, ...counts].map((one) => one.fact).some((fact: Fact) => fact.id !== told.fact.id && fact.details['label'] === label))
}
