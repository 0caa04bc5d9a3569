import { currentSession } from '../session'
import { readCode } from '../scan/code'
import { fold, humanCode } from '../scan/human'
import { outbox } from '../sync'
import { heldNumbers, heldParties, usedClasses, type HeldNumber } from '../make/held'
import type { Batch, ClassKey, Fact, LabelAnswer, Manifest, Place, Session, Uuid } from '../wire'
import { namedBy } from './bylabel'
import { NAMELESS, type Names, type PaperLabel } from './born'
import { layOver, type LaidOver, type Laying, type World } from './over'
import { nameOf, oursHere, packed, toldHere, type HeardFact, type ToldHere } from './pocket'

// What was made on this phone and the park has not told back yet: the drum under a roll's label, the manifest under a
// number this phone held. It is kept nowhere by itself: it is the records of this phone laid over the pocket.

const BEGINS: ReadonlySet<Fact['kind']> = new Set<Fact['kind']>(['generated', 'manifest_issued'])

/** The records to be laid over what was known at a moment (milliseconds), in the order they were told. */
export interface Records {
  facts: Fact[]
  laying: Laying
}

/** `since`: when the park last told how things stand; what it has heard by then is counted in already. */
export async function recordsSince(told: ToldHere, since: number): Promise<Records> {
  const heard = told.heard.filter((each) => each.waits || each.at > since)
  const facts = [...heard.map((each) => each.fact), ...told.unsent].sort((a, b) => (a.counter ?? 0) - (b.counter ?? 0))
  const names = facts.some((fact) => BEGINS.has(fact.kind)) ? await namesHere().catch(() => NAMELESS) : NAMELESS
  return { facts, laying: { names, heard: new Set(heard.map((each) => each.fact.id)) } }
}

async function namesHere(): Promise<Names> {
  const session = currentSession()
  if (session === null) return NAMELESS
  const have = await packed()
  const [used, parties, numbers] = await Promise.all([usedClasses(session), heldParties(session), heldNumbers(session)])
  const keyOf = (key: ClassKey) => `${key.scheme} ${key.edition} ${key.code}`
  const classes = new Map([...used, ...(have?.known.classes.values() ?? [])].map((each) => [keyOf(each), each]))
  const named = new Map([...parties, ...(have?.known.enterprises.values() ?? []), session.enterprise].flatMap((each) => (each?.id == null ? [] : [[each.id, each] as const])))
  const stores = new Map<string | null, Place>((have?.kept.pack.stores ?? []).map((each) => [each.id, each]))
  const labels = new Map(numbers.map((each) => [each.number, each]))
  return {
    classOf: (key) => classes.get(keyOf(key)) ?? null,
    partyOf: (id) => named.get(id) ?? null,
    placeOf: (id) => stores.get(id) ?? null,
    labelOf: (number) => labelOf(labels.get(number)),
  }
}

function labelOf(held: HeldNumber | undefined): PaperLabel | null {
  if (held === undefined) return null
  const { human_code, label_text } = held
  // Read for its id alone: it is the park's own text, of whichever host.
  const read = readCode(label_text, [/^https:\/\/([^/]+)\//i.exec(label_text)?.[1] ?? ''])
  return { id: 'scanned' in read ? read.scanned.claims.labelId : null, human_code, label_text }
}

interface Here {
  session: Session
  over: LaidOver
  records: Records
  heard: readonly HeardFact[]
}

/** The whole pocket with every record of this phone laid over it. */
async function here(given?: Promise<ToldHere>): Promise<Here | null> {
  const session = currentSession()
  if (!session?.enterprise) return null
  const told = await (given ?? toldHere())
  const have = await packed()
  const records = await recordsSince(told, have ? Date.parse(have.kept.asOf) : 0)
  const base: World = { batches: new Map(have?.known.batches), manifests: new Map(have?.known.manifests) }
  return { session, over: layOver(base, records.facts, session.enterprise, records.laying), records, heard: told.heard }
}

/** What was made here under a code, with all that this phone knows around it; `asOf` is when the park had the last
 * record of it, null where it has not heard of it. */
export interface Made {
  answer: LabelAnswer
  over: LaidOver
  asOf: string | null
}

/** What a code stands for where only records of this phone tell of it; null where they do not. */
export async function madeAs(code: string, told?: Promise<ToldHere>): Promise<Made | null> {
  const found = await here(told)
  if (found === null) return null
  const { over } = found
  const name = nameOf(code)
  const is = (...names: (string | null | undefined)[]) => names.some((each) => each != null && each !== '' && (each === name || fold(each) === name))
  const born = <T extends { id: Uuid }>(all: ReadonlyMap<Uuid, T>) => [...all.values()].filter((each) => over.born.has(each.id))
  const batch = born(over.batches).find((each) => is(each.id, each.label_id, each.human_code))
  if (batch) return { answer: { verdict: 'genuine', what: 'batch', batch, manifest: null }, over, asOf: lastHeard(found, [batch.id]) }
  const labelId = (each: Manifest) => found.records.laying.names?.labelOf(each.number)?.id
  const manifest = born(over.manifests).find((each) => is(each.id, each.number, each.human_code, labelId(each)))
  const lines = manifest?.lines.map((line) => line.batch.id) ?? []
  return manifest ? { answer: { verdict: 'genuine', what: 'manifest', batch: null, manifest }, over, asOf: lastHeard(found, lines) } : null
}

function lastHeard({ heard, over }: Here, batches: readonly Uuid[]): string | null {
  if (batches.some((batch) => (over.unsent.get(batch) ?? []).length > 0)) return null
  const about = heard.filter(({ fact }) => fact.lines.some((line) => batches.includes(namedBy(line))))
  return about.length === 0 ? null : new Date(Math.max(...about.map((each) => each.at))).toISOString()
}

/** A manifest that only a record of this phone tells of. */
export async function madeManifest(id: Uuid): Promise<Manifest | null> {
  const found = await here()
  return found?.over.born.has(id) === true ? (found.over.manifests.get(id) ?? null) : null
}

/** What can go on a truck: on site here by the pocket, with what this phone has made and shipped since. */
export async function onHandHere(): Promise<Batch[]> {
  const found = await here()
  if (found === null) return []
  const own = found.session.enterprise?.id
  return [...found.over.batches.values()].filter((batch) => batch.state === 'on_site' && batch.holder.id === own && batch.manifest === null)
}

/** The record of this phone by which something began. `odd`: its receipt says that it is not in the books, or not yet. */
export interface Beginning {
  id: Uuid
  kind: Fact['kind']
  odd: boolean
}

/** The last record told here that began what a code, or a manifest's id, stands for; also one that was turned away. */
export async function beginningOf(code: string, manifest: Uuid | null): Promise<Beginning | null> {
  const ours = await oursHere()
  const [rows, settled, names] = await Promise.all([outbox.pending(), outbox.settled(), namesHere()])
  const said = new Map(settled.map((one) => [one.id, one.receipt.verdict]))
  const facts = [...settled, ...rows].filter((one) => ours(one.person) && BEGINS.has(one.fact.kind)).map((one) => one.fact)
  const name = nameOf(code)
  const is = (fact: Fact) => {
    if (fact.kind === 'generated') return typeof fact.details['label'] === 'string' && [fact.details['label'], fold(humanCode(fact.details['label']))].includes(name)
    const number = typeof fact.details['number'] === 'string' ? fact.details['number'] : ''
    const label = names.labelOf(number)
    return fact.manifest === manifest || fold(number) === name || (label !== null && [label.id, fold(label.human_code)].includes(name))
  }
  const last = facts.filter(is).sort((a, b) => (a.counter ?? 0) - (b.counter ?? 0)).at(-1)
  const verdict = last && said.get(last.id)
  return last ? { id: last.id, kind: last.kind, odd: verdict !== undefined && verdict !== 'recorded' && verdict !== 'already_recorded' } : null
}
