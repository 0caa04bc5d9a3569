import { namedBy } from './bylabel'
import { humanCode } from '../scan/human'
import type { Batch, ClassKey, Fact, FactLine, Manifest, Party, Place, Uuid, WasteClass } from '../wire'
import type { World } from './over'

// What begins with a record of this phone: a batch that was made, a manifest that was issued. Until the park tells of
// them they are what the record says, in the words this phone has for the ids in it.

/** How this phone calls what a record names by id; null where it has no word for it. */
export interface Names {
  classOf: (key: ClassKey) => WasteClass | null
  partyOf: (id: Uuid) => Party | null
  placeOf: (id: Uuid) => Place | null
  /** The label that belongs to a manifest's number. */
  labelOf: (number: string) => PaperLabel | null
}

export interface PaperLabel {
  id: Uuid | null
  human_code: string
  label_text: string
}

export const NAMELESS: Names = { classOf: () => null, partyOf: () => null, placeOf: () => null, labelOf: () => null }

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function keyIn(value: unknown): ClassKey | null {
  const { scheme, edition, code } = (value ?? {}) as Partial<ClassKey>
  return scheme !== undefined && edition !== undefined && code !== undefined ? { scheme, edition, code } : null
}

/** The batch a `generated` record makes of a line. Whoever tells it is its generator and has it. */
export function batchOf(fact: Fact, line: FactLine, teller: Party, names: Names): Batch {
  const { details } = fact
  const key = keyIn(details['class'])
  const label = text(details['label'])
  const store = text(details['store'])
  return {
    id: namedBy(line),
    label_id: label,
    // Without a roll's label it has no code before the park gives it one.
    human_code: label === null ? '' : humanCode(label),
    label_text: null,
    class: key && names.classOf(key),
    raw_class: key?.code ?? null,
    grams: line.grams ?? 0,
    measured: line.measured === true,
    state: 'on_site',
    container: text(details['container']),
    generator: teller,
    holder: teller,
    place: store === null ? null : names.placeOf(store),
    manifest: null,
    generated_at: fact.observed_at,
    last_fact: fact.id,
    grouped: false,
    findings: [],
    next: [],
  }
}

interface ToldLeg {
  enterprise?: unknown
  name?: unknown
  plate?: unknown
}

function legOf(told: ToldLeg, at: number, names: Names): Manifest['carriers'][number] {
  return { leg: at + 1, party: partyOf(told.enterprise, names, text(told.name)), plate: text(told.plate), took_over_at: null, what: 'carrier', lapsed: false }
}

function partyOf(id: unknown, names: Names, name: string | null = null): Party {
  const known = text(id)
  return (known === null ? null : names.partyOf(known)) ?? { id: known, name_zh: name, name_en: name }
}

/** The manifest a `manifest_issued` record makes; null where it says no number. Batches this phone does not know are not
 * on it here: nothing could be told of them. */
export function manifestOf(world: World, fact: Fact, teller: Party, names: Names): Manifest | null {
  const { details } = fact
  const number = text(details['number'])
  if (fact.manifest === null || number === null) return null
  const label = names.labelOf(number)
  const lines = fact.lines.flatMap((line): Manifest['lines'] => {
    const batch = world.batches.get(namedBy(line))
    return batch ? [{ batch, planned_grams: line.grams ?? batch.grams, loaded_grams: null, accepted_grams: null, refused_grams: null, outcome: 'planned', part_of: null }] : []
  })
  const legs = Array.isArray(details['carriers']) ? (details['carriers'] as ToldLeg[]) : []
  return {
    id: fact.manifest,
    number,
    state: 'issued',
    hazardous: lines.some((line) => line.batch.class?.hazardous === true),
    generator: teller,
    carriers: legs.map((leg, at) => legOf(leg, at, names)),
    receiver: partyOf(details['receiver'], names),
    treatment: text(details['treatment']) ?? '',
    lines,
    label_text: label?.label_text ?? null,
    human_code: label?.human_code ?? null,
    issued_at: fact.observed_at,
    due_pickup_at: null,
    returns: null,
    findings: [],
    next: [],
  }
}
