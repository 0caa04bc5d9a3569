import type { Found } from './frames'
import type { Judged } from './judge'
import { mayGoOn } from './verdictWords'

// What is to be done with all the codes of one frame or one photo.

export type Decision = { go: string } | { stop: Judged } | { pick: Judged[] } | null

/** A label prints its code twice, and a second look finds it again: of equal texts the first one counts. */
export function distinct(found: readonly Found[]): Found[] {
  const seen = new Set<string>()
  return found.filter(({ text }) => !seen.has(text) && seen.add(text))
}

/** Who a code is about. Two spellings of a link, or two prints of a label, are one thing to choose. */
export function identity(judged: Judged): string {
  if (judged.label !== null && mayGoOn(judged.verdict)) return `label ${judged.label.labelId}`
  return judged.payload ?? `${judged.verdict} ${judged.host ?? ''}`
}

/** Each thing once, those one may go on with first. A forged copy of a genuine label stays beside it. */
export function things(all: readonly Judged[]): Judged[] {
  const seen = new Set<string>()
  const once = all.filter((each) => !seen.has(identity(each)) && seen.add(identity(each)))
  return [...once.filter((each) => mayGoOn(each.verdict)), ...once.filter((each) => !mayGoOn(each.verdict))]
}

/** One thing: on with it, or red. Several: the person says which one is meant, never the phone. */
export function decide(all: readonly Judged[]): Decision {
  const found = things(all)
  const [first] = found
  if (first === undefined) return null
  if (found.length > 1) return { pick: found }
  return mayGoOn(first.verdict) && first.payload !== null ? { go: first.payload } : { stop: first }
}
