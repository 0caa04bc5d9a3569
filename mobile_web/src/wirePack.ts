import type { BatchState, Finding, Instant, KeyRing, LegKind, ManifestRef, Party, Place, ReceiptOutcome, Uuid, WasteClass } from './wire'

// What `GET /pack` answers: everything a shift may need, parties and classes by the short numbers that labels carry too.
// Part of wire.ts, which is long enough.

export interface PackLeg {
  leg: number
  party: number
  plate: string | null
  took_over_at: Instant | null
  what: LegKind
  lapsed: boolean
}

export interface PackLine {
  batch: Uuid
  planned_grams: number
  loaded_grams: number | null
  accepted_grams: number | null
  refused_grams: number | null
  outcome: ReceiptOutcome | 'planned' | 'loaded' | 'released' | 'returned'
  part_of: Uuid | null
}

export interface PackManifest extends ManifestRef {
  label_id: Uuid | null
  human_code: string | null
  hazardous: boolean
  generator: number
  receiver: number
  carriers: PackLeg[]
  treatment: string
  issued_at: Instant | null
  due_pickup_at: Instant | null
  returns: ManifestRef | null
  lines: PackLine[]
}

export interface PackBatch {
  id: Uuid
  label_id: Uuid | null
  human_code: string | null
  class: number | null
  raw_class: string | null
  grams: number
  measured: boolean
  state: BatchState
  form: string | null
  container: string | null
  generator: number
  holder: number
  place: Place | null
  manifest: ManifestRef | null
  generated_at: Instant
  held_since: Instant
  last_fact: Uuid
  grouped: boolean
  findings: Finding[]
}

export interface PackRules {
  /** What another weight than the manifest says leads to: a report, or a stop. */
  weight: 'report' | 'stop'
  weight_zh: string
  weight_en: string
  confirmed: boolean
  tolerance_permille: number
  tolerance_grams: number
  plate_general: boolean
  plate_hazardous: boolean
}

export interface Pack {
  version: number
  as_of: Instant
  person: Uuid | null
  enterprise: Uuid | null
  manifests: PackManifest[]
  batches: PackBatch[]
  classes: (WasteClass & { number: number })[]
  enterprises: Party[]
  stores: Place[]
  plates: string[]
  treatments: { code: string; kind: string }[]
  rules: PackRules
  ring: KeyRing
  seal: { key_id: string; public_key: string }
  truncated: Record<'manifests' | 'lines' | 'batches' | 'classes' | 'enterprises', boolean>
}
