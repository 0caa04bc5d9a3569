// The shapes of the API (docs/api.md), in one file so that types generated from the OpenAPI file can take its place.

export type * from './wireConsent'
export type * from './wirePack'

export type Uuid = string
export type Instant = string

export interface ProblemError {
  code: string
  pointer?: string
  zh: string
  en: string
}

export interface ProblemBody {
  type?: string
  title?: string
  status: number
  code: string
  detail?: string
  zh?: string
  en?: string
  pointer?: string
  params?: Record<string, unknown>
  errors?: ProblemError[]
  request_id?: string
}

export interface Page<T> {
  items: T[]
}

export type Role = 'handler' | 'manager' | 'regulator' | 'inspector' | 'auditor'

export interface Person {
  id: Uuid
  login: string
  name: string
  role: Role
  language: 'zh' | 'en' | null
}

export type PartyRole = 'generator' | 'carrier' | 'receiver'

/** A masked party has `masked: true` and nothing else: the reader may know that someone is there, not who. */
export interface Party {
  id: Uuid | null
  number?: number | null
  name_zh: string | null
  name_en: string | null
  uscc?: string | null
  roles?: PartyRole[]
  masked?: boolean
}

export interface GeoPolygon {
  type: 'Polygon'
  coordinates: [number, number][][]
}

export interface Park {
  id: Uuid
  number: number
  code: string
  name_zh: string
  name_en: string
  longitude: number
  latitude: number
  boundary: GeoPolygon | null
}

export interface Session {
  person: Person
  enterprise: Party | null
  park: Park
  csrf: string
  /** The registered phone this is. */
  device: Uuid | null
  /** It was taken out of use: it may still send what it holds, and nothing else. */
  withdrawn?: boolean
  /** What signatures of others are sealed for on this phone. */
  seal?: { key_id: string; public_key: string }
}

export interface ClassKey {
  scheme: string
  edition: string
  code: string
}

export interface WasteClass extends ClassKey {
  name_zh: string
  name_en: string | null
  hazardous: boolean
  properties?: string[] | string | null
  verified: boolean
  note_zh?: string | null
  note_en?: string | null
}

export type BatchState =
  | 'on_site'
  | 'reserved'
  | 'in_transit'
  | 'deposited'
  | 'arrived'
  | 'received'
  | 'treated'
  | 'refused'
  | 'returning'
  | 'split'
  | 'combined'
  | 'dissolved'

export type ManifestState =
  | 'draft'
  | 'issued'
  | 'under_way'
  | 'delivered'
  | 'closed'
  | 'refused'
  | 'part_refused'
  | 'voided'
  | 'expired'

export interface Place {
  id: Uuid | null
  name_zh: string | null
  name_en: string | null
  longitude?: number | null
  latitude?: number | null
  kind?: string
}

export type FindingSeverity = 'note' | 'watch' | 'stop'

export interface Finding {
  id?: Uuid
  code: string
  severity: FindingSeverity
  zh: string
  en: string
  evidence?: unknown
  batch?: Uuid | null
  law?: string | null
}

export type ActKind =
  | 'generated'
  | 'stored'
  | 'taken_out'
  | 'weighed'
  | 'split'
  | 'combined'
  | 'manifest_issued'
  | 'manifest_voided'
  | 'picked_up'
  | 'not_collected'
  | 'handed_over'
  | 'stopped'
  | 'deposited'
  | 'arrived'
  | 'received'
  | 'returned'
  | 'treated'
  | 'dissolved'
  | 'rerouted'
  | 'corrected'
  | 'consented'
  | 'declined'
  | 'signed'

export type ReceiptOutcome = 'whole' | 'part' | 'refused'

export interface Act {
  kind: ActKind
  outcome?: ReceiptOutcome | null
  may: boolean
  why?: { code: string; zh: string; en: string } | null
  likely: boolean
}

export interface ManifestRef {
  id: Uuid
  number: string
  state: ManifestState
}

export interface Batch {
  id: Uuid
  human_code: string
  label_text: string | null
  class: WasteClass | null
  raw_class?: string | null
  grams: number
  measured: boolean
  state: BatchState
  container?: string | null
  generator: Party
  holder: Party
  place: Place | null
  manifest: ManifestRef | null
  generated_at: Instant
  last_fact: Uuid | null
  label_id?: Uuid | null
  /** Made by combining others, free, and nothing of it is gone. */
  grouped?: boolean
  findings: Finding[]
  next: Act[]
}

/** A batch as it stands inside a manifest: enough to say what it is and to record a fact on it. */
export type ShortBatch = Pick<Batch, 'id' | 'human_code' | 'class' | 'grams' | 'measured' | 'state'> & Partial<Batch>

export interface ManifestLine {
  batch: ShortBatch
  planned_grams: number
  loaded_grams?: number | null
  accepted_grams?: number | null
  refused_grams?: number | null
  outcome?: ReceiptOutcome | 'planned' | 'loaded' | 'released' | 'returned' | null
  /** The batch this one is the refused part of. */
  part_of?: Uuid | null
}

export type LegKind = 'carrier' | 'store'

export interface ManifestCarrier {
  leg: number
  party: Party
  plate?: string | null
  took_over_at?: Instant | null
  /** Whether this leg drives, or keeps the load in a store on the way. */
  what?: LegKind
  /** Never begun, and never will be: left out on the way, or replaced by a change. */
  lapsed?: boolean
}

/** A refusal as the server words it. */
export interface Sentence {
  code: string
  zh: string
  en: string
}

/** The number another system gave a manifest. */
export interface ExternalNumber {
  id: number
  system: 'national' | 'province' | 'customs' | 'park' | 'erp' | 'other'
  name: string
  number: string
  added_at: Instant
}

export interface Manifest {
  id: Uuid
  number: string
  state: ManifestState
  hazardous: boolean
  generator: Party
  carriers: ManifestCarrier[]
  receiver: Party
  treatment: string
  lines: ManifestLine[]
  label_text: string | null
  human_code: string | null
  issued_at: Instant | null
  due_pickup_at?: Instant | null
  /** The manifest whose refused batches this one brings home. */
  returns?: ManifestRef | null
  /** The manifests that bring home what was refused on this one. */
  returned_by?: ManifestRef[]
  open_proposals?: number
  findings: Finding[]
  external_numbers?: ExternalNumber[]
  next: Act[]
  signatures?: Signature[]
  may_sign?: MaySign[]
}

export type Side = 'generator' | 'carrier' | 'receiver' | 'store'

/** A name under a manifest; `of` is the fact that was signed, null for the manifest as issued. */
export interface Signature {
  side: Side
  party: Party
  method: 'own' | 'pin' | 'mandate'
  of: Uuid | null
  person: string | null
  at: Instant
  fact: Uuid
}

export interface MaySign {
  side: Side
  of: Uuid | null
  kind: string | null
  may: boolean
  why: { code: string; zh: string; en: string } | null
}

export type LabelVerdict = 'genuine' | 'withdrawn' | 'not_issued' | 'forged' | 'unreadable' | 'key_unknown'

export interface LabelAnswer {
  verdict: LabelVerdict
  what: 'batch' | 'manifest' | 'roll' | null
  problem?: Sentence | null
  roll?: { id: Uuid; mine: boolean; used: boolean } | null
  label?: unknown
  batch: Batch | null
  manifest: Manifest | null
}

export interface PublicLabel {
  verdict: LabelVerdict
  class: WasteClass | null
  generator: string | null
  generator_en: string | null
  state: BatchState | ManifestState | null
  park: string | null
  park_en: string | null
  issued_on: string | null
}

export interface SigningKey {
  park: number
  key_id: number
  algorithm: number
  public_key: string
  retired_at: Instant | null
}

export interface KeyRing {
  hosts: string[]
  keys: SigningKey[]
}

export interface FactLine {
  /** One of the two: a label is all a phone without a network may know. */
  batch?: Uuid
  label?: Uuid
  grams?: number
  measured?: boolean
  prev?: Uuid
}

export interface FactPlace {
  longitude: number
  latitude: number
  accuracy_m?: number
}

/** Why a fact has no place. */
export type NoPlace = 'denied' | 'unavailable' | 'declined' | 'not_asked'

/** A photo or scale ticket, known by the SHA-256 of its bytes. */
export interface Evidence {
  sha256: string
  bytes: number
  media: string
  what: string
}

export interface Fact {
  id: Uuid
  kind: ActKind | 'signed'
  observed_at: Instant
  manifest: Uuid | null
  /** Instead of `manifest`, where only its label is known. */
  manifest_label?: Uuid
  lines: FactLine[]
  place?: FactPlace
  no_place?: NoPlace
  evidence?: Evidence[]
  counter?: number
  device?: Uuid
  private?: Record<string, string>
  details: Record<string, unknown>
}

export type Verdict = 'recorded' | 'already_recorded' | 'waiting' | 'conflict' | 'turned_away' | 'quarantined'

export interface Receipt {
  id: Uuid
  verdict: Verdict
  index?: number | null
  findings: Finding[]
  problem?: ProblemBody | null
  winner?: Uuid | null
  waits_for?: Uuid | null
}

export interface SyncAnswer {
  received_at: Instant
  clock_skew_s: number | null
  receipts: Receipt[]
}

export interface NewManifest {
  id: Uuid
  batches: { batch: Uuid; grams?: number }[]
  carriers: NewLeg[]
  receiver: Uuid
  treatment: string
  plate?: string
  filing_number?: string
  filing_valid_to?: string
  remark?: string
}

/** A leg without `what` is a carrier's. */
export type NewLeg = ({ enterprise: Uuid } | { name: string; permit_number?: string }) & { what?: LegKind; plate?: string; driver?: string; driver_phone?: string }
