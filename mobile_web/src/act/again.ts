import { namedBy } from '../pocket/bylabel'
import { figureIn } from '../quantity'
import { receiptFor } from '../sync'
import type { Language } from '../words'
import type { Subject } from '../what/subject'
import type { ClassKey, Evidence, Fact, ProblemBody, ReceiptOutcome, Sentence, Session } from '../wire'
import { CAUSES, emptyAmount, type ActForm, type Amount, type Cause, type FormErrors, type OutputRow } from './form'
import { namedIn, NOTHING_NAMED, sameClass, type Named } from './named'

// A record that was turned away is told once more: the form as it was filled in, and what the park said of which field.

export interface Told {
  fact: Fact
  problem: ProblemBody | null
  /** What it names by code or id, as far as anybody can say now. */
  named: Named
}

/** What was told under this id, and why it was not recorded; null where this phone does not know it any more. */
export async function toldBefore(id: string | null, session: Session): Promise<Told | null> {
  const settled = id === null ? null : await receiptFor(id).catch(() => null)
  if (settled?.person !== session.person.id) return null
  const { fact, receipt } = settled
  return { fact, problem: receipt.problem ?? null, named: await namedIn(fact, session).catch(() => NOTHING_NAMED) }
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}

function amountOf(have: Amount | undefined, grams: unknown, measured: boolean): Amount | null {
  const unit = have?.unit ?? 'kg'
  return typeof grams === 'number' ? { unit, text: figureIn(grams, unit), measured } : null
}

interface ToldOutput {
  kind?: unknown
  grams?: unknown
  name?: unknown
  class?: ClassKey
}

/** What a treatment made. The rows are named by their place, by which the park's pointers find them. */
function outputsAgain({ fact, named }: Told, subject: Subject): OutputRow[] {
  const largest = subject.lines.reduce((sum, line) => sum + line.grams, 0)
  const told = Array.isArray(fact.details['outputs']) ? (fact.details['outputs'] as ToldOutput[]) : []
  return told.flatMap(({ kind, grams, name, class: key }, at): OutputRow[] => {
    if (kind !== 'product' && kind !== 'residue' && kind !== 'loss') return []
    const empty = emptyAmount(largest, true)
    const wasteClass = (key && named.classes.find((each) => sameClass(each, key))) ?? null
    return [{ key: `again-${at}`, kind, name: text(name, ''), wasteClass, amount: amountOf(empty, grams, true) ?? empty }]
  })
}

/** Who took it over: by name, where it is none of the legs that the form offers by itself. */
function carrierAgain({ fact, named }: Told, subject: Subject): Pick<ActForm, 'carrier' | 'carrierParty'> | null {
  const id = fact.details['carrier']
  if (typeof id !== 'string') return null
  const offered = subject.legs.some((leg) => leg.what === 'carrier' && leg.party === id && (leg.open || leg.party === subject.holder))
  if (offered) return { carrier: id, carrierParty: null }
  return named.carrier === null ? null : { carrier: id, carrierParty: named.carrier }
}

/** The form with what the fact tells; what it does not tell, or nobody can name now, stays as the form opens. */
export function formAgain(form: ActForm, told: Told | null, subject: Subject): ActForm {
  if (told === null) return form
  const { fact } = told
  const { details, lines } = fact
  const amounts = { ...form.amounts }
  const refused = { ...form.refused }
  const here = new Set(subject.lines.map((line) => line.batch))
  for (const line of lines) {
    const named = namedBy(line)
    const amount = here.has(named) ? amountOf(amounts[named], line.grams, line.measured === true) : null
    if (amount) amounts[named] = amount
  }
  for (const part of (Array.isArray(details['refused']) ? details['refused'] : []) as { batch?: string; refused_grams?: number }[]) {
    const amount = part.batch !== undefined && here.has(part.batch) ? amountOf(refused[part.batch], part.refused_grams, true) : null
    if (amount && part.batch !== undefined) refused[part.batch] = amount
  }
  const cause = CAUSES.find((each) => each === (details['cause'] as Cause)) ?? form.cause
  const reason = fact.kind === 'stopped' ? details['reason'] : fact.kind === 'not_collected' ? details['cause'] : null
  return {
    ...form,
    amounts,
    refused,
    cause,
    outcome: ['whole', 'part', 'refused'].includes(details['outcome'] as string) ? (details['outcome'] as ReceiptOutcome) : form.outcome,
    reason: typeof reason === 'string' ? reason : form.reason,
    text: text(details['text'], fact.kind === 'dissolved' ? text(details['reason'], form.text) : form.text),
    plate: text(details['plate'], form.plate),
    treatment: text(details['treatment'], form.treatment),
    ...(fact.kind === 'treated' ? { outputs: outputsAgain(told, subject) } : {}),
    ...(told.named.store === null ? {} : { store: told.named.store.id, storePlace: told.named.store }),
    ...carrierAgain(told, subject),
    keeper: text(details['keeper'], '') || form.keeper,
    left: fact.kind === 'not_collected' ? lines.map(namedBy).filter((batch) => here.has(batch)) : form.left,
    note: text(fact.private?.['note'], form.note),
  }
}

export function evidenceAgain(told: Told | null): readonly Evidence[] {
  return told?.fact.evidence ?? []
}

/** Where a JSON pointer into the fact leads in the form; null where the form has no such field. */
function fieldAt(pointer: string, fact: Fact): string | null {
  const parts = pointer.replace(/^\/facts\/\d+/, '').split('/').slice(1)
  const [head, second, third, fourth] = parts
  if (head === 'lines') {
    const line = fact.lines[Number(second)]
    return line ? `amount:${namedBy(line)}` : null
  }
  const field = head === 'details' ? second : head
  if (field === 'refused') {
    const part = (fact.details['refused'] as { batch?: string }[] | undefined)?.[Number(third)]
    return part?.batch === undefined ? null : `refused:${part.batch}`
  }
  if (field === 'outputs' && third !== undefined) return `${fourth === 'class' ? 'class' : 'output'}:again-${third}`
  if (field === 'cause' && fact.kind === 'not_collected') return 'reason'
  return field !== undefined && ['cause', 'reason', 'text', 'plate', 'treatment', 'outputs', 'store', 'carrier', 'keeper'].includes(field) ? field : null
}

/** Everything the park named, each with its sentence. */
export function reasonsOf(problem: ProblemBody | null): (Partial<Sentence> & { pointer?: string })[] {
  if (problem === null) return []
  return problem.errors && problem.errors.length > 0 ? problem.errors : [problem]
}

/** The park's sentences at the fields they point to. */
export function errorsAgain(told: Told | null, language: Language): FormErrors {
  const errors: FormErrors = {}
  if (told === null) return errors
  const { fact, problem } = told
  for (const { pointer, zh, en } of reasonsOf(problem)) {
    const field = pointer === undefined ? null : fieldAt(pointer, fact)
    const said = language === 'zh' ? zh : en
    if (field !== null && said !== undefined) errors[field] ??= { said }
  }
  return errors
}
