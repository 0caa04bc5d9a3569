import type { SubjectLine } from '../what/subject'
import { countedGrams, gramsOf, type ActForm } from './form'

// What a scale at the gate says against what was loaded: shown before it is confirmed, never in the way of it.

export interface Difference {
  grams: number
  percent: string
  more: boolean
}

/** A share in percent with one decimal; what rounds to nothing is still said to be something. */
export function percentOf(part: number, whole: number): string {
  const tenths = Math.round((Math.abs(part) * 1000) / whole)
  return tenths === 0 ? '< 0.1 %' : `${Math.floor(tenths / 10)}${tenths % 10 === 0 ? '' : `.${tenths % 10}`} %`
}

/** Null where the two agree to the gram, or where nobody knows what was loaded. */
export function differenceOf(now: number, loaded: number | null): Difference | null {
  if (loaded === null || loaded <= 0 || now === loaded) return null
  return { grams: Math.abs(now - loaded), percent: percentOf(now - loaded, loaded), more: now > loaded }
}

/** What a receipt says came in, accepted and refused together; null before anything was typed. */
export function cameIn(form: ActForm, line: SubjectLine): number | null {
  if (form.outcome === 'refused') return null
  const accepted = gramsOf(form.amounts[line.batch])
  const refused = form.outcome === 'part' ? gramsOf(form.refused[line.batch]) : null
  if (typeof accepted !== 'number' && typeof refused !== 'number') return null
  if (form.outcome === 'part') return (typeof accepted === 'number' ? accepted : 0) + (typeof refused === 'number' ? refused : 0)
  return countedGrams(form, line)
}

/** Of the whole receipt, once every line has a figure: one line differs alone, several by their sum. */
export function receiptDifference(form: ActForm, lines: readonly SubjectLine[]): Difference | null {
  let now = 0
  let loaded = 0
  for (const line of lines) {
    const came = cameIn(form, line)
    if (came === null || line.loaded === null) return null
    now += came
    loaded += line.loaded
  }
  return differenceOf(now, loaded)
}
