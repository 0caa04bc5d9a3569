import type { ActKind, PackRules } from '../wire'
import type { SubjectLine } from '../what/subject'
import { percentOf } from './difference'
import { gramsOf, type ActForm } from './form'

// Where figures disagree beyond what the park bears (tracker/rules/mass.py), said before anybody confirms. In parks whose
// profile says so such a load is neither carried nor accepted; a fact that happened can be recorded all the same.

/** An estimate is a guess; only a figure this many times off is odd. */
const ESTIMATE_FACTOR = 2
const WEIGHS: ReadonlySet<ActKind> = new Set<ActKind>(['weighed', 'picked_up', 'received'])
const CARRIES: ReadonlySet<ActKind> = new Set<ActKind>(['picked_up', 'received'])

export interface TooFar {
  name: string
  percent: string
}

/** The first line whose figure lies too far from the books; null where none does. */
export function tooFar(kind: ActKind, form: ActForm, lines: readonly SubjectLine[], rules: PackRules): TooFar | null {
  if (!WEIGHS.has(kind) || (kind === 'received' && form.outcome === 'refused')) return null
  for (const line of lines) {
    const accepted = gramsOf(form.amounts[line.batch])
    // A blank label says nothing that could be far off.
    if (typeof accepted !== 'number' || (line.byLabel === true && line.grams === 0)) continue
    const refused = kind === 'received' && form.outcome === 'part' ? gramsOf(form.refused[line.batch]) : 0
    const now = accepted + (typeof refused === 'number' ? refused : 0)
    if (disagrees(line.grams, line.measured, now, rules)) return { name: line.name, percent: percentOf(now - line.grams, Math.max(line.grams, 1)) }
  }
  return null
}

function disagrees(before: number, measured: boolean, now: number, rules: PackRules): boolean {
  const borne = Math.max(Math.floor((before * rules.tolerance_permille) / 1000), rules.tolerance_grams)
  if (Math.abs(now - before) <= borne) return false
  return measured || Math.max(before, now) > ESTIMATE_FACTOR * Math.min(before, now)
}

/** Whether the park's profile forbids to go on with it. */
export function stops(kind: ActKind, rules: PackRules): boolean {
  return CARRIES.has(kind) && rules.weight === 'stop'
}
