import type { Label } from '../scan/code'
import type { Act, ActKind, Batch, BatchState, Fact, FactLine, Party, Uuid } from '../wire'
import { cellOf, nextActs, type Named, type Paper, type Stood } from './next'

// What may be recorded of a genuine label that this phone has never met. It does not know where the thing stands, so it
// thinks of every state it could be in, and of what it has told of it itself; the park knows what the label is on.

/** A container, or a consignment, somewhere between being labelled and being treated. */
const SOMEWHERE: readonly BatchState[] = ['on_site', 'reserved', 'in_transit', 'deposited', 'arrived', 'received', 'refused', 'returning']
const ON_THE_ROAD: ReadonlySet<BatchState> = new Set<BatchState>(['in_transit', 'arrived', 'refused', 'returning'])
const HOMEWARD: ReadonlySet<BatchState> = new Set<BatchState>(['refused', 'returning'])
/** These ask for what only the manifest or the history tells: its stores, its batches, what went into it. */
const NEEDS_MORE: ReadonlySet<ActKind> = new Set<ActKind>(['deposited', 'dissolved', 'split', 'combined'])
/** Of a manifest as a whole: what is told of single batches needs their labels. */
const OF_A_MANIFEST: ReadonlySet<ActKind> = new Set<ActKind>(['picked_up', 'handed_over', 'stopped', 'arrived', 'received', 'returned'])

/** A label as far as this phone alone can say what became of what it is on. */
export interface Told {
  /** The states it may be in by what this phone has told of it; one, where that leaves no other. */
  states: readonly BatchState[]
  next: Act[]
  /** What this phone has told of it and the park not heard yet, the last one last. */
  unsent: Fact[]
  grams: number
  measured: boolean
}

/** What a line is about, by whatever it is named. */
export function namedBy(line: FactLine): Uuid {
  return line.batch ?? line.label ?? ''
}

/** What labels are on, as far as this phone knows the batches or made them itself. */
export function labelsOn(batches: Iterable<Batch>, facts: readonly Fact[]): Map<Uuid, Uuid> {
  const on = new Map<Uuid, Uuid>()
  for (const batch of batches) if (batch.label_id != null) on.set(batch.label_id, batch.id)
  for (const { kind, details, lines } of facts) {
    const batch = lines[0]?.batch
    if (kind === 'generated' && typeof details['label'] === 'string' && batch !== undefined) on.set(details['label'], batch)
  }
  return on
}

/** Facts told by label, about the batches the labels turned out to be on. */
export function onBatches(facts: readonly Fact[], batches: ReadonlyMap<Uuid, Uuid>): Fact[] {
  return facts.map((fact) => {
    if (!fact.lines.some((line) => line.label !== undefined && batches.has(line.label))) return fact
    const lines = fact.lines.map((line): FactLine => {
      const batch = line.label === undefined ? undefined : batches.get(line.label)
      return batch === undefined ? line : { ...line, batch }
    })
    return { ...fact, lines }
  })
}

/** Whether a fact was told by this label. */
export function toldBy(fact: Fact, label: Uuid): boolean {
  return fact.manifest_label === label || fact.lines.some((line) => line.label === label)
}

/** What could be done with it by an enterprise of these roles, and what this phone told of it before. */
export function toldOf(label: Label, me: Party | null, facts: readonly Fact[]): Told {
  const unsent = facts.filter((fact) => toldBy(fact, label.labelId))
  let states = SOMEWHERE
  let { grams, measured } = label
  for (const fact of unsent) {
    states = after(states, fact)
    const line = fact.lines.find((each) => each.label === label.labelId)
    if (line?.grams !== undefined) [grams, measured] = [line.grams, line.measured === true]
  }
  return { states, next: actsIn(states, label, me), unsent, grams, measured }
}

function after(states: readonly BatchState[], fact: Fact): readonly BatchState[] {
  const act = fact.kind === 'received' && fact.details['outcome'] === 'refused' ? 'refused' : fact.kind
  const then = states.flatMap((state): BatchState[] => {
    const to = cellOf(state, act).then as BatchState | 'free' | null
    if (to === null) return []
    return to === 'free' ? ['on_site', 'received'] : [to]
  })
  return then.length === 0 ? states : [...new Set(then)]
}

function actsIn(states: readonly BatchState[], label: Label, me: Party | null): Act[] {
  if (me?.id == null) return []
  const { id } = me
  const fits = (act: Act) => act.may && act.why === null && !NEEDS_MORE.has(act.kind) && (label.what !== 'manifest' || OF_A_MANIFEST.has(act.kind))
  const open = (some: readonly BatchState[]) => nextActs(id, some.map((state) => imagined(state, label, me))).filter(fits)
  // Few loads go home again: what only they allow comes last.
  const [out, home] = [open(states.filter((state) => !HOMEWARD.has(state))), open(states.filter((state) => HOMEWARD.has(state)))]
  const more = home.filter((act) => !out.some((each) => each.kind === act.kind && each.outcome === act.outcome))
  return [...out, ...more].map((act, at) => ({ ...act, likely: at === 0 }))
}

/** The thing in one of its states, with this enterprise in every place its roles allow. */
function imagined(state: BatchState, label: Label, me: Party): Stood {
  const roles = me.roles ?? []
  const nobody: Named = { id: null, name_zh: null, name_en: null }
  const generator = me.number === label.generator ? me : nobody
  const receiver = roles.includes('receiver') ? me : nobody
  const carrier = roles.includes('carrier') ? me : nobody
  const free = state === 'on_site' || state === 'received'
  const paper: Paper = { generator, receiver, returns: false, legs: [{ party: carrier, what: 'carrier', begun: false, lapsed: false }] }
  const holder = ON_THE_ROAD.has(state) ? carrier : state === 'received' ? receiver : state === 'deposited' ? nobody : generator
  return { state, holder: holder.id, generator: generator.id, grouped: false, paper: free ? null : paper }
}
