import type { Party } from '../../wire'
import type { EndKind, Trace } from '../shapes'
import type { Course, End, Flow } from './course'

// One batch's way through the chain: where its grams came from and where they went. A batch is well mixed: what leaves
// it carries its origins in their shares, which is also how the server attributes.

export interface Way {
  batch: string
  /** Grams of the way in each piece of each stay, by the stay's id. */
  stays: Map<string, number[]>
  flows: Map<Flow, number>
  ends: Map<End, number>
  batches: Set<string>
}

interface Graph {
  course: Course
  batchOf: Map<string, string>
  /** Flows that made a batch, by the batch; and those a batch gave, by the batch. */
  into: Map<string, Flow[]>
  outOf: Map<string, Flow[]>
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const have = map.get(key)
  if (have) have.push(value)
  else map.set(key, [value])
}

function graphOf(course: Course): Graph {
  const batchOf = new Map(course.stays.map((stay) => [stay.id, stay.batch]))
  const graph: Graph = { course, batchOf, into: new Map(), outOf: new Map() }
  const born = new Map<string, string>()
  for (const stay of course.stays) if (!born.has(stay.batch)) born.set(stay.batch, stay.id)
  for (const flow of course.flows) {
    const to = batchOf.get(flow.to) ?? ''
    const from = flow.from === null ? null : (batchOf.get(flow.from) ?? null)
    if (from === to || born.get(to) !== flow.to) continue
    push(graph.into, to, flow)
    if (from !== null) push(graph.outOf, from, flow)
  }
  return graph
}

/** What share of each batch downstream is of the chosen one. Flows come in the order of time, so parents come first. */
function sharesDown(graph: Graph, batch: string): Map<string, number> {
  const shares = new Map([[batch, 1]])
  const done = new Set<string>([batch])
  for (const flow of graph.course.flows) {
    const child = graph.batchOf.get(flow.to) ?? ''
    if (done.has(child)) continue
    done.add(child)
    const into = graph.into.get(child) ?? []
    const whole = into.reduce((sum, each) => sum + each.grams, 0)
    const mine = into.reduce((sum, each) => sum + each.grams * (shares.get(graph.batchOf.get(each.from ?? '') ?? '') ?? 0), 0)
    if (whole > 0 && mine > 0) shares.set(child, mine / whole)
  }
  return shares
}

/** The batches the chosen one is made of, itself among them. */
function ancestorsOf(graph: Graph, batch: string): Set<string> {
  const found = new Set([batch])
  for (const flow of [...graph.course.flows].reverse()) {
    const parent = flow.from === null ? undefined : graph.batchOf.get(flow.from)
    if (parent !== undefined && found.has(graph.batchOf.get(flow.to) ?? '')) found.add(parent)
  }
  return found
}

/** Grams of a batch that are still to leave it for the chosen one, at or after a moment. */
function owed(graph: Graph, parts: Map<string, number>, batch: string, moment: number): number {
  const given = graph.outOf.get(batch) ?? []
  return given.reduce((sum, flow) => (flow.moment >= moment ? sum + (parts.get(flow.to) ?? 0) * flow.grams : sum), 0)
}

/** For every ancestor's child stay, the fraction of its mass at birth that went into the chosen batch. */
function partsUp(graph: Graph, batch: string): Map<string, number> {
  const parts = new Map<string, number>()
  const ancestors = ancestorsOf(graph, batch)
  const births = graph.course.stays.filter((stay) => ancestors.has(stay.batch)).reverse()
  for (const stay of births) {
    const whole = stay.pieces[0]?.grams ?? 0
    const mine = stay.batch === batch ? whole : owed(graph, parts, stay.batch, stay.pieces[0]?.from ?? 0)
    parts.set(stay.id, whole > 0 ? Math.min(mine / whole, 1) : 0)
  }
  return parts
}

export function wayOf(course: Course, batch: string): Way {
  const graph = graphOf(course)
  const down = sharesDown(graph, batch)
  const parts = partsUp(graph, batch)
  const way: Way = { batch, stays: new Map(), flows: new Map(), ends: new Map(), batches: new Set([...down.keys()]) }
  for (const stay of course.stays) {
    const share = down.get(stay.batch)
    if (share === undefined && !parts.has(stay.id)) continue
    way.batches.add(stay.batch)
    const grams = stay.pieces.map((piece) =>
      share === undefined ? Math.min(owed(graph, parts, stay.batch, piece.to ?? Infinity), piece.grams) : share * piece.grams,
    )
    way.stays.set(stay.id, grams)
  }
  for (const flow of course.flows) {
    const from = flow.from === null ? '' : (graph.batchOf.get(flow.from) ?? '')
    const to = graph.batchOf.get(flow.to) ?? ''
    const carried = from === to
    const source = down.get(from)
    if (source !== undefined) way.flows.set(flow, source * flow.grams)
    else if (to !== batch && down.has(to)) continue
    else if (carried && parts.has(flow.to)) way.flows.set(flow, Math.min(owed(graph, parts, from, flow.moment + 1), flow.grams))
    else if (parts.has(flow.to)) way.flows.set(flow, (parts.get(flow.to) ?? 0) * flow.grams)
  }
  for (const end of course.ends) {
    const share = down.get(graph.batchOf.get(end.from) ?? '')
    if (share !== undefined) way.ends.set(end, share * end.grams)
  }
  return way
}

/** What became of a batch's own grams, one row for each end, treatment and holder. */
export interface Fate {
  output: EndKind
  treatment: string | null
  enterprise: Party | null
  grams: number
}

/** From the server's attribution, which is exact; empty where it says nothing about this batch. */
export function fatesOf(trace: Trace, batch: string): Fate[] {
  const fates = new Map<string, Fate>()
  for (const { origin, treatment, enterprise, output, grams } of trace.attribution) {
    if (origin !== batch) continue
    const key = `${treatment ?? ''} ${enterprise?.id ?? ''} ${output}`
    const fate = fates.get(key) ?? { treatment, enterprise, output, grams: 0 }
    fates.set(key, { ...fate, grams: fate.grams + grams })
  }
  return [...fates.values()].sort((a, b) => b.grams - a.grams)
}
