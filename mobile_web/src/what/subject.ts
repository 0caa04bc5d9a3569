import { apiGet } from '../api'
import { nameIn, type Language, type Words } from '../words'
import type { Act, ActKind, Batch, Finding, LabelAnswer, Manifest, Party, ReceiptOutcome, ShortBatch, Uuid } from '../wire'

// One view on what was scanned, whether a batch or a manifest: what it is, whose, how much, and what may be done.

export interface SubjectLine {
  batch: Uuid
  code: string
  name: string
  grams: number
  measured: boolean
  prev: Uuid | null
}

export interface Subject {
  what: 'batch' | 'manifest'
  manifest: Uuid | null
  treatment: string | null
  plate: string | null
  lines: SubjectLine[]
  acts: OfferedAct[]
}

export interface OfferedAct {
  kind: ActKind
  may: boolean
  likely: boolean
  outcomes: ReceiptOutcome[]
  why: { code: string; zh: string; en: string } | null
}

/** What this phone can record by itself; the rest is done at the desk. */
const ON_PHONE: ReadonlySet<ActKind> = new Set<ActKind>([
  'picked_up',
  'handed_over',
  'arrived',
  'received',
  'returned',
  'treated',
  'weighed',
  'stored',
  'taken_out',
  'manifest_issued',
])

let remembered: { code: string; answer: LabelAnswer } | null = null

/** What a code says. The act screen asks for the same code a moment later and gets the same answer. */
export async function askLabel(code: string, signal?: AbortSignal): Promise<LabelAnswer> {
  const answer = await apiGet<LabelAnswer>(`/labels/${encodeURIComponent(code)}`, {}, signal)
  remembered = { code, answer }
  return answer
}

export async function rememberedLabel(code: string, signal?: AbortSignal): Promise<LabelAnswer> {
  return remembered?.code === code ? remembered.answer : askLabel(code, signal)
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
    if (!ON_PHONE.has(act.kind)) continue
    const seen = byKind.get(act.kind)
    const outcomes = act.outcome != null && act.may ? [act.outcome] : []
    if (!seen) {
      byKind.set(act.kind, { kind: act.kind, may: act.may, likely: act.likely, outcomes, why: act.why ?? null })
      continue
    }
    seen.may ||= act.may
    seen.likely ||= act.likely
    seen.outcomes.push(...outcomes)
    if (seen.may) seen.why = null
  }
  // The likelier first, what may not be done last; the server's order decides among equals.
  const rank = (act: OfferedAct) => (act.may ? 0 : 2) + (act.likely ? 0 : 1)
  return [...byKind.values()].sort((a, b) => rank(a) - rank(b))
}

function lineOf(w: Words, language: Language, batch: ShortBatch, grams: number): SubjectLine {
  return {
    batch: batch.id,
    code: batch.human_code,
    name: className(w, language, batch),
    grams,
    measured: batch.measured,
    prev: batch.last_fact ?? null,
  }
}

function ofManifest(w: Words, language: Language, manifest: Manifest): Subject {
  return {
    what: 'manifest',
    manifest: manifest.id,
    treatment: manifest.treatment,
    plate: manifest.carriers.find((carrier) => carrier.plate != null)?.plate ?? null,
    lines: manifest.lines.map((line) => lineOf(w, language, line.batch, line.batch.grams)),
    acts: offeredActs(manifest.next),
  }
}

function ofBatch(w: Words, language: Language, batch: Batch, manifest: Manifest | null): Subject {
  return {
    what: 'batch',
    manifest: batch.manifest?.id ?? null,
    treatment: manifest?.treatment ?? null,
    plate: manifest?.carriers.find((carrier) => carrier.plate != null)?.plate ?? null,
    lines: [lineOf(w, language, batch, batch.grams)],
    acts: offeredActs(batch.next),
  }
}

export function subjectOf(w: Words, language: Language, answer: LabelAnswer): Subject | null {
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
