import type { Party } from '../../wire'
import { shownNodes, type Output, type Trace, type TraceEdge, type TraceFact, type TraceNode } from '../shapes'
import { batchesOf, momentsOf, type Moment } from './moments'

// The course of every batch: with whom it stayed, from which moment to which, and how many grams of it there were. All
// in grams and moments; where that lies on a screen is layout.ts.

export interface Lane {
  key: string
  party: Party | null
}

/** A time in which the batch's mass did not change. `to` is null while it lasts. */
export interface Piece {
  from: number
  to: number | null
  grams: number
}

/** One batch with one holder, from a moment on. Its pieces follow one another without a break. */
export interface Stay {
  id: string
  batch: string
  lane: string
  pieces: Piece[]
}

/** Mass that moved at a moment from one stay to another. */
export interface Flow {
  moment: number
  from: string | null
  to: string
  grams: number
  /** `gap`: a step is missing between the two sides. `outside`: it comes from batches that this chain does not show.
   * `found`: a scale showed more than the books had. */
  how: 'known' | 'gap' | 'outside' | 'found'
}

/** Mass that ended at a moment: what treatment made of it, what two weighings disagree by, or what went into batches
 * that this chain does not show. */
export interface End {
  moment: number
  from: string
  what: 'product' | 'loss' | 'treated' | 'difference' | 'outside'
  grams: number
  name: string | null
  treatment: string | null
}

export interface Course {
  moments: Moment[]
  lanes: Lane[]
  stays: Stay[]
  flows: Flow[]
  ends: End[]
}

const CARRIED_BY: ReadonlySet<string> = new Set(['picked_up', 'handed_over', 'arrived'])
const WEIGHS: ReadonlySet<string> = new Set(['weighed', 'picked_up', 'handed_over', 'arrived', 'received', 'returned'])
/** The facts a batch can be born of beside its generation: its parents may lie outside of what was asked for. */
const MADE_OF_OTHERS: ReadonlySet<string> = new Set(['split', 'combined', 'treated', 'received'])
const GAP_FINDINGS: ReadonlySet<string> = new Set(['out_of_order', 'manifest_missing', 'not_your_batch'])

interface Now {
  stay: Stay
  grams: number
  /** The last fact that changed hands, to see whether somebody carried it before somebody received it. */
  carried: boolean
}

interface Fold {
  trace: Trace
  parties: Map<string, Party>
  nodes: Map<string, TraceNode>
  into: Map<string, TraceEdge[]>
  last: Map<string, number>
  now: Map<string, Now>
  course: Course
}

export function laneKey(party: Party | null): string {
  if (party === null) return 'nobody'
  return party.masked === true || party.id === null ? 'masked' : party.id
}

function known(trace: Trace): Map<string, Party> {
  const parties = new Map<string, Party>()
  const add = (party: Party | null | undefined) => {
    if (party?.id != null) parties.set(party.id, party)
  }
  for (const node of shownNodes(trace)) [node.generator, node.holder].forEach(add)
  for (const fact of trace.facts) add(fact.enterprise)
  return parties
}

function partyIn(fold: Fold, named: string | null | undefined): Party | null {
  if (named == null) return null
  return fold.parties.get(named) ?? { id: named, name_zh: null, name_en: null }
}

/** Who has a batch after a fact, or null when the fact does not change that. */
function holderAfter(fold: Fold, fact: TraceFact, node: TraceNode | undefined): Party | null {
  const { kind, details } = fact
  if (kind === 'generated') return fact.enterprise
  if (kind === 'picked_up') return partyIn(fold, details.carrier) ?? fact.enterprise
  if (kind === 'handed_over') return partyIn(fold, details.carrier)
  if (kind === 'received') return details.outcome === 'refused' ? null : fact.enterprise
  if (kind === 'returned') return node?.generator ?? null
  return null
}

function laneOf(fold: Fold, party: Party | null): string {
  const key = laneKey(party)
  const { lanes } = fold.course
  if (!lanes.some((lane) => lane.key === key)) lanes.push({ key, party })
  return key
}

function open(fold: Fold, batch: string, lane: string, moment: number, grams: number): Stay {
  const stay: Stay = { id: `${batch}@${moment}`, batch, lane, pieces: [{ from: moment, to: null, grams }] }
  fold.course.stays.push(stay)
  return stay
}

function close(now: Now, moment: number): void {
  const piece = now.stay.pieces.at(-1)
  if (piece?.to === null) piece.to = moment
}

/** A batch is born: from its parents, from a machine, or from nowhere, which is a gap. */
function beBorn(fold: Fold, moment: number, fact: TraceFact, batch: string, before: Map<string, Now>): void {
  const node = fold.nodes.get(batch)
  const line = fact.lines.findLast((each) => each.batch === batch)
  const edges = (fold.into.get(batch) ?? []).filter((edge) => edge.fact === fact.id && edge.grams !== null && before.has(edge.parent))
  const parent = edges[0] ? before.get(edges[0].parent) : undefined
  const lane = parent ? parent.stay.lane : laneOf(fold, holderAfter(fold, fact, node) ?? fact.enterprise ?? node?.holder ?? null)
  const given = edges.reduce((sum, edge) => sum + (edge.grams ?? 0), 0)
  const grams = Math.max(given, line?.grams ?? node?.grams_at_start ?? 0)
  const stay = open(fold, batch, lane, moment, grams)
  fold.now.set(batch, { stay, grams, carried: parent?.carried ?? false })
  for (const edge of edges) {
    const from = before.get(edge.parent)
    if (from) fold.course.flows.push({ moment, from: from.stay.id, to: stay.id, grams: edge.grams ?? 0, how: 'known' })
  }
  if (fact.kind !== 'generated' && grams > given) {
    const how = MADE_OF_OTHERS.has(fact.kind) ? 'outside' : 'gap'
    fold.course.flows.push({ moment, from: null, to: stay.id, grams: grams - given, how })
  }
}

/** What left a batch at a fact for its children. */
function leftFor(fold: Fold, fact: TraceFact, batch: string): number {
  return fold.trace.edges.reduce((sum, edge) => (edge.parent === batch && edge.fact === fact.id && fold.nodes.has(edge.child) ? sum + (edge.grams ?? 0) : sum), 0)
}

/** What the fact made of it that this chain does not show. */
function outsideOf(fold: Fold, fact: TraceFact): number {
  const unseen = fact.lines.filter((line) => line.direction === 'out' && !fold.nodes.has(line.batch))
  return unseen.reduce((sum, line) => sum + (line.grams ?? 0), 0)
}

function toldOf(fact: TraceFact, batch: string): number | null {
  const own = fact.lines.filter((line) => line.batch === batch && line.grams !== null)
  return (own.findLast((line) => line.direction === 'out') ?? own.at(-1))?.grams ?? null
}

interface Change {
  /** For children, by edges. */
  given: number
  /** For good, by treatment. */
  ended: number
  after: number
}

function changeOf(fold: Fold, moment: number, fact: TraceFact, batch: string, grams: number): Change {
  const given = leftFor(fold, fact, batch)
  const told = toldOf(fact, batch)
  let ended = 0
  let after = grams - given
  if (fact.kind === 'treated') {
    const taken = Math.min(fact.lines.find((line) => line.batch === batch && line.direction === 'in')?.grams ?? grams, grams)
    ended = Math.max(taken - given, 0)
    after = grams - given - ended
  } else if (WEIGHS.has(fact.kind) && told !== null && fact.details.outcome !== 'refused') {
    after = told
  } else if (fact.kind === 'corrected' && fact.details.grams !== undefined) {
    after = fact.details.grams
  }
  // What the books say now is true whatever the facts before it told, so the last piece always agrees with them.
  const node = fold.nodes.get(batch)
  if (node && fold.last.get(batch) === moment) after = node.grams
  return { given, ended, after: Math.max(after, 0) }
}

const ENDS_AS: Record<Output['kind'], End['what']> = { product: 'product', loss: 'loss', residue: 'outside' }

/** A treatment's input ends as its outputs do, in their shares; the last one takes the remainder, so no gram is lost. A
 * residue that this chain shows is a batch with an edge, not an end. */
function endings(fold: Fold, fact: TraceFact, ended: number): { what: End['what']; name: string | null; grams: number }[] {
  const shown = (output: Output) => output.kind === 'residue' && output.batch != null && fold.nodes.has(output.batch)
  const outputs = (fact.details.outputs ?? []).filter((output) => output.grams > 0 && !shown(output))
  const told = outputs.reduce((sum, output) => sum + output.grams, 0)
  if (told === 0) return [{ what: 'treated', name: null, grams: ended }]
  let left = ended
  return outputs.map((output, index) => {
    const grams = index === outputs.length - 1 ? left : Math.min(Math.floor((ended * output.grams) / told), left)
    left -= grams
    return { what: ENDS_AS[output.kind], name: output.name ?? null, grams }
  })
}

/** A fact befalls a batch that is there: it may change hands, give mass away, end, or only be looked at. */
function befall(fold: Fold, moment: number, fact: TraceFact, batch: string, now: Now): void {
  const { course } = fold
  const { given, ended, after } = changeOf(fold, moment, fact, batch, now.grams)
  const difference = now.grams - given - ended - after
  if (ended > 0) {
    for (const part of endings(fold, fact, ended)) {
      if (part.grams > 0) course.ends.push({ moment, from: now.stay.id, treatment: fact.details.treatment ?? null, ...part })
    }
  }
  const outside = Math.min(Math.max(difference, 0), outsideOf(fold, fact))
  const end = { moment, from: now.stay.id, name: null, treatment: null }
  if (outside > 0) course.ends.push({ ...end, what: 'outside', grams: outside })
  if (difference > outside) course.ends.push({ ...end, what: 'difference', grams: difference - outside })
  const holder = holderAfter(fold, fact, fold.nodes.get(batch))
  const lane = holder === null ? now.stay.lane : laneOf(fold, holder)
  const received = fact.kind === 'received' && fact.details.outcome !== 'refused'
  const gap = (received && !now.carried) || fact.findings.some((each) => GAP_FINDINGS.has(each.code))
  const next: Now = { ...now, grams: after, carried: CARRIED_BY.has(fact.kind) || (now.carried && !received) }
  if (lane !== now.stay.lane && after > 0) {
    close(now, moment)
    next.stay = open(fold, batch, lane, moment, after)
    const carried = Math.min(after, now.grams - given - ended)
    course.flows.push({ moment, from: now.stay.id, to: next.stay.id, grams: carried, how: gap ? 'gap' : 'known' })
    if (after > carried) course.flows.push({ moment, from: null, to: next.stay.id, grams: after - carried, how: 'found' })
  } else if (after !== now.grams) {
    close(now, moment)
    if (after > 0) now.stay.pieces.push({ from: moment, to: null, grams: after })
    if (after > now.grams) course.flows.push({ moment, from: null, to: now.stay.id, grams: after - now.grams, how: 'found' })
  }
  fold.now.set(batch, next)
}

function lastMoments(moments: readonly Moment[]): Map<string, number> {
  const last = new Map<string, number>()
  for (const [index, { fact }] of moments.entries()) for (const batch of batchesOf(fact)) last.set(batch, index)
  return last
}

function edgesInto(edges: readonly TraceEdge[]): Map<string, TraceEdge[]> {
  const into = new Map<string, TraceEdge[]>()
  for (const edge of edges) into.set(edge.child, [...(into.get(edge.child) ?? []), edge])
  return into
}

export function courseOf(trace: Trace): Course {
  const moments = momentsOf(trace)
  const fold: Fold = {
    trace,
    parties: known(trace),
    nodes: new Map(shownNodes(trace).map((node) => [node.id, node])),
    into: edgesInto(trace.edges),
    last: lastMoments(moments),
    now: new Map(),
    course: { moments, lanes: [], stays: [], flows: [], ends: [] },
  }
  for (const [moment, { fact }] of moments.entries()) {
    const before = new Map(fold.now)
    const befell = batchesOf(fact).filter((batch) => fold.nodes.has(batch))
    for (const batch of befell) {
      const now = before.get(batch)
      if (now) befall(fold, moment, fact, batch, now)
      else beBorn(fold, moment, fact, batch, before)
    }
  }
  return fold.course
}
