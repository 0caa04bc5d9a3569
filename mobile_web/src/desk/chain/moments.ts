import type { Trace, TraceFact } from '../shapes'

// When things happened, in an order that never contradicts itself. Devices keep their own clocks, so a receipt may be
// dated before its pickup; the log's order decides among the facts of one batch, the clock between batches.

export interface Moment {
  fact: TraceFact
  /** Milliseconds: the device's clock, pushed forward where a predecessor claims to be later. */
  at: number
}

const MOVES: ReadonlySet<string> = new Set(['recorded', 'already_recorded'])

/** Whether a fact moved the books. What lost a race or waits is evidence: shown, but nothing flows by it. */
export function moves(fact: TraceFact): boolean {
  return MOVES.has(fact.verdict)
}

function order(fact: TraceFact): number {
  return fact.index ?? Number.MAX_SAFE_INTEGER
}

/** The batches a fact befell, each once, as the fact names them. */
export function batchesOf(fact: TraceFact): string[] {
  return [...new Set(fact.lines.map((line) => line.batch))]
}

export function momentsOf(trace: Trace): Moment[] {
  const latest = new Map<string, number>()
  const facts = trace.facts.filter(moves).sort((a, b) => order(a) - order(b))
  const moments = facts.map((fact) => {
    const befell = batchesOf(fact)
    const own = Date.parse(fact.observed_at)
    const at = Math.max(Number.isNaN(own) ? 0 : own, ...befell.map((batch) => latest.get(batch) ?? 0))
    for (const batch of befell) latest.set(batch, at)
    return { fact, at }
  })
  return moments.sort((a, b) => a.at - b.at || order(a.fact) - order(b.fact))
}
