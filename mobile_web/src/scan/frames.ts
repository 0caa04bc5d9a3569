// Which part of a frame is looked at, how hard, and how soon again. Nothing here touches a camera or a screen.

/** Corners in pixels of the frame, clockwise from the code's own top left; null where the reader does not say. */
export type Corners = readonly [Point, Point, Point, Point]
export interface Point {
  x: number
  y: number
}

export interface Found {
  text: string
  corners: Corners | null
}

/** `plain` costs least; the others are second tries, each for one kind of bad picture. */
export type Way = 'plain' | 'hard' | 'stretched' | 'coarse' | 'fine' | 'closed'

export interface Look {
  area: 'finder' | 'whole'
  way: Way
}

export interface Area {
  left: number
  top: number
  width: number
  height: number
}

/** In the order of how often each was the one that helped (bench/pictures). */
export const SECOND_TRIES: readonly Way[] = ['hard', 'stretched', 'coarse', 'fine', 'closed']

const FINDER_SHARE = 0.8
/** Every so many looks one is hard; in between they are quick, first where the person points, then everywhere. */
const HARD_EVERY = 3

const PAUSE_MIN_MS = 50
const PAUSE_MAX_MS = 500

/** The look of a turn: finder, whole frame, then a hard one, each time another. */
export function lookAt(turn: number): Look {
  const step = turn % HARD_EVERY
  if (step === 0) return { area: 'finder', way: 'plain' }
  if (step === 1) return { area: 'whole', way: 'plain' }
  const round = Math.floor(turn / HARD_EVERY)
  const way = SECOND_TRIES[round % SECOND_TRIES.length] ?? 'hard'
  // Second tries take turns too, or the same one would only ever see the same part.
  return { area: Math.floor(round / SECOND_TRIES.length) % 2 === 0 ? 'whole' : 'finder', way }
}

/** As long as the read itself took: half of the phone is left to the page, and a slow phone stays cool. */
export function pauseAfter(readMs: number): number {
  return Math.min(Math.max(readMs, PAUSE_MIN_MS), PAUSE_MAX_MS)
}

/** The part of a frame that a look is about: the middle square, or all of it. */
export function areaOf(look: Look, width: number, height: number): Area {
  if (look.area === 'whole') return { left: 0, top: 0, width, height }
  const side = Math.round(Math.min(width, height) * FINDER_SHARE)
  return { left: Math.round((width - side) / 2), top: Math.round((height - side) / 2), width: side, height: side }
}

export function moved(found: Found, area: Area, scale = 1): Found {
  const { corners } = found
  if (corners === null) return found
  const move = ({ x, y }: Point): Point => ({ x: x / scale + area.left, y: y / scale + area.top })
  return { text: found.text, corners: [move(corners[0]), move(corners[1]), move(corners[2]), move(corners[3])] }
}

/** Where a point of the frame is on the screen, when the video covers its box and what does not fit is cut off. */
export function onScreen(point: Point, frame: { width: number; height: number }, box: { width: number; height: number }): Point {
  const scale = Math.max(box.width / frame.width, box.height / frame.height)
  return {
    x: (point.x - frame.width / 2) * scale + box.width / 2,
    y: (point.y - frame.height / 2) * scale + box.height / 2,
  }
}
