import type { ActKind, HistoryFact, Proposal, ProposalState, Uuid } from '../wire'

// Which figures of a batch may be corrected, what each stands at now, and what became of every correction. Read from its
// history alone; where the reader has a part in a proposal, the proposal's own word counts.

/** Facts whose grams say what something weighs (tracker/booking/consent.py). */
const WEIGHINGS: ReadonlySet<ActKind> = new Set<ActKind>(['generated', 'weighed', 'picked_up', 'handed_over', 'arrived', 'received', 'returned'])
const COUNTS: ReadonlySet<string> = new Set(['recorded', 'already_recorded'])
/** The finding of a correction that others have to consent to first. */
export const AWAITS = 'correction_awaits_consent'
const VOID: ReadonlySet<string> = new Set(['correction_of_nothing', 'correction_of_use', 'correction_too_large', 'not_your_batch'])

export interface Figure {
  fact: HistoryFact
  /** What it stands at, corrections that took effect included. */
  grams: number
}

/** `void`: it was recorded and changes nothing, and never will. */
export type CorrectionState = ProposalState | 'void'

export interface Correction {
  fact: Uuid
  root: Uuid
  before: number | null
  after: number
  state: CorrectionState
}

interface Told extends Correction {
  /** The entry of the log by which it took effect or came up, for the order in which figures replaced one another. */
  at: number
}

function place(fact: HistoryFact): number {
  return fact.index ?? Number.MAX_SAFE_INTEGER
}

function answered(fact: HistoryFact, answers: readonly HistoryFact[]): { state: ProposalState; at: number } {
  const mine = answers.filter((each) => each.details.to === fact.id)
  const no = mine.find((each) => each.kind === 'declined')
  if (no) {
    const state = no.enterprise === null ? 'lapsed' : no.enterprise.id === fact.enterprise?.id ? 'withdrawn' : 'declined'
    return { state, at: place(no) }
  }
  // The yes that completed it is the one that moved grams.
  const yes = mine.find((each) => each.moves.some((move) => move.grams !== 0))
  return yes ? { state: 'agreed', at: place(yes) } : { state: 'open', at: Number.MAX_SAFE_INTEGER }
}

function becameOf(fact: HistoryFact, answers: readonly HistoryFact[], proposals: readonly Proposal[]): { state: CorrectionState; at: number } {
  const codes = fact.findings.map((finding) => finding.code)
  const awaits = codes.includes(AWAITS)
  if (!COUNTS.has(fact.verdict) || (!awaits && codes.some((code) => VOID.has(code)))) return { state: 'void', at: place(fact) }
  if (!awaits) return { state: 'agreed', at: place(fact) }
  const read = answered(fact, answers)
  const known = proposals.find((each) => each.id === fact.id)
  if (!known || known.state === read.state) return read
  const last = answers.filter((each) => each.details.to === fact.id).map(place)
  return { state: known.state, at: last.length > 0 ? Math.max(...last) : place(fact) }
}

function rootOf(fact: HistoryFact, byId: ReadonlyMap<Uuid, HistoryFact>): Uuid {
  let root = fact.details.corrects ?? fact.id
  // A correction of a correction is one of the figure that stands under both.
  for (let next = byId.get(root); next?.kind === 'corrected' && next.details.corrects !== undefined; next = byId.get(root)) root = next.details.corrects
  return root
}

interface History {
  figures: Figure[]
  corrections: ReadonlyMap<Uuid, Correction>
}

/** The figures that may be corrected, the newest first, and every correction by the id of its fact. */
export function historyOf(facts: readonly HistoryFact[], proposals: readonly Proposal[] = []): History {
  const byId = new Map(facts.map((fact) => [fact.id, fact]))
  const answers = facts.filter((fact) => fact.kind === 'consented' || fact.kind === 'declined')
  const now = new Map<Uuid, number>()
  for (const fact of facts) if (fact.grams != null) now.set(fact.id, fact.grams)
  const told = facts
    .filter((fact) => fact.kind === 'corrected')
    .map((fact): Told => ({ fact: fact.id, root: rootOf(fact, byId), before: null, after: fact.details.grams ?? 0, ...becameOf(fact, answers, proposals) }))
    .sort((a, b) => a.at - b.at)
  const corrections = new Map<Uuid, Correction>()
  for (const { fact, root, after, state } of told) {
    corrections.set(fact, { fact, root, after, state, before: now.get(root) ?? null })
    if (state === 'agreed') now.set(root, after)
  }
  const figures = facts
    .filter((fact) => WEIGHINGS.has(fact.kind) && COUNTS.has(fact.verdict) && now.has(fact.id))
    .sort((a, b) => place(b) - place(a))
    .map((fact) => ({ fact, grams: now.get(fact.id) ?? 0 }))
  return { figures, corrections }
}
