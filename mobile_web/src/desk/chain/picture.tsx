import './chain.css'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { showMass } from '../../quantity'
import { nameIn } from '../../words'
import { className, partyName } from '../../what/subject'
import { codeOf } from '../codes'
import { useDesk, type DeskTools } from '../desk'
import { momentIn } from '../format'
import { shownNodes, type Trace, type TraceNode } from '../shapes'
import { courseOf, type Course, type Lane } from './course'
import { wayOf } from './follow'
import { HAIR, layOut, SLOT_GAP, type LaidPiece, type Layout, type Room } from './layout'
import { Bands, codeWords, Ends, LaneLines, Marks, Words } from './shapes'
import { Readout } from './readout'
import { Highlight } from './highlight'

/** Up to so many batches each band carries its own words; with more, the words come when one points at it. */
const WORDED_MAX = 14
export const DRAWN_MAX = 600
const AXIS = 34
const NARROW = 720
const GUTTER = 168

function roomFor(width: number, batches: number): Room {
  const narrow = width < NARROW
  return { width, left: narrow ? 8 : GUTTER, laneTop: narrow ? 34 : 14, worded: batches <= WORDED_MAX }
}

function useWidth(): [preact.RefObject<HTMLDivElement | null>, number] {
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    if (!box.current) return
    const watch = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)))
    watch.observe(box.current)
    return () => watch.disconnect()
  }, [])
  return [box, width]
}

export function laneName({ w, d, language }: DeskTools, lane: Lane): string {
  if (lane.key === 'masked') return d.chain.hiddenLane
  return lane.party === null ? d.chain.nobodyLane : nameIn(language, lane.party) || w.common.unknown
}

function nodeLabel({ w, d, language }: DeskTools, node: TraceNode): string {
  const mass = showMass(node.grams_at_start, node.measured)
  return d.chain.node(codeOf(node), className(w, language, { class: node.class, raw_class: node.raw_class ?? null }), mass, partyName(w, language, node.holder), w.batchState[node.state])
}

function LaneNames({ layout, narrow }: { layout: Layout; narrow: boolean }) {
  const tools = useDesk()
  return (
    <div class={narrow ? 'lane-names over' : 'lane-names'} aria-hidden="true">
      {layout.lanes.map(({ lane, y, height }) => (
        <span key={lane.key} style={{ top: `${y + AXIS}px`, height: `${height}px` }}>
          <b>{laneName(tools, lane)}</b>
        </span>
      ))}
    </div>
  )
}

function Axis({ layout }: { layout: Layout }) {
  const { d, language } = useDesk()
  return (
    <g class="axis">
      {layout.ticks.map((tick) => (
        <g key={tick.x}>
          <line x1={tick.x} x2={tick.x} y1={-8} y2={layout.height} />
          <text x={tick.x} y={-14} text-anchor={tick === layout.ticks[0] ? 'start' : 'middle'}>{momentIn(language, tick.at)}</text>
        </g>
      ))}
      <text x={layout.right + 8} y={-14} class="axis-now">{d.chain.now}</text>
      <line class="axis-now" x1={layout.right} x2={layout.right} y1={-8} y2={layout.height} />
    </g>
  )
}

/** Where a piece is touched: all the way to the middle of the free space on either side, and never beyond. */
function target(piece: LaidPiece) {
  const height = Math.max(piece.height, HAIR) + SLOT_GAP
  return { x: piece.x0, y: piece.y - (height - piece.height) / 2, width: Math.max(piece.x1 - piece.x0, 4), height }
}

interface NodesProps {
  trace: Trace
  layout: Layout
  order: readonly string[]
  shown: string | null
  held: string | null
  onPoint: (batch: string | null) => void
  onHold: (batch: string | null) => void
}

/** One target for each batch over all of its bands: a single tab stop, arrow keys from batch to batch. */
function Nodes({ trace, layout, order, shown, held, onPoint, onHold }: NodesProps) {
  const tools = useDesk()
  const nodes = new Map(shownNodes(trace).map((node) => [node.id, node]))
  const stop = shown ?? order[0]
  const onKey = (event: KeyboardEvent, batch: string) => {
    const step = event.key === 'ArrowRight' || event.key === 'ArrowDown' ? 1 : event.key === 'ArrowLeft' || event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      const next = order[Math.min(Math.max(order.indexOf(batch) + step, 0), order.length - 1)]
      const groups = [...((event.currentTarget as Element).parentElement?.children ?? [])]
      const group = groups.find((each) => each.getAttribute('data-batch') === next)
      if (group instanceof SVGElement) group.focus()
    } else if (event.key === 'Enter' || event.key === ' ') onHold(held === batch ? null : batch)
    else return
    event.preventDefault()
  }
  return (
    <g>
      {order.map((batch) => {
        const node = nodes.get(batch)
        if (!node) return null
        const pieces = layout.stays.filter((stay) => stay.batch === batch).flatMap((stay) => stay.pieces)
        const widest = pieces.reduce((best, piece) => (best === undefined || piece.x1 - piece.x0 > best.x1 - best.x0 ? piece : best), pieces[0])
        return (
          <g key={batch} class="node" role="button" tabindex={batch === stop ? 0 : -1} data-batch={batch} data-code={codeOf(node)}
            aria-label={nodeLabel(tools, node)} aria-pressed={held === batch} onPointerEnter={(event) => event.pointerType === 'mouse' && onPoint(batch)}
            onPointerLeave={() => onPoint(null)} onFocus={() => onPoint(batch)} onBlur={() => onPoint(null)} onClick={() => onHold(held === batch ? null : batch)}
            onKeyDown={(event) => onKey(event, batch)}>
            {pieces.map((piece) => (
              <rect key={`${piece.x0} ${piece.y}`} {...target(piece)} data-testid={piece === widest ? `chain-node-${codeOf(node)}` : undefined} />
            ))}
          </g>
        )
      })}
    </g>
  )
}

function orderOf(course: Course): string[] {
  return [...new Set([...course.stays].sort((a, b) => (a.pieces[0]?.from ?? 0) - (b.pieces[0]?.from ?? 0)).map((stay) => stay.batch))]
}

function Drawing({ trace, course, width }: { trace: Trace; course: Course; width: number }) {
  const { d } = useDesk()
  const [pointed, setPointed] = useState<string | null>(null)
  const [held, setHeld] = useState<string | null>(null)
  const layout = useMemo(() => layOut(course, roomFor(width, trace.nodes.length)), [course, width, trace])
  const order = useMemo(() => orderOf(course), [course])
  const shown = pointed ?? held
  const way = useMemo(() => (shown === null ? null : wayOf(course, shown)), [course, shown])
  useEffect(() => {
    if (held === null) return
    const letGo = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      setHeld(null)
    }
    // Before the desk's own Esc, which would leave the page.
    addEventListener('keydown', letGo, true)
    return () => removeEventListener('keydown', letGo, true)
  }, [held])
  const worded = trace.nodes.length <= WORDED_MAX
  const words = useMemo(() => (worded ? codeWords(layout, trace) : []), [worded, layout, trace])
  const narrow = width < NARROW
  return (
    <>
      <div class="flow-scroll" tabIndex={-1}>
        <LaneNames layout={layout} narrow={narrow} />
        <svg class={way ? 'flow following' : 'flow'} width={layout.width} height={layout.height + AXIS} viewBox={`0 ${-AXIS} ${layout.width} ${layout.height + AXIS}`}
          role="group" aria-label={d.chain.picture} data-testid="chain-picture" data-batches={trace.nodes.length} data-lanes={layout.lanes.length}>
          <LaneLines layout={layout} />
          <Axis layout={layout} />
          <Bands layout={layout} />
          <Ends layout={layout} />
          {way && <Highlight layout={layout} way={way} />}
          <Words layout={layout} words={words} way={way} worded={worded} />
          <Nodes trace={trace} layout={layout} order={order} shown={shown} held={held} onPoint={setPointed} onHold={setHeld} />
          <Marks layout={layout} course={course} words={words} />
        </svg>
      </div>
      <Readout trace={trace} batch={shown} />
    </>
  )
}

export function Picture({ trace }: { trace: Trace }) {
  const { d } = useDesk()
  const [box, width] = useWidth()
  const course = useMemo(() => courseOf(trace), [trace])
  const gaps = course.flows.some((flow) => flow.how === 'gap')
  return (
    <figure class="flow-box" ref={box}>
      <figcaption class="soft small">
        {d.chain.reading} {gaps && d.chain.readingGap}
      </figcaption>
      {trace.nodes.length > DRAWN_MAX ? (
        <p class="soft">{d.chain.tooMany(trace.nodes.length)}</p>
      ) : course.stays.length === 0 ? (
        <p class="soft" data-testid="chain-empty">{d.chain.empty}</p>
      ) : (
        width > 0 && <Drawing trace={trace} course={course} width={width} />
      )}
    </figure>
  )
}
