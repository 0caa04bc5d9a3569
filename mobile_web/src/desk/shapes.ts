import type { ActKind, Batch, BatchState, Evidence, Finding, FindingSeverity, Instant, Manifest, Party, Place, Uuid, Verdict, WasteClass } from '../wire'

// The shapes only the desk asks for (docs/api.md). A field with a question mark is used where the server gives it and
// done without where it does not.

export type Direction = 'both' | 'up' | 'down'

export interface TraceNode {
  id: Uuid
  human_code: string | null
  class: WasteClass | null
  raw_class?: string | null
  grams_at_start: number
  grams: number
  measured: boolean
  state: BatchState
  generator: Party
  holder: Party
  place: Place | null
  level: number
  generated_at: Instant
  masked: false
}

/** Of a batch that is not the reader's business only its state, class and place in the graph are told. */
export interface MaskedNode {
  id: Uuid
  state: BatchState
  level: number
  masked: true
}

export interface TraceEdge {
  parent: Uuid
  child: Uuid
  fact: Uuid
  /** Null between two batches that are both not the reader's own. */
  grams: number | null
  kind: ActKind
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
  carrier?: Uuid | null
  plate?: string | null
  outcome?: 'whole' | 'part' | 'refused'
  cause?: string | null
  text?: string | null
  treatment?: string
  outputs?: Output[]
  corrects?: Uuid
  /** The proposal that is answered. */
  to?: Uuid
  keeper?: Uuid | null
  grams?: number
  reason?: string | null
  number?: string
  into?: FactPart[] | FactPart
  refused?: { batch: Uuid; refused_grams: number; into: Uuid }[]
}

/** A batch that a fact made. */
export interface FactPart {
  batch: Uuid
  grams?: number
}

/** A photo or scale ticket that a fact names, and whether the server has it. */
export interface ShownEvidence extends Evidence {
  arrived: boolean
}

export interface TraceFact {
  id: Uuid
  index: number | null
  kind: ActKind
  observed_at: Instant
  recorded_at: Instant | null
  actor_name?: string | null
  enterprise: Party | null
  manifest: Uuid | null
  manifest_number: string | null
  lines: TraceLine[]
  place: { longitude: number; latitude: number; accuracy_m?: number | null; name_zh?: string | null; name_en?: string | null } | null
  findings: Finding[]
  evidence?: ShownEvidence[]
  details: FactDetails
  verdict: Verdict
}

export type EndKind = 'treated' | 'lost' | 'unexplained' | 'elsewhere' | 'on_hand' | 'in_transit'

/** Grams of an origin and where they ended: in a fact, or in the batch that holds them now (`fact` null). */
export interface Attribution {
  origin: Uuid
  output: EndKind
  batch: Uuid
  fact: Uuid | null
  treatment: string | null
  enterprise: Party | null
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
  /** What crossed the border of whatever the account is of. */
  received: number
  shipped: number
  closes: boolean
}

export interface TraceRoot {
  kind: 'batch' | 'manifest'
  id: Uuid
  number: string | null
}

export interface Trace {
  root: TraceRoot
  roots: Uuid[]
  truncated: boolean
  masked: boolean
  nodes: (TraceNode | MaskedNode)[]
  edges: TraceEdge[]
  facts: TraceFact[]
  attribution: Attribution[]
  balance: Balance
}

export interface Hit {
  kind: 'batch' | 'manifest' | 'enterprise' | 'class'
  id: string
  title_zh: string | null
  title_en: string | null
  subtitle_zh: string | null
  subtitle_en: string | null
}

/** A finding as the list shows it: with what it is about, and the answer once somebody gave one. */
export interface FindingRow extends Omit<Finding, 'id'> {
  id: number
  fact: Uuid
  fact_kind: ActKind
  observed_at: Instant
  human_code: string | null
  enterprise: Party | null
  manifest_number: string | null
  answered_at: Instant | null
  answer: string | null
}

export interface Alert {
  id: number
  code: string
  zh: string
  en: string
  severity: FindingSeverity
  subject: { kind: 'batch' | 'manifest' | 'enterprise' | 'permit' | (string & {}); id: string; title: string | null }
  enterprise?: Party | null
  raised_at: Instant
  settled_at: Instant | null
}

/** A fact that came before its predecessor and is kept until that arrives. */
export interface Waiting {
  id: Uuid
  awaits: Uuid
  kind: ActKind | null
  came_at: Instant
  name_zh: string
  name_en: string | null
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
  left_grams?: number | null
  valid_from: string
  valid_to: string
  divisions?: string[]
  ends_trace?: boolean
  ended_on?: string | null
  confirmed?: boolean
}

/** One rule of the park's province, as a sentence with its ground. */
export interface ParkRule {
  key: string
  section: string
  value: string
  zh: string
  en: string
  confirmed: boolean
  origin: 'national' | 'province' | 'park'
  source: string
  law: string | null
}

export interface RulesOfPark {
  name: string
  name_zh: string
  name_en: string
  sections: { name: string; zh: string; en: string }[]
  rules: ParkRule[]
  deadlines: { key: string; working_days: number; from: string; until: string | null; confirmed: boolean; calendar: 'confirmed' | 'unconfirmed' | 'weekends_only' }[]
}

export interface Enterprise extends Party {
  permits?: Permit[]
  industry?: string | null
}

/** A batch as its own page reads it. */
export interface WholeBatch extends Batch {
  grams_at_start: number
}

/** A fact of one batch, as its own page lists it: with what it moved on the accounts. */
export interface BatchFact extends Omit<TraceFact, 'lines' | 'actor_name'> {
  person: string | null
  grams?: number | null
  moves: { account: string; grams: number }[]
}

/** A manifest as lists show it: its lines come only with the manifest itself. */
export interface ManifestRow extends Omit<Manifest, 'lines' | 'findings' | 'next' | 'number'> {
  number: string | null
  grams: number
  batch_count: number
}

export interface SitePlace extends Place {
  enterprise?: Party | null
  capacity_grams?: number | null
  held_grams?: number | null
}

/** The batches of a chain that are shown with their figures. */
export function shownNodes(trace: Trace): TraceNode[] {
  return trace.nodes.filter((node) => !node.masked)
}
