import type { Course, End, Flow, Lane, Piece, Stay } from './course'

// Where everything of a course lies on the paper. Time runs left to right: its order is true, long waits are shortened.
// Lanes are those who had the waste, height is mass by one scale for the whole picture, and nothing covers anything.

/** How wide the bend of a river is, from one stay to the next: a wide one keeps its thickness to the eye, so it is as
 * wide as the number of moments one after another allows. */
const BEND_MIN = 26
const BEND_MAX = 104
/** Where a stay lasts long enough, the bend into it takes this share of it, up to so many pixels. */
const BEND_SHARE = 0.36
const BEND_LONG = 150
/** The least a batch is seen between two of its moments. */
const STRAIGHT_MIN = 12
/** Free space between two bands; half of it on either side belongs to the band when one points at it. */
export const SLOT_GAP = 8
const LANE_PAD = 14
const LANE_MIN = 48
/** Room for a line of words over a band, and for what stands beside the end of one. */
const HEAD = 21
const END_WORDS = 92
const END_LINES = 36
const STAY_MAX = 76
const ALL_LANES_MAX = 250
/** A band thinner than this is drawn as a line of this height, so that a gram is seen too. */
export const HAIR = 1.5
const TAIL = 48

export interface Room {
  width: number
  /** Kept free for the names of the lanes: on their left where there is width, else above each. */
  left: number
  laneTop: number
  /** Whether each band gets a line of words of its own. */
  worded: boolean
}

export interface Box {
  x0: number
  x1: number
  y: number
  height: number
}

export interface LaidPiece extends Box {
  grams: number
  /** The moment it ends at; null while it lasts. */
  to: number | null
}

export interface LaidStay {
  id: string
  batch: string
  lane: string
  y: number
  /** The room kept free for it, never entered by another stay of the lane at the same time. */
  slot: Box
  pieces: LaidPiece[]
  open: boolean
}

export interface LaidFlow {
  flow: Flow
  x0: number
  x1: number
  /** Tops on either side; the height is the same on both. A missing side has none. */
  y0: number | null
  y1: number
  height: number
}

export interface LaidEnd {
  end: End
  x: number
  y: number
  height: number
}

export interface LaidLane {
  lane: Lane
  y: number
  height: number
}

export interface Tick {
  x: number
  at: number
}

export interface Layout {
  width: number
  /** Where "now" is: what is still there runs on to it. */
  right: number
  height: number
  scale: number
  lanes: LaidLane[]
  stays: LaidStay[]
  flows: LaidFlow[]
  ends: LaidEnd[]
  xOf: readonly number[]
  ticks: Tick[]
}

interface Span {
  stay: Stay
  from: number
  to: number | null
  grams: number
}

function spanOf(stay: Stay): Span {
  return {
    stay,
    from: stay.pieces[0]?.from ?? 0,
    to: stay.pieces.at(-1)?.to ?? null,
    grams: stay.pieces.reduce((most, piece) => Math.max(most, piece.grams), 0),
  }
}

/** For each moment, those that must lie a bend and a straight before it: the earlier moments of the same mass. */
function predecessors(course: Course): number[][] {
  const before: number[][] = course.moments.map(() => [])
  for (const stay of course.stays) {
    for (const piece of stay.pieces) if (piece.to !== null) before[piece.to]?.push(piece.from)
  }
  return before
}

/** A wait of a minute and one of a month both show, and the month is the longer; it just is not 40,000 times as long. */
function wait(milliseconds: number): number {
  const hours = Math.max(milliseconds, 0) / 3_600_000
  return Math.log2(1 + hours)
}

/** Where each moment lies, and how wide a bend is. */
interface Grid {
  xs: number[]
  bend: number
}

function place(course: Course, before: readonly number[][], bend: number, stretch: number): number[] {
  const xs: number[] = []
  for (const [index, moment] of course.moments.entries()) {
    const previous = course.moments[index - 1]
    const free = previous === undefined ? 0 : (xs[index - 1] ?? 0) + wait(moment.at - previous.at) * stretch
    const needed = (before[index] ?? []).map((each) => (xs[each] ?? 0) + bend + STRAIGHT_MIN)
    xs.push(Math.max(free, ...needed))
  }
  return xs
}

function last(xs: readonly number[]): number {
  return xs.at(-1) ?? 0
}

/** The largest value for which the picture is still narrow enough, by halving. */
function largest(low: number, high: number, fits: (value: number) => boolean): number {
  for (let round = 0; round < 24; round++) {
    const middle = (low + high) / 2
    if (fits(middle)) low = middle
    else high = middle
  }
  return low
}

/** Bends take up to half of the width, waits stretch until it is full; what does not fit even so is simply wider. */
function gridWithin(course: Course, width: number): Grid {
  const before = predecessors(course)
  const bend = largest(BEND_MIN, BEND_MAX, (value) => last(place(course, before, value, 0)) <= width * 0.62)
  const stretch = largest(0, 400, (value) => last(place(course, before, bend, value)) <= width)
  return { xs: place(course, before, bend, stretch), bend }
}

/** Pixels a gram, so that neither the largest batch nor all the lanes together grow out of the picture. */
function scaleOf(spans: readonly Span[], lanes: readonly Lane[]): number {
  const heaviest = Math.max(1, ...spans.map((span) => span.grams))
  const peaks = lanes.map((lane) => peakOf(spans.filter((span) => span.stay.lane === lane.key)))
  const together = Math.max(1, peaks.reduce((sum, peak) => sum + peak, 0))
  return Math.min(STAY_MAX / heaviest, ALL_LANES_MAX / together)
}

function peakOf(spans: readonly Span[]): number {
  let peak = 0
  for (const span of spans) {
    const there = spans.filter((each) => each.from <= span.from && (each.to ?? Infinity) > span.from)
    peak = Math.max(peak, there.reduce((sum, each) => sum + each.grams, 0))
  }
  return peak
}

/** Up is dearer than down: a river that runs from top left to bottom right is read without effort. */
const UPHILL = 1.6

/** How far all mass travels between lanes in this order. Small flows count for more than their mass: they cross too. */
function travel(order: readonly string[], ways: readonly { from: string; to: string; weight: number }[]): number {
  const at = new Map(order.map((lane, index) => [lane, index]))
  return ways.reduce((sum, way) => {
    const down = (at.get(way.to) ?? 0) - (at.get(way.from) ?? 0)
    return sum + way.weight * (down < 0 ? -down * UPHILL : down)
  }, 0)
}

/** Lanes from top to bottom: in the order in which mass came to them, and then moved one by one while that shortens the
 * ways. */
function orderLanes(course: Course): Lane[] {
  const lanes = new Map(course.stays.map((stay) => [stay.id, stay.lane]))
  const ways = course.flows.flatMap((flow) => {
    const from = flow.from === null ? undefined : lanes.get(flow.from)
    const to = lanes.get(flow.to)
    return from === undefined || to === undefined || from === to ? [] : [{ from, to, weight: Math.sqrt(flow.grams) }]
  })
  let order = [...new Set([...course.stays].sort((a, b) => (a.pieces[0]?.from ?? 0) - (b.pieces[0]?.from ?? 0)).map((stay) => stay.lane))]
  let best = travel(order, ways)
  for (let round = 0; round < 8; round++) {
    const before = best
    for (const lane of [...order]) {
      for (let to = 0; to < order.length; to++) {
        const moved = order.filter((each) => each !== lane)
        moved.splice(to, 0, lane)
        const cost = travel(moved, ways)
        if (cost < best - 0.001) [order, best] = [moved, cost]
      }
    }
    if (best === before) break
  }
  const known = new Map(course.lanes.map((lane) => [lane.key, lane]))
  return order.flatMap((key) => known.get(key) ?? [])
}

interface Placed extends Box {
  /** How wide the bend into it is; none into a batch that was generated there. */
  bend: number
}

function meets(a: { x0: number; x1: number }, b: { x0: number; x1: number }): boolean {
  return a.x0 < b.x1 && b.x0 < a.x1
}

/** The free height nearest to the one wished for, among the edges of what is already there. */
function freeSlot(taken: readonly Placed[], wanted: { x0: number; x1: number; height: number }, wish: number): number {
  const near = taken.filter((each) => meets(each, wanted))
  const candidates = [0, wish, ...near.flatMap((each) => [each.y + each.height, each.y - wanted.height])]
  const fits = (y: number) => y >= 0 && near.every((each) => y >= each.y + each.height - 0.001 || y + wanted.height <= each.y + 0.001)
  const free = candidates.filter(fits)
  return free.reduce((best, y) => (Math.abs(y - wish) < Math.abs(best - wish) ? y : best), free[0] ?? 0)
}

/** The bend into a stay: wider than it has to be where the stay is long. */
function bendInto(from: number, to: number, { bend }: Grid): number {
  return Math.max(bend, Math.min((to - from) * BEND_SHARE, BEND_LONG))
}

/** Words beside an end stand below what goes on after it, and need room there. */
function footOf(course: Course, stay: Stay, scale: number): number {
  const inner = course.ends.filter((end) => end.from === stay.id && stay.pieces.some((piece) => piece.from === end.moment))
  return Math.max(0, ...inner.map((end) => END_LINES - end.grams * scale))
}

/** Tops within the lane. A child wishes to lie where the slice it is made of leaves its parent. */
function pack(course: Course, spans: readonly Span[], grid: Grid, scale: number, right: number, head: number): Map<string, Placed> {
  const { xs } = grid
  const placed = new Map<string, Placed>()
  const byLane = new Map<string, Placed[]>()
  const given = new Map<string, number>()
  const lanes = new Map(course.stays.map((stay) => [stay.id, stay.lane]))
  const ending = new Set(course.ends.map((end) => end.from))
  const sorted = [...spans].sort((a, b) => a.from - b.from || b.grams - a.grams)
  for (const span of sorted) {
    const { id, lane } = span.stay
    const bent = course.flows.some((flow) => flow.to === id && flow.moment === span.from)
    const x0 = xs[span.from] ?? 0
    const x1 = span.to === null ? right : (xs[span.to] ?? right) + (ending.has(id) ? END_WORDS : 0)
    const height = head + Math.max(span.grams * scale, HAIR) + footOf(course, span.stay, scale) + SLOT_GAP
    const parent = course.flows.find((flow) => flow.to === id && flow.from !== null && lanes.get(flow.from) === lane)
    let wish = 0
    if (parent?.from != null) {
      const slice = `${parent.from} ${parent.moment}`
      const used = given.get(slice) ?? 0
      given.set(slice, used + parent.grams * scale)
      wish = (placed.get(parent.from)?.y ?? 0) + used
    }
    const others = byLane.get(lane) ?? []
    const y = freeSlot(others, { x0, x1, height }, wish)
    const firstEnd = span.stay.pieces[0]?.to
    const here = { x0, x1, y, height, bend: bent ? bendInto(x0, firstEnd == null ? right : (xs[firstEnd] ?? right), grid) : 0 }
    placed.set(id, here)
    byLane.set(lane, [...others, here])
  }
  return placed
}

function laidPiece(piece: Piece, first: boolean, slot: Placed, y: number, { xs }: Grid, scale: number): LaidPiece {
  return {
    x0: first ? slot.x0 + slot.bend : (xs[piece.from] ?? 0),
    x1: piece.to === null ? slot.x1 : (xs[piece.to] ?? slot.x1),
    y,
    height: piece.grams * scale,
    grams: piece.grams,
    to: piece.to,
  }
}

/** What leaves a stay at a moment leaves from its lower side, in the order of where it goes, so that rivers cross little. */
function flowsOf(course: Course, stays: Map<string, LaidStay>, { xs, bend }: Grid, scale: number): { flows: LaidFlow[]; ends: LaidEnd[] } {
  const exits = new Map<string, number>()
  const middle = (id: string | null) => (id === null ? Infinity : (stays.get(id)?.slot.y ?? 0))
  const exitAt = (from: string, moment: number, grams: number): number => {
    const key = `${from} ${moment}`
    const stay = stays.get(from)
    const rest = stay?.pieces.find((_, index) => index > 0 && stay.pieces[index - 1]?.to === moment)
    const start = exits.get(key) ?? (stay?.y ?? 0) + Math.min(rest?.grams ?? 0, stay?.pieces.find((piece) => piece.to === moment)?.grams ?? 0) * scale
    exits.set(key, start + grams * scale)
    return start
  }
  const flows: LaidFlow[] = []
  for (const flow of [...course.flows].sort((a, b) => a.moment - b.moment || middle(a.to) - middle(b.to))) {
    const x0 = xs[flow.moment] ?? 0
    const y0 = flow.from === null ? null : exitAt(flow.from, flow.moment, flow.grams)
    const into = stays.get(flow.to)?.pieces[0]?.x0 ?? 0
    flows.push({ flow, x0, x1: into > x0 ? into : x0 + bend, y0, y1: 0, height: flow.grams * scale })
  }
  const ends = course.ends.map((end) => ({
    end,
    x: xs[end.moment] ?? 0,
    y: exitAt(end.from, end.moment, end.grams),
    height: end.grams * scale,
  }))
  enter(flows, stays)
  return { flows, ends }
}

/** What comes into a stay stacks up from its top, in the order of where it comes from. */
function enter(flows: readonly LaidFlow[], stays: Map<string, LaidStay>): void {
  const entries = new Map<string, number>()
  for (const laid of [...flows].sort((a, b) => (a.y0 ?? Infinity) - (b.y0 ?? Infinity))) {
    const stay = stays.get(laid.flow.to)
    const key = `${laid.flow.to} ${laid.flow.moment}`
    // What a scale found later joins at the lower side of what was there.
    const joined = stay?.pieces.find((piece) => piece.to === laid.flow.moment)
    const start = entries.get(key) ?? (stay?.y ?? 0) + (joined?.height ?? 0)
    laid.y1 = start
    entries.set(key, start + laid.height)
  }
}

const TICK_ROOM = 116

/** As many dates as there is room for, the first and the last moment among them. */
function ticksOf(course: Course, xs: readonly number[]): Tick[] {
  const ticks: Tick[] = []
  for (const [index, moment] of course.moments.entries()) {
    const x = xs[index] ?? 0
    const before = ticks.at(-1)
    // The first one is written to the right of its line, not around it.
    const room = ticks.length === 1 ? TICK_ROOM * 1.45 : TICK_ROOM
    if (before === undefined || x - before.x >= room) ticks.push({ x, at: moment.at })
  }
  return ticks
}

function laneRows(order: readonly Lane[], spans: readonly Span[], placed: Map<string, Placed>, laneTop: number): LaidLane[] {
  const lanes: LaidLane[] = []
  let top = 0
  for (const lane of order) {
    const slots = spans.filter((span) => span.stay.lane === lane.key).map((span) => placed.get(span.stay.id))
    const deep = Math.max(0, ...slots.map((slot) => (slot ? slot.y + slot.height : 0)))
    const height = Math.max(deep + laneTop + LANE_PAD, LANE_MIN)
    lanes.push({ lane, y: top, height })
    top += height
  }
  return lanes
}

export function layOut(course: Course, room: Room): Layout {
  const { left, laneTop } = room
  const head = room.worded ? HEAD : 0
  const within = gridWithin(course, Math.max(room.width - left - BEND_MAX - TAIL - END_WORDS, 120))
  const grid: Grid = { ...within, xs: within.xs.map((x) => x + left) }
  const right = last(grid.xs) + grid.bend + TAIL
  const spans = course.stays.map(spanOf)
  const order = orderLanes(course)
  const scale = scaleOf(spans, order)
  const placed = pack(course, spans, grid, scale, right, head)
  const lanes = laneRows(order, spans, placed, laneTop)
  const tops = new Map(lanes.map((laid) => [laid.lane.key, laid.y + laneTop]))
  const stays = new Map<string, LaidStay>()
  for (const span of spans) {
    const slot = placed.get(span.stay.id)
    if (!slot) continue
    const { id, batch, lane } = span.stay
    const top = (tops.get(lane) ?? 0) + slot.y
    const y = top + head
    const pieces = span.stay.pieces.map((piece, index) => laidPiece(piece, index === 0, slot, y, grid, scale))
    stays.set(id, { id, batch, lane, y, slot: { ...slot, y: top }, pieces, open: span.to === null })
  }
  const height = lanes.reduce((sum, lane) => sum + lane.height, 0)
  return { width: right + END_WORDS, right, height, scale, lanes, stays: [...stays.values()], ...flowsOf(course, stays, grid, scale), xOf: grid.xs, ticks: ticksOf(course, grid.xs) }
}
