import { apiGet, Refused, Unreachable } from '../api'
import { currentSession } from '../session'
import type { Label } from '../scan/code'
import type { Act, Batch, Fact, LabelAnswer, Manifest, Party, Uuid, WasteClass } from '../wire'
import { toldOf, type Told } from './bylabel'
import { nextActs } from './next'
import { madeAs, madeManifest, recordsSince, type Made } from './made'
import { layOver, stoodOf, type LaidOver, type Overtaken, type World } from './over'
import { dictionary, knownLabel, knownManifest, labelIn, packed, remember, toldHere, type ToldHere } from './pocket'

// What a code stands for: from the park where it answers soon, else from the pocket, else from the records of this phone
// that made it, else from the label alone; and over it what this phone has told and the park not told back.

/** What a label says of itself, in the words of the dictionary. */
export interface LabelAlone {
  label: Label
  /** What this phone told of it, and what could come next. */
  told: Told
  class: WasteClass | null
  generator: Party | null
}

export interface AskedAnswer extends LabelAnswer {
  known: 'server' | 'pocket' | 'label'
  /** When the park last said so; null where it never did. */
  asOf: string | null
  /** Records of this phone laid over it, which the park has not heard. */
  unsent: Fact[]
  overtaken: Overtaken | null
  alone: LabelAlone | null
}

const SHORT_PATIENCE_MS = 1_500
const LAST_PATIENCE_MS = 6_000

function after(ms: number): Promise<'late'> {
  return new Promise((resolve) => setTimeout(() => resolve('late'), ms))
}

function ownParty(): Party | null {
  return currentSession()?.enterprise ?? null
}

/** Asks the park; where it is slow or away, says what is known here. Throws what the park refused, or `Unreachable`
 * where nobody knows anything. */
export async function askAnyone(code: string, signal?: AbortSignal): Promise<AskedAnswer> {
  if (!navigator.onLine) return (await fromHere(code)) ?? throwUnreachable()
  const asked = apiGet<LabelAnswer>(`/labels/${encodeURIComponent(code)}`, {}, signal).then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  )
  const soon = await Promise.race([asked, after(SHORT_PATIENCE_MS)])
  if (soon === 'late') {
    const known = await knownHere(code)
    if (known) return known
  }
  const said = soon === 'late' ? await Promise.race([asked, after(LAST_PATIENCE_MS - SHORT_PATIENCE_MS)]) : soon
  if (said !== 'late' && !knows(said)) {
    const made = await madeAs(code).catch(() => null)
    if (made) return ofMade(made)
  }
  if (said !== 'late' && 'answer' in said) {
    void remember(said.answer, code)
    if (isOthers(said.answer)) return { ...(await finished(said.answer, 'server', null)), alone: await aloneOf(code) }
    return finished(said.answer, 'server', new Date().toISOString())
  }
  if (said !== 'late' && (said.error instanceof Refused || signal?.aborted === true)) throw said.error
  return (await fromHere(code)) ?? throwUnreachable()
}

/** Whether the park knows of something under this code. To a drum or a manifest whose record still lies here it says that
 * the label is blank, or that there is no such number. */
function knows(said: { answer: LabelAnswer } | { error: unknown }): boolean {
  if ('error' in said) return !(said.error instanceof Refused && said.error.problem.status === 404)
  return said.answer.what !== 'roll'
}

/** So many questions at once: the park answers 50 of them in a moment, and a weak network is not choked. */
const ASKED_AT_ONCE = 4

/** Asks for many codes, each told as it is known; null where the park knows none, and nothing is said where nobody could
 * be asked. Once the park has been too slow for one, the others are answered from here: nobody waits fifty times. */
export async function askMany(codes: readonly string[], tell: (code: string, answer: AskedAnswer | null) => void, signal?: AbortSignal): Promise<void> {
  const left = [...codes]
  const told = toldHere().catch((): ToldHere => ({ unsent: [], heard: [] }))
  let away = !navigator.onLine
  const over = () => signal?.aborted === true
  const ask = async () => {
    for (let code = left.shift(); code !== undefined && !over(); code = left.shift()) {
      const answer = await (away ? fromHere(code, told) : askAnyone(code, signal)).catch((error: unknown) =>
        error instanceof Refused && error.problem.status === 404 ? null : undefined,
      )
      if (answer && answer.known !== 'server') away = true
      const silent = answer === undefined || (answer === null && away)
      if (!silent && !over()) tell(code, answer)
    }
  }
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, ask))
}

/** A genuine label on something this person takes no part in: the park says so, and nothing of what it is on. */
export function isOthers(answer: LabelAnswer): boolean {
  return answer.verdict === 'genuine' && answer.what !== 'roll' && answer.batch === null && answer.manifest === null && answer.problem != null
}

/** The manifest a batch is on: from the park where it answers soon, else as this phone has it. */
export async function paperFor(id: Uuid, known: AskedAnswer['known'], signal?: AbortSignal): Promise<Manifest | null> {
  const here = async () => (await knownManifest(id)) ?? madeManifest(id)
  if (known !== 'server' || !navigator.onLine) return here()
  const asked = apiGet<Manifest>(`/manifests/${id}`, {}, signal).catch(() => null)
  const said = await Promise.race([asked, after(SHORT_PATIENCE_MS)])
  if (said === 'late' || said === null) return here()
  void remember(said)
  return said
}

function throwUnreachable(): never {
  throw new Unreachable('nobody here knows this code')
}

async function knownHere(code: string, told?: Promise<ToldHere>): Promise<AskedAnswer | null> {
  const known = await knownLabel(code)
  if (known) return finished(known.answer, 'pocket', known.asOf, told)
  // Storage that cannot be read knows nothing; the label still speaks for itself.
  const made = await madeAs(code, told).catch(() => null)
  return made && ofMade(made)
}

async function fromHere(code: string, told?: Promise<ToldHere>): Promise<AskedAnswer | null> {
  const known = await knownHere(code, told)
  if (known) return known
  const unsent = await (told ?? toldHere()).then((each) => each.unsent, (): Fact[] => [])
  const alone = await aloneOf(code, unsent)
  if (alone === null) return null
  const { label } = alone
  // One's own blank label may go on a drum. Whether another's is on one already, nobody here can say.
  const blank = label.what === 'roll' && label.generator === ownParty()?.number && alone.told.unsent.length === 0
  const what = blank ? 'roll' : label.what === 'manifest' ? 'manifest' : 'batch'
  return { verdict: 'genuine', what, batch: null, manifest: null, known: 'label', asOf: null, unsent: alone.told.unsent, overtaken: null, alone }
}

async function aloneOf(code: string, unsent: readonly Fact[] = []): Promise<LabelAlone | null> {
  const label = labelIn(code)
  if (label === null) return null
  const { classes, enterprises } = await dictionary()
  return { label, told: toldOf(label, ownParty(), unsent), class: classes.get(label.wasteClass) ?? null, generator: enterprises.get(label.generator) ?? null }
}

function ofMade({ answer, over, asOf }: Made): AskedAnswer {
  return inLight({ ...answer, known: 'pocket', asOf, unsent: [], overtaken: null, alone: null }, over)
}

async function finished(said: LabelAnswer, known: 'server' | 'pocket', asOf: string | null, given = toldHere()): Promise<AskedAnswer> {
  const answer = underItsLabel(said)
  const plain: AskedAnswer = { ...answer, known, asOf, unsent: [], overtaken: null, alone: null }
  const thing = answer.batch ?? answer.manifest
  const told = thing === null ? null : await given.catch(() => null)
  // Nothing of ours lies over it: what the park offers is what there is.
  if (told === null || (known === 'server' && !told.unsent.some((fact) => concerns(fact, answer)))) return plain
  const own = ownParty()
  if (own === null) return inLight(plain, nothingOver(await worldOf(answer)))
  const since = known === 'server' ? null : ((await packed())?.kept.asOf ?? asOf)
  // What the park has just said counts in all that it has heard.
  const { facts, laying } = await recordsSince(known === 'server' ? { ...told, heard: [] } : told, since === null ? 0 : Date.parse(since))
  return inLight(plain, layOver(await worldOf(answer), facts, own, laying))
}

function nothingOver(world: World): LaidOver {
  return { ...world, unsent: new Map(), overtaken: [], touched: new Set(), born: new Set() }
}

function concerns(fact: Fact, { batch, manifest }: LabelAnswer): boolean {
  const about = [batch, ...(manifest?.lines.map((line) => line.batch) ?? [])]
  return fact.lines.some((line) => about.some((each) => each != null && (each.id === line.batch || (each.label_id ?? null) === (line.label ?? ''))))
}

/** With the label that was scanned: the park does not repeat it on the batch, and records here may have been told by it. */
function underItsLabel(answer: LabelAnswer): LabelAnswer {
  const scanned = (answer.label as { label_id?: string } | null | undefined)?.label_id
  return answer.batch && scanned !== undefined ? { ...answer, batch: { ...answer.batch, label_id: answer.batch.label_id ?? scanned } } : answer
}

/** Everything this phone knows, with the answer in front of it. */
async function worldOf(answer: LabelAnswer): Promise<World> {
  const have = await packed()
  const world: World = { batches: new Map(have?.known.batches), manifests: new Map(have?.known.manifests) }
  const { batch, manifest } = answer
  if (manifest) {
    world.manifests.set(manifest.id, manifest)
    for (const line of manifest.lines) if (isWhole(line.batch)) world.batches.set(line.batch.id, line.batch)
  }
  if (batch) {
    world.batches.set(batch.id, batch)
    const paper = batch.manifest && !world.manifests.has(batch.manifest.id) ? await knownManifest(batch.manifest.id) : null
    if (paper) world.manifests.set(paper.id, paper)
  }
  return world
}

function isWhole(batch: Partial<Batch>): batch is Batch {
  return batch.holder !== undefined && batch.generator !== undefined
}

/** The answer as things stand with the records of this phone laid over them. */
function inLight(plain: AskedAnswer, over: LaidOver): AskedAnswer {
  const me = ownParty()?.id ?? null
  if (plain.what === 'manifest' && plain.manifest) return overManifest(plain, plain.manifest, over, me)
  const batch = plain.batch && over.batches.get(plain.batch.id)
  if (!batch) return plain
  const unsent = over.unsent.get(batch.id) ?? []
  const next = nextOf([batch], over, me, isAsSaid(over, [batch]) ? batch.next : [])
  const overtaken = over.overtaken.find((each) => each.batch === batch.id) ?? null
  return { ...plain, batch: { ...batch, next }, unsent, overtaken }
}

function overManifest(plain: AskedAnswer, manifest: Manifest, over: LaidOver, me: Uuid | null): AskedAnswer {
  const now = over.manifests.get(manifest.id) ?? manifest
  const lines = now.lines.map((line) => ({ ...line, batch: over.batches.get(line.batch.id) ?? line.batch }))
  const batches = lines.map((line) => line.batch).filter(isWhole)
  const unsent = [...new Set(batches.flatMap((batch) => over.unsent.get(batch.id) ?? []))]
  const next = nextOf(batches, over, me, isAsSaid(over, batches) ? manifest.next : [])
  const overtaken = over.overtaken.find((each) => batches.some((batch) => batch.id === each.batch)) ?? null
  return { ...plain, manifest: { ...now, lines, next }, unsent, overtaken }
}

function isAsSaid(over: LaidOver, batches: readonly Batch[]): boolean {
  return !batches.some((batch) => over.unsent.has(batch.id) || over.touched.has(batch.id))
}

/** The acts offered here. What the park offered stands while nothing of ours has changed and its paper is not at hand. */
function nextOf(batches: readonly Batch[], over: World, me: Uuid | null, said: Act[]): Act[] {
  const blind = batches.some((batch) => batch.manifest !== null && !over.manifests.has(batch.manifest.id))
  if (blind && said.length > 0) return said
  return batches.length === 0 ? said : nextActs(me, batches.map((batch) => stoodOf(batch, over.manifests)))
}
