import type { ActKind, BatchState, Finding, FindingSeverity, Instant, Party, Place, Uuid, Verdict, WasteClass } from '../wire'

// The shapes only the desk asks for (docs/api.md). A field with a question mark is used where the server gives it and
// done without where it does not.

export type Direction = 'both' | 'up' | 'down'

export interface TraceNode {
  id: Uuid
  human_code: string
  class: WasteClass | null
  grams_at_start: number
  grams: number
  measured?: boolean
  state: BatchState
  generator: Party
  holder: Party
  place: Place | null
  level: number
  generated_at: Instant
}

export interface TraceEdge {
  parent: Uuid
  child: Uuid
  fact: Uuid
  grams: number
  kind: ActKind | 'refused'
}

export interface TraceLine {
  batch: Uuid
  grams: number | null
  direction: 'in' | 'out'
}

export interface Output {
  kind: 'product' | 'residue' | 'loss'
  grams: number
  name?: string | null
  batch?: Uuid | null
}

/** What a fact says beyond its lines; which of these are there depends on its kind. */
export interface FactDetails {
  carrier?: Uuid | Party | null
  plate?: string | null
  outcome?: 'whole' | 'part' | 'refused'
  cause?: string | null
  text?: string | null
  treatment?: string
  outputs?: Output[]
  corrects?: Uuid
  grams?: number
  reason?: string | null
  number?: string
  receiver?: Uuid | Party | null
}

export interface TraceFact {
  id: Uuid
  index: number | null
  kind: ActKind
  observed_at: Instant
  recorded_at: Instant | null
  actor: { name?: string | null; role?: string | null } | string | null
  enterprise: Party | null
  /** Who has the batches after this fact, where the server says so; the desk infers it otherwise. */
  holder?: Party | null
  manifest: Uuid | null
  manifest_number: string | null
  lines: TraceLine[]
  place: { longitude: number; latitude: number; accuracy_m?: number | null; name_zh?: string | null; name_en?: string | null } | null
  findings: Finding[]
  details: FactDetails
  verdict: Verdict
}

export interface Attribution {
  origin: Uuid
  fact: Uuid
  treatment: string
  enterprise: Party | null
  output: Output['kind'] | null
  grams: number
}

export interface Balance {
  generated: number
  on_hand: number
  in_transit: number
  treated: number
  lost: number
  difference: number
  unexplained: number
  closes: boolean
  /** Only for an enterprise or class: what came in from and went out to others. */
  received?: number
  shipped?: number
}

export interface Trace {
  root: string
  roots: Uuid[]
  truncated: boolean
  masked: boolean
  nodes: TraceNode[]
  edges: TraceEdge[]
  facts: TraceFact[]
  attribution: Attribution[]
  balance: Balance
}

export interface Hit {
  kind: 'batch' | 'manifest' | 'enterprise' | 'class'
  id: string
  title_zh: string
  title_en: string | null
  subtitle_zh: string | null
  subtitle_en: string | null
}

/** A finding as the list shows it: with what it is about, and the answer once somebody gave one. */
export interface FindingRow extends Finding {
  id: Uuid
  batch_code?: string | null
  fact?: Uuid | null
  kind?: ActKind | null
  enterprise?: Party | null
  raised_at?: Instant | null
  answered_at?: Instant | null
  answered_by?: string | null
  answer?: string | null
}

export interface Alert {
  id: Uuid
  code: string
  zh: string
  en: string
  severity: FindingSeverity
  subject: { kind: 'batch' | 'manifest' | 'enterprise' | (string & {}); id: string; title?: string | null; title_zh?: string | null; title_en?: string | null }
  raised_at: Instant
  settled_at: Instant | null
}

/** A fact that came before its predecessor and is kept until that arrives. */
export interface Waiting {
  id: Uuid
  kind: ActKind
  observed_at: Instant
  received_at?: Instant | null
  waits_for: Uuid | null
  batch?: Uuid | null
  batch_code?: string | null
  enterprise?: Party | null
}

export interface Permit {
  id: Uuid
  number: string
  acts_as: 'carrier' | 'receiver' | (string & {})
  codes: string[]
  treatments: string[]
  annual_grams: number | null
  used_grams?: number | null
  reserved_grams?: number | null
  valid_from: string
  valid_to: string
}

export interface Enterprise extends Party {
  permits?: Permit[]
  address?: string | null
}

export interface SitePlace extends Place {
  enterprise?: Party | null
  capacity_grams?: number | null
  held_grams?: number | null
}
