import type { BatchFact, FactPart, TraceFact, TraceLine } from '../shapes'

// The facts of one batch say what they moved on the accounts; a sentence wants what the batch weighed. The oldest first,
// what was moved in and out of custody adds up to it.

const CUSTODY: ReadonlySet<string> = new Set(['stock', 'transit'])
const TAKES: ReadonlySet<string> = new Set(['split', 'combined', 'treated'])

function parts(into: FactPart | FactPart[] | undefined): FactPart[] {
  if (into === undefined) return []
  return Array.isArray(into) ? into : [into]
}

function madeBy(fact: BatchFact, batch: string): TraceLine[] {
  const made = fact.kind === 'split' ? parts(fact.details.into) : []
  const refused = (fact.details.refused ?? []).filter((part) => part.batch === batch)
  return [
    ...made.map((part): TraceLine => ({ batch: part.batch, grams: part.grams ?? null, direction: 'out' })),
    ...refused.map((part): TraceLine => ({ batch: part.into, grams: part.refused_grams, direction: 'out' })),
  ]
}

/** The same facts with lines, as a chain tells them, the newest first. */
export function told(facts: readonly BatchFact[], batch: string): TraceFact[] {
  const oldest = [...facts].sort((a, b) => (a.index ?? 0) - (b.index ?? 0))
  let held = 0
  const lined = oldest.map((fact): TraceFact => {
    const change = fact.moves.reduce((sum, move) => (CUSTODY.has(move.account) ? sum + move.grams : sum), 0)
    const born = held === 0 && change > 0
    held += change
    const grams = TAKES.has(fact.kind) && !born ? -change : held
    const own: TraceLine = { batch, grams, direction: fact.kind === 'generated' || born ? 'out' : 'in' }
    return { ...fact, actor_name: fact.person, lines: [own, ...madeBy(fact, batch)] }
  })
  return lined.reverse()
}
