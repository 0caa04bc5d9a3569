import type { Batch, LegKind, NewLeg, NewManifest, Party, ProblemBody, ProblemError, Uuid } from '../../wire'

// The plan of a manifest, what is missing in it, and which field each refusal of the server points to. All pure.

export interface Leg {
  carrier: Party | null
  /** A carrier who is in no register is typed in. Null while one is chosen from the register. */
  typed: { name: string; permit: string } | null
  /** A store between carriers keeps the load on the way; without it a carrier drives. */
  what?: LegKind
}

export interface Plan {
  id: Uuid
  batches: Batch[]
  legs: Leg[]
  receiver: Party | null
  treatment: string
  plate: string
  /** Who drives the first leg, where the park wants to know before. */
  driver: string
  driverPhone: string
  /** The filing or approval under which it leaves the province, and its last day. */
  filing: string
  filingUntil: string
}

export const emptyLeg = (what: LegKind = 'carrier'): Leg => ({ carrier: null, typed: null, ...(what === 'store' ? { what } : {}) })

export function emptyPlan(id: Uuid): Plan {
  return { id, batches: [], legs: [emptyLeg()], receiver: null, treatment: '', plate: '', driver: '', driverPhone: '', filing: '', filingUntil: '' }
}

/** A leg as the server reads it. */
export function legToSend({ carrier, typed, what }: Leg): NewLeg {
  if (typed === null) return { enterprise: carrier?.id ?? '', ...(what === 'store' ? { what } : {}) }
  const permit = typed.permit.trim()
  return { name: typed.name.trim(), ...(permit === '' ? {} : { permit_number: permit }) }
}

/** What was filled in, under the names the server knows; what was left empty is not sent. */
function filled(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value.trim()] as const).filter(([, value]) => value !== ''))
}

export function toSend(plan: Plan): NewManifest {
  const plate = plan.plate.replaceAll(' ', '').toUpperCase()
  const driven = filled({ driver: plan.driver, driver_phone: plan.driverPhone })
  return {
    id: plan.id,
    batches: plan.batches.map((batch) => ({ batch: batch.id })),
    carriers: plan.legs.map((leg, index) => ({ ...legToSend(leg), ...(index === 0 ? driven : {}) })),
    receiver: plan.receiver?.id ?? '',
    treatment: plan.treatment,
    ...filled({ plate, filing_number: plan.filing, filing_valid_to: plan.filingUntil }),
  }
}

/** The fields of the form that a sentence can stand at; `batch:0` and `carrier:0` count from the first chosen. */
export type FieldName = 'batches' | 'receiver' | 'treatment' | 'plate' | 'driver' | 'driverPhone' | 'filing' | 'filingUntil' | 'form' | `batch:${number}` | `carrier:${number}`

export type Missing = 'pickAtLeastOne' | 'pickCarrier' | 'pickReceiver' | 'pickTreatment'

/** The places of legs for which nobody has been chosen. */
export function missingLegs(legs: readonly Leg[]): number[] {
  const named = ({ typed, carrier }: Leg) => (typed === null ? carrier !== null : typed.name.trim() !== '')
  return legs.flatMap((leg, index) => (named(leg) ? [] : [index]))
}

export function missingIn(plan: Plan): Map<FieldName, Missing> {
  const missing = new Map<FieldName, Missing>()
  if (plan.batches.length === 0) missing.set('batches', 'pickAtLeastOne')
  for (const index of missingLegs(plan.legs)) missing.set(`carrier:${index}`, 'pickCarrier')
  if (plan.receiver === null) missing.set('receiver', 'pickReceiver')
  if (plan.treatment === '') missing.set('treatment', 'pickTreatment')
  return missing
}

/** Names of the server that have a field of their own on the form. */
const OWN_FIELD: Record<string, FieldName> = {
  receiver: 'receiver', treatment: 'treatment', plate: 'plate', driver: 'driver', driver_phone: 'driverPhone',
  filing_number: 'filing', filing_valid_to: 'filingUntil',
}

/** The field a JSON pointer leads to; what points at nothing on the form stands at its foot. */
export function fieldAt(pointer: string | undefined, plan: Plan): FieldName {
  const [, first = '', second, third = ''] = (pointer ?? '').split('/')
  const index = second === undefined ? NaN : Number(second)
  if (first === 'batches') return index < plan.batches.length ? `batch:${index}` : 'batches'
  const own = OWN_FIELD[first === 'carriers' && index === 0 ? third : first]
  if (own !== undefined) return own
  if (first === 'carriers') return `carrier:${index < plan.legs.length ? index : 0}`
  return 'form'
}

/** Every sentence of a refusal, at its field. A problem with parts is told by its parts. */
export function refusalsAt(problem: ProblemBody, plan: Plan): Map<FieldName, ProblemError[]> {
  const found = new Map<FieldName, ProblemError[]>()
  const whole: ProblemError = { code: problem.code, zh: problem.zh ?? problem.detail ?? problem.code, en: problem.en ?? problem.detail ?? problem.code, ...(problem.pointer === undefined ? {} : { pointer: problem.pointer }) }
  const parts = problem.errors !== undefined && problem.errors.length > 0 ? problem.errors : [whole]
  for (const part of parts) {
    const field = fieldAt(part.pointer, plan)
    found.set(field, [...(found.get(field) ?? []), part])
  }
  return found
}
