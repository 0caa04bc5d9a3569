import type { ActKind, Finding, Instant, LegKind, Party, ReceiptOutcome, Uuid, Verdict } from './wire'

// The shapes of what waits for a yes, and of the history it is about. Part of wire.ts, which is long enough.

export type ProposalState = 'open' | 'agreed' | 'declined' | 'withdrawn' | 'lapsed'

/** What waits for a yes. Its id is that of the fact that made it. */
export interface Proposal {
  id: Uuid
  kind: 'correction' | 'route'
  state: ProposalState
  proposer: Party | null
  made_at: Instant
  due_at: Instant
  reason: string | null
  batch: { id: Uuid; human_code: string | null } | null
  manifest: { id: Uuid; number: string | null } | null
  corrects: { fact: Uuid; kind: ActKind; grams: number | null } | null
  grams: number | null
  change: { carriers: { party: Party; plate: string | null; what: LegKind }[]; receiver: Party | null; treatment: string | null } | null
  answers: { party: Party; answer: 'consented' | 'declined' | null }[]
  may: ('consent' | 'decline' | 'withdraw')[]
}

/** A fact as the history of one batch tells it. `grams` is what it said of that batch, null where it said nothing. */
export interface HistoryFact {
  id: Uuid
  index: number | null
  kind: ActKind
  verdict: Verdict
  observed_at: Instant
  recorded_at?: Instant | null
  enterprise: Party | null
  grams?: number | null
  details: { corrects?: Uuid; grams?: number; reason?: string | null; to?: Uuid; outcome?: ReceiptOutcome }
  moves: { account: string; grams: number }[]
  findings: Finding[]
}
