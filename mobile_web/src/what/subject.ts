import type { AskedAnswer, LabelAlone } from '../pocket/ask'
import { humanCode } from '../scan/human'
import { nameIn, type Language, type Words } from '../words'
import type { Act, ActKind, Batch, BatchState, Finding, LabelAnswer, LegKind, Manifest, ManifestLine, Party, ReceiptOutcome, ShortBatch, Uuid } from '../wire'

// One view on what was scanned, whether a batch or a manifest: what it is, whose, how much, and what may be done.

export interface SubjectLine {
  batch: Uuid
  code: string
  name: string
  grams: number
  measured: boolean
  prev: Uuid | null
  state: BatchState
  /** What the pickup put on the truck, where it is known. */
  loaded: number | null
  /** `batch` is the id of the label: nobody here knows what it is on. */
  byLabel?: boolean
}

/** A carrier or a store on the way. `open`: still to be begun. */
export interface SubjectLeg {
  leg: number
  what: LegKind
  party: Uuid
  name: string
  plate: string | null
  open: boolean
}

export interface Subject {
  what: 'batch' | 'manifest'
  manifest: Uuid | null
  /** Who has it now. */
  holder: Uuid | null
  legs: SubjectLeg[]
  treatment: string | null
  plate: string | null
  lines: SubjectLine[]
  acts: OfferedAct[]
  /** A manifest of which only the label is known; its lines are not. */
  manifestLabel?: Uuid
}

export interface OfferedAct {
  kind: ActKind
  may: boolean
  likely: boolean
  outcomes: ReceiptOutcome[]
  /** Why it may not be, or what is odd about doing it although it may. */
  why: { code: string; zh: string; en: string } | null
  /** Whether this phone records it at all. */
  here: boolean
}

/** Told by the programs of enterprises: nobody splits or combines batches on a phone yet. */
const ELSEWHERE: ReadonlySet<ActKind> = new Set<ActKind>(['split', 'combined'])

/** Acts on a consignment: they name the manifest they are about. */
export const ON_MANIFEST: ReadonlySet<ActKind> = new Set<ActKind>([
  'picked_up',
  'not_collected',
  'handed_over',
  'stopped',
  'deposited',
  'arrived',
  'received',
  'returned',
])

/** What this phone can record by itself. */
const ON_PHONE: ReadonlySet<ActKind> = new Set<ActKind>([
  ...ON_MANIFEST,
  'treated',
  'weighed',
  'stored',
  'taken_out',
  'dissolved',
  'manifest_issued',
])

/** The states in which an act moves a batch without anything odd: on a manifest of several it is told of these only. */
export const APPLIES: Partial<Record<ActKind, readonly BatchState[]>> = {
  picked_up: ['reserved', 'deposited', 'returning'],
  not_collected: ['reserved'],
  handed_over: ['in_transit', 'deposited', 'refused', 'returning'],
  stopped: ['in_transit', 'arrived', 'refused', 'returning'],
  deposited: ['in_transit', 'arrived'],
  arrived: ['in_transit', 'returning'],
  received: ['in_transit', 'arrived'],
  returned: ['refused', 'returning'],
}

/** The subject of one act: the batches it can befall now. Where it fits none, all of them, and the park says what is odd. */
export function subjectFor(kind: ActKind, subject: Subject): Subject {
  const states = APPLIES[kind]
  const lines = states === undefined ? [] : subject.lines.filter((line) => states.includes(line.state))
  return lines.length === 0 ? subject : { ...subject, lines }
}

let remembered: { code: string; answer: AskedAnswer } | null = null

/** What a code says, with or without a network. The act screen asks for the same code a moment later and gets the same
 * answer. */
export async function askLabel(code: string, signal?: AbortSignal): Promise<AskedAnswer> {
  // Loaded when first needed, and kept ready by the pocket itself: the camera does not wait for it.
  const { askAnyone } = await import('../pocket/ask')
  const answer = await askAnyone(code, signal)
  remembered = { code, answer }
  return answer
}

export async function rememberedLabel(code: string, signal?: AbortSignal): Promise<AskedAnswer> {
  return remembered?.code === code ? remembered.answer : askLabel(code, signal)
}

/** The same with the manifest a batch is on, which knows the legs and what was loaded. Where neither the park nor this
 * phone can say it the act goes on without it. */
export async function labelWithPaper(code: string, signal?: AbortSignal): Promise<AskedAnswer> {
  const answer = await rememberedLabel(code, signal)
  const paper = answer.batch?.manifest
  if (answer.manifest !== null || paper == null) return answer
  const { paperFor } = await import('../pocket/ask')
  return { ...answer, manifest: await paperFor(paper.id, answer.known, signal) }
}

export function className(w: Words, language: Language, batch: Pick<Batch, 'class'> & Partial<Batch>): string {
  return nameIn(language, batch.class) || (batch.raw_class ?? '') || w.what.unclassified
}

export function partyName(w: Words, language: Language, party: Party | null | undefined): string {
  if (party == null) return w.common.unknown
  return party.masked === true ? w.common.masked : nameIn(language, party) || w.common.unknown
}

/** "Oily rags" becomes "oily rags" inside a sentence; "PCB oil" stays as it is. */
function inSentence(name: string): string {
  return /^[A-Z][a-z]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name
}

/** "Drum of oily rags": the container comes first where it is known. */
export function thingName(w: Words, language: Language, batch: Pick<Batch, 'class'> & Partial<Batch>): string {
  const name = className(w, language, batch)
  const containers: Record<string, string> = w.make.containers
  const container = batch.container == null ? undefined : (containers[batch.container] ?? batch.container)
  return container === undefined ? name : w.what.container(container, language === 'en' ? inSentence(name) : name)
}

/** Acts of one kind that differ only in outcome are one act here: the outcome is chosen on the next screen. */
export function offeredActs(acts: readonly Act[]): OfferedAct[] {
  const byKind = new Map<ActKind, OfferedAct>()
  for (const act of acts) {
    const here = ON_PHONE.has(act.kind)
    if (!here && !ELSEWHERE.has(act.kind)) continue
    const seen = byKind.get(act.kind)
    const outcomes = act.outcome != null && act.may ? [act.outcome] : []
    if (!seen) {
      byKind.set(act.kind, { kind: act.kind, may: act.may, likely: act.likely, outcomes, why: act.why ?? null, here })
      continue
    }
    // One of the outcomes that may be, without anything odd, is enough to offer the act plainly.
    if (act.may && (!seen.may || act.why == null)) seen.why = act.why ?? null
    seen.may ||= act.may
    seen.likely ||= act.likely
    seen.outcomes.push(...outcomes)
  }
  // The likelier first, what may not be done last; the server's order decides among equals.
  const rank = (act: OfferedAct) => (act.may ? 0 : 2) + (act.likely ? 0 : 1)
  return [...byKind.values()].sort((a, b) => rank(a) - rank(b))
}

function lineOf(w: Words, language: Language, batch: ShortBatch, line: ManifestLine | null): SubjectLine {
  return {
    batch: batch.id,
    code: batch.human_code,
    name: className(w, language, batch),
    grams: batch.grams,
    measured: batch.measured,
    prev: batch.last_fact ?? null,
    state: batch.state,
    loaded: line?.loaded_grams ?? null,
  }
}

function legsOf(w: Words, language: Language, manifest: Manifest | null): SubjectLeg[] {
  return (manifest?.carriers ?? []).flatMap((leg) =>
    leg.party.id === null
      ? []
      : [
          {
            leg: leg.leg,
            what: leg.what ?? 'carrier',
            party: leg.party.id,
            name: partyName(w, language, leg.party),
            plate: leg.plate ?? null,
            open: leg.took_over_at == null && leg.lapsed !== true,
          },
        ],
  )
}

function ofManifest(w: Words, language: Language, manifest: Manifest): Subject {
  return {
    what: 'manifest',
    manifest: manifest.id,
    holder: manifest.lines.find((line) => line.batch.holder != null)?.batch.holder?.id ?? null,
    legs: legsOf(w, language, manifest),
    treatment: manifest.treatment,
    plate: manifest.carriers.find((carrier) => carrier.plate != null)?.plate ?? null,
    lines: manifest.lines.map((line) => lineOf(w, language, line.batch, line)),
    acts: offeredActs(manifest.next),
  }
}

function ofBatch(w: Words, language: Language, batch: Batch, manifest: Manifest | null): Subject {
  return {
    what: 'batch',
    manifest: batch.manifest?.id ?? null,
    holder: batch.holder.id,
    legs: legsOf(w, language, manifest),
    treatment: manifest?.treatment ?? null,
    plate: manifest?.carriers.find((carrier) => carrier.plate != null)?.plate ?? null,
    lines: [lineOf(w, language, batch, manifest?.lines.find((line) => line.batch.id === batch.id) ?? null)],
    acts: offeredActs(batch.next),
  }
}

/** What a label alone tells: the park will know what it is on. */
function ofLabel(w: Words, language: Language, { label, told, class: wasteClass }: LabelAlone): Subject {
  const { labelId, what } = label
  const prev = told.unsent.at(-1)?.id ?? null
  const line: SubjectLine = {
    batch: labelId, code: humanCode(labelId), name: className(w, language, { class: wasteClass }), grams: told.grams, measured: told.measured,
    prev, state: told.states[0] ?? 'reserved', loaded: null, byLabel: true,
  }
  const plain = { manifest: null, holder: null, legs: [], treatment: null, plate: null, acts: offeredActs(told.next) }
  return what === 'manifest' ? { ...plain, what, lines: [], manifestLabel: labelId } : { ...plain, what: 'batch', lines: [line] }
}

export function subjectOf(w: Words, language: Language, answer: LabelAnswer & { known?: AskedAnswer['known']; alone?: LabelAlone | null }): Subject | null {
  if (answer.known === 'label' && answer.alone) return ofLabel(w, language, answer.alone)
  if (answer.what === 'manifest' && answer.manifest) return ofManifest(w, language, answer.manifest)
  if (answer.batch) return ofBatch(w, language, answer.batch, answer.manifest)
  return answer.manifest ? ofManifest(w, language, answer.manifest) : null
}

/** What is odd, the gravest first; a manifest speaks for its batches too. */
export function findingsOf(answer: LabelAnswer): Finding[] {
  const all = answer.what === 'manifest' ? (answer.manifest?.findings ?? []) : (answer.batch?.findings ?? [])
  const order = { stop: 0, watch: 1, note: 2 }
  return [...all].sort((a, b) => order[a.severity] - order[b.severity])
}
