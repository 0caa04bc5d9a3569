import type { Batch, BatchState, Fact, FactLine, Manifest, Party, Uuid } from '../wire'
import { batchOf, manifestOf, NAMELESS, type Names } from './born'
import { labelsOn, namedBy, onBatches } from './bylabel'
import { cellOf, isParty, relationsOf, type Leg, type Paper, type Stood } from './next'

// What this phone has told and the park has not told back yet, laid over what is known: so that a handler sees the drum
// on the truck he has just put it on, one he made himself too, and the next record follows the one before it.

export interface World {
  batches: Map<Uuid, Batch>
  manifests: Map<Uuid, Manifest>
}

/** Somebody else's record reached the park while ours of the same step lay here: what the batch is now, and with whom. */
export interface Overtaken {
  fact: Fact
  batch: Uuid
  state: BatchState
  holder: Party
}

export interface LaidOver extends World {
  /** By batch: the unsent records that befell it, the last one last. */
  unsent: Map<Uuid, Fact[]>
  overtaken: Overtaken[]
  /** Batches of which a record was laid over, sent or not. */
  touched: Set<Uuid>
  /** Batches and manifests that only a record of this phone tells of. */
  born: Set<Uuid>
}

/** `heard`: records the park has, though what is known here was told before them. */
export interface Laying {
  names?: Names
  heard?: ReadonlySet<Uuid>
}

interface Layer {
  over: LaidOver
  teller: Party
  names: Names
  heard: ReadonlySet<Uuid>
  own: ReadonlySet<Uuid>
  /** By batch: how many of the records are in what is known already. */
  counted: ReadonlyMap<Uuid, number>
}

export function paperOf(manifest: Manifest): Paper {
  const legs = manifest.carriers.map(
    (leg): Leg => ({ party: leg.party, what: leg.what ?? 'carrier', begun: leg.took_over_at != null, lapsed: leg.lapsed === true }),
  )
  return { generator: manifest.generator, receiver: manifest.receiver, returns: manifest.returns != null, legs }
}

/** A batch as acts see it. Where its manifest is not on this phone, only who holds it can be told. */
export function stoodOf(batch: Batch, manifests: ReadonlyMap<Uuid, Manifest>): Stood {
  const manifest = batch.manifest ? manifests.get(batch.manifest.id) : undefined
  return {
    state: batch.state,
    holder: batch.holder.id,
    generator: batch.generator.id,
    grouped: batch.grouped === true,
    paper: manifest ? paperOf(manifest) : null,
  }
}

/** Lays facts over what is known, oldest first. `teller` is the enterprise that tells them. */
export function layOver(base: World, told: readonly Fact[], teller: Party, { names = NAMELESS, heard = new Set() }: Laying = {}): LaidOver {
  const facts = onBatches(told, labelsOn(base.batches.values(), told))
  const over: LaidOver = {
    batches: new Map(base.batches), manifests: new Map(base.manifests), unsent: new Map(), overtaken: [], touched: new Set(), born: new Set(),
  }
  const layer: Layer = { over, teller, names, heard, own: new Set(facts.map((fact) => fact.id)), counted: countedIn(base, facts) }
  facts.forEach((fact, at) => {
    if (fact.kind === 'manifest_issued') issue(layer, fact)
    for (const line of fact.lines) {
      // The park has it already, and with it all that came before: their receipts are only on the way.
      if (at < (layer.counted.get(namedBy(line)) ?? 0)) continue
      if (fact.kind === 'generated' && !over.batches.has(namedBy(line))) make(layer, fact, line)
      else layLine(layer, fact, line)
    }
  })
  return over
}

function countedIn(base: World, facts: readonly Fact[]): Map<Uuid, number> {
  const counted = new Map<Uuid, number>()
  facts.forEach((fact, at) => {
    for (const batch of fact.lines.map(namedBy)) if (base.batches.get(batch)?.last_fact === fact.id) counted.set(batch, at + 1)
  })
  return counted
}

function make({ over, teller, names, heard }: Layer, fact: Fact, line: FactLine): void {
  const batch = namedBy(line)
  over.batches.set(batch, batchOf(fact, line, teller, names))
  over.born.add(batch)
  over.touched.add(batch)
  if (!heard.has(fact.id)) over.unsent.set(batch, [fact])
}

function issue({ over, teller, names }: Layer, fact: Fact): void {
  const made = fact.manifest === null || over.manifests.has(fact.manifest) ? null : manifestOf(over, fact, teller, names)
  if (made === null) return
  over.manifests.set(made.id, made)
  over.born.add(made.id)
}

function layLine({ over, teller, heard, own }: Layer, fact: Fact, line: FactLine): void {
  const batch = over.batches.get(namedBy(line))
  if (!batch) return
  const act = fact.kind === 'received' && fact.details['outcome'] === 'refused' ? 'refused' : fact.kind
  const cell = cellOf(batch.state, act)
  const stood = stoodOf(batch, over.manifests)
  const moved = line.prev !== undefined && batch.last_fact !== null && batch.last_fact !== line.prev && !own.has(batch.last_fact)
  // The park took it in before it told us how the batch stands: what came after it is what counts.
  if (moved && heard.has(fact.id)) return
  const may = isParty(act, relationsOf(teller.id, stood))
  if (moved && (cell.finding !== null || !may)) over.overtaken.push({ fact, batch: batch.id, state: batch.state, holder: batch.holder })
  if (!heard.has(fact.id)) over.unsent.set(batch.id, [...(over.unsent.get(batch.id) ?? []), fact])
  if (cell.then === null || !may) return
  over.touched.add(batch.id)
  const grams = gramsAfter(batch, fact, line)
  const then = grams === 0 && cell.when_empty !== null ? cell.when_empty : cell.then
  const next: Batch = { ...batch, grams, last_fact: fact.id, state: then === 'free' ? freeState(batch) : (then as BatchState) }
  if (line.measured !== undefined && line.grams !== undefined) next.measured = line.measured
  next.holder = holderAfter(over, batch, fact, teller)
  next.manifest = then === 'free' ? null : paperAfter(over, batch, fact)
  if (next.holder.id !== batch.holder.id) next.place = null
  over.batches.set(batch.id, next)
  layOnPaper(over, fact, next)
}

function paperAfter(over: World, batch: Batch, fact: Fact): Batch['manifest'] {
  const issued = fact.kind === 'manifest_issued' && fact.manifest !== null ? over.manifests.get(fact.manifest) : undefined
  return issued ? { id: issued.id, number: issued.number, state: issued.state } : batch.manifest
}

/** Where a batch taken off a manifest goes back to: free on site where its generator has it, else free as received. */
function freeState(batch: Batch): BatchState {
  return batch.holder.id === batch.generator.id ? 'on_site' : 'received'
}

function gramsAfter(batch: Batch, fact: Fact, line: FactLine): number {
  if (fact.kind === 'treated') return Math.max(0, batch.grams - (line.grams ?? batch.grams))
  return fact.kind === 'split' || fact.kind === 'combined' ? batch.grams : (line.grams ?? batch.grams)
}

function holderAfter(over: World, batch: Batch, fact: Fact, teller: Party): Party {
  switch (fact.kind) {
    case 'picked_up':
    case 'handed_over':
      return partyIn(over, fact, fact.details['carrier']) ?? teller
    case 'deposited':
      return partyIn(over, fact, fact.details['keeper']) ?? teller
    case 'received':
      return fact.details['outcome'] === 'refused' ? batch.holder : teller
    case 'returned':
      return batch.generator
    default:
      return batch.holder
  }
}

function partyIn(over: World, fact: Fact, id: unknown): Party | null {
  if (typeof id !== 'string') return null
  const manifest = fact.manifest === null ? undefined : over.manifests.get(fact.manifest)
  return manifest?.carriers.find((leg) => leg.party.id === id)?.party ?? { id, name_zh: null, name_en: null }
}

/** What a taking over does to the paper: the leg has begun, and the load is under way. */
function layOnPaper(over: World, fact: Fact, batch: Batch): void {
  const manifest = batch.manifest ? over.manifests.get(batch.manifest.id) : undefined
  if (!manifest) return
  const what = fact.kind === 'deposited' ? 'store' : 'carrier'
  const takes = fact.kind === 'picked_up' || fact.kind === 'handed_over' || fact.kind === 'deposited'
  const waits = (leg: Manifest['carriers'][number]) =>
    takes && leg.took_over_at == null && leg.lapsed !== true && (leg.what ?? 'carrier') === what && leg.party.id === batch.holder.id
  const begun = manifest.carriers.find(waits)
  const plate = typeof fact.details['plate'] === 'string' ? fact.details['plate'] : null
  const carriers = manifest.carriers.map((leg) => (leg === begun ? { ...leg, took_over_at: fact.observed_at, plate: plate ?? leg.plate ?? null } : leg))
  const lines = manifest.lines.map((line) => (line.batch.id === batch.id ? lineAfter(line, fact, batch) : line))
  const state = fact.kind === 'picked_up' && manifest.state === 'issued' ? 'under_way' : manifest.state
  over.manifests.set(manifest.id, { ...manifest, carriers, lines, state })
  over.batches.set(batch.id, { ...batch, manifest: { id: manifest.id, number: manifest.number, state } })
}

function lineAfter(line: Manifest['lines'][number], fact: Fact, batch: Batch): Manifest['lines'][number] {
  return fact.kind === 'picked_up' ? { ...line, batch, loaded_grams: batch.grams, outcome: 'loaded' } : { ...line, batch }
}
