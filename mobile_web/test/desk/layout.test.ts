import { describe, expect, it } from 'vitest'
import { courseOf, type Course } from '../../src/desk/chain/course'
import { layOut, type Layout, type Room } from '../../src/desk/chain/layout'
import { shownNodes, type Trace } from '../../src/desk/shapes'
import { grouping, merging, missingStep, refusal, splitting } from './stories'

const STORIES: [string, () => Trace][] = [
  ['two batches combined into one', grouping],
  ['a batch split in two', splitting],
  ['a part refused', refusal],
  ['a step nobody recorded', missingStep],
  ['ninety batches on eleven levels', merging],
]

const WIDE: Room = { width: 1100, left: 150, laneTop: 14, worded: true }

const sum = (numbers: number[]) => numbers.reduce((all, each) => all + each, 0)

function gramsAt(course: Course, moment: number): number {
  const pieces = course.stays.flatMap((stay) => stay.pieces)
  return sum(pieces.filter((piece) => piece.from <= moment && (piece.to ?? Infinity) > moment).map((piece) => piece.grams))
}

describe.each(STORIES)('the course of %s', (_, story) => {
  const trace = story()
  const course = courseOf(trace)

  it('keeps every gram: what is there after a moment is what was there, less what ended, more what began', () => {
    for (const moment of course.moments.keys()) {
      const before = moment === 0 ? 0 : gramsAt(course, moment - 1)
      const born = course.moments[moment]?.fact.kind === 'generated' ? sum(course.moments[moment].fact.lines.map((line) => line.grams ?? 0)) : 0
      const found = sum(course.flows.filter((flow) => flow.moment === moment && flow.from === null).map((flow) => flow.grams))
      const ended = sum(course.ends.filter((end) => end.moment === moment).map((end) => end.grams))
      expect(gramsAt(course, moment), course.moments[moment]?.fact.kind).toBe(before + born + found - ended)
    }
  })

  it('leaves each batch with what the books say it holds', () => {
    for (const node of shownNodes(trace)) {
      const last = course.stays.filter((stay) => stay.batch === node.id).at(-1)
      const open = last?.pieces.find((piece) => piece.to === null)
      expect(open?.grams ?? 0).toBe(node.grams)
    }
  })
})

function overlaps(layout: Layout): string[] {
  const found: string[] = []
  const boxes = layout.stays.flatMap((stay) => stay.pieces.map((piece) => ({ ...piece, id: stay.id, lane: stay.lane })))
  for (const [index, a] of boxes.entries()) {
    for (const b of boxes.slice(index + 1)) {
      const beside = a.x1 <= b.x0 + 0.01 || b.x1 <= a.x0 + 0.01
      const apart = a.y + a.height <= b.y + 0.01 || b.y + b.height <= a.y + 0.01
      if (!beside && !apart) found.push(`${a.id} and ${b.id}`)
    }
  }
  return found
}

describe.each(STORIES)('the picture of %s', (_, story) => {
  const course = courseOf(story())
  const layout = layOut(course, WIDE)

  it('draws every mass by one scale', () => {
    for (const stay of layout.stays) for (const piece of stay.pieces) expect(piece.height).toBeCloseTo(piece.grams * layout.scale, 6)
    for (const laid of layout.flows) expect(laid.height).toBeCloseTo(laid.flow.grams * layout.scale, 6)
    for (const laid of layout.ends) expect(laid.height).toBeCloseTo(laid.end.grams * layout.scale, 6)
  })

  it('lets nothing cover anything', () => {
    expect(overlaps(layout)).toEqual([])
  })

  it('keeps every stay inside its lane and the lanes apart', () => {
    for (const [index, lane] of layout.lanes.entries()) {
      const below = layout.lanes[index + 1]
      if (below) expect(lane.y + lane.height).toBeLessThanOrEqual(below.y + 0.01)
      for (const stay of layout.stays.filter((each) => each.lane === lane.lane.key)) {
        for (const piece of stay.pieces) {
          expect(piece.y).toBeGreaterThanOrEqual(lane.y)
          expect(piece.y + piece.height).toBeLessThanOrEqual(lane.y + lane.height)
        }
      }
    }
  })

  it('runs forwards: later is never further left, and every bend has its room', () => {
    for (const [index, x] of layout.xOf.entries()) expect(x).toBeGreaterThanOrEqual(layout.xOf[index - 1] ?? 0)
    for (const stay of layout.stays) for (const piece of stay.pieces) expect(piece.x1).toBeGreaterThan(piece.x0)
  })

  it('fills what comes into a stay exactly, from top to bottom', () => {
    for (const stay of layout.stays) {
      const first = stay.pieces[0]
      const from = course.stays.find((each) => each.id === stay.id)?.pieces[0]?.from
      const into = layout.flows.filter((laid) => laid.flow.to === stay.id && laid.flow.moment === from)
      if (into.length === 0 || !first) continue
      expect(sum(into.map((laid) => laid.height))).toBeCloseTo(first.height, 6)
      expect(Math.min(...into.map((laid) => laid.y1))).toBeCloseTo(first.y, 6)
    }
  })
})

it('fits the width it is given when there is little, and grows when there is much', () => {
  expect(layOut(courseOf(grouping()), { ...WIDE, width: 900 }).width).toBeLessThanOrEqual(901)
  expect(layOut(courseOf(merging()), { ...WIDE, width: 300 }).width).toBeGreaterThan(300)
})

it('shows a missing step as a gap and not as a river', () => {
  expect(courseOf(missingStep()).flows.map((flow) => flow.how)).toEqual(['gap'])
})
