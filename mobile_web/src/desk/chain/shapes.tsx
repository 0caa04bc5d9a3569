import { showMass } from '../../quantity'
import { codeOf } from '../codes'
import { useDesk } from '../desk'
import { shownNodes, type Trace } from '../shapes'
import type { Course } from './course'
import type { Way } from './follow'
import { HAIR, type LaidEnd, type LaidFlow, type Layout } from './layout'

// What the picture is drawn of. Nothing here decides where anything lies; that is layout.ts.

/** A band that bends from one height to another, equally thick all the way. */
export function ribbon(x0: number, y0: number, x1: number, y1: number, height: number): string {
  const middle = (x0 + x1) / 2
  const thick = Math.max(height, HAIR)
  return [
    `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`,
    `L${x1} ${y1 + thick}C${middle} ${y1 + thick} ${middle} ${y0 + thick} ${x0} ${y0 + thick}Z`,
  ].join('')
}

export function LaneLines({ layout }: { layout: Layout }) {
  return (
    <g class="lane-lines">
      {layout.lanes.map(({ lane, y }) => (
        <line key={lane.key} x1={0} x2={layout.width} y1={y} y2={y} />
      ))}
      <line x1={0} x2={layout.width} y1={layout.height} y2={layout.height} />
    </g>
  )
}

function FlowShape({ laid }: { laid: LaidFlow }) {
  const { flow, x0, x1, y0, y1, height } = laid
  // What nobody recorded the beginning of comes in level, from as far away as a bend is wide.
  const fade = flow.how === 'outside' ? { fill: 'url(#from-outside)' } : {}
  return <path class={`band bend ${flow.how}`} {...fade} d={ribbon(x0, y0 ?? y1, x1, y1, height)} data-how={flow.how} />
}

export function Bands({ layout }: { layout: Layout }) {
  return (
    <g>
      <defs>
        <linearGradient id="from-outside">
          <stop class="fade-far" offset="0" />
          <stop class="fade-near" offset="1" />
        </linearGradient>
      </defs>
      {layout.flows.map((laid, index) => (
        <FlowShape key={index} laid={laid} />
      ))}
      {layout.stays.flatMap((stay) =>
        stay.pieces.map((piece) => (
          <rect key={`${stay.id} ${piece.x0}`} class="band" x={piece.x0 - 0.4} y={piece.y} width={piece.x1 - piece.x0 + 0.8} height={Math.max(piece.height, HAIR)} />
        )),
      )}
    </g>
  )
}

/** Where grams end: a short piece, closed by a bar for a treatment, hatched for a loss, dashed where scales disagree. */
function EndShape({ laid }: { laid: LaidEnd }) {
  const { d } = useDesk()
  const { end, x, y } = laid
  const height = Math.max(laid.height, HAIR)
  return (
    <g class={`end ${end.what}`}>
      <title>{[end.treatment, d.chain.ends[end.what], end.name, showMass(end.grams)].filter((part) => part !== null).join(' · ')}</title>
      <rect class="end-body" x={x - 0.4} y={y} width={13} height={height} {...(end.what === 'loss' ? { fill: 'url(#hatch)' } : {})} />
      {(end.what === 'product' || end.what === 'treated' || end.what === 'loss') && <rect class="end-bar" x={x + 12} y={y} width={4} height={height} />}
    </g>
  )
}

interface EndWords {
  key: string
  x: number
  y: number
  lines: string[]
}

/** One set of words for all that ended of one batch at one moment. */
function endWords(layout: Layout, word: (laid: LaidEnd) => string): EndWords[] {
  const groups = new Map<string, LaidEnd[]>()
  for (const laid of layout.ends) {
    const key = `${laid.end.from} ${laid.end.moment}`
    groups.set(key, [...(groups.get(key) ?? []), laid])
  }
  return [...groups].map(([key, laids]) => {
    const top = Math.min(...laids.map((laid) => laid.y))
    const bottom = Math.max(...laids.map((laid) => laid.y + laid.height))
    const grams = laids.reduce((sum, laid) => sum + laid.end.grams, 0)
    const first = laids[0]
    // What goes on after the end lies right above it, so the words hang from its top; else they stand at its middle.
    const goesOn = layout.stays.some((stay) => stay.id === first?.end.from && stay.pieces.at(-1)?.to !== first.end.moment)
    const y = goesOn ? top + 13 : Math.max((top + bottom) / 2 - 3, top + 6)
    return { key, x: (first?.x ?? 0) + 22, y, lines: first ? [word(first), showMass(grams)] : [] }
  })
}

export function Ends({ layout }: { layout: Layout }) {
  const { d } = useDesk()
  const words = endWords(layout, ({ end }) => end.treatment ?? d.chain.endsShort[end.what])
  const worded = words.length <= 12
  return (
    <g>
      <defs>
        <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hatch-ground" width="6" height="6" />
          <line class="hatch-line" x1="0" y1="0" x2="0" y2="6" />
        </pattern>
      </defs>
      {layout.ends.map((laid, index) => (
        <EndShape key={index} laid={laid} />
      ))}
      {worded &&
        words.map(({ key, x, y, lines }) => (
          <text key={key} class="end-words" x={x} y={y}>
            <tspan x={x}>{lines[0]}</tspan>
            <tspan x={x} dy="1.15em" class="soft">{lines[1]}</tspan>
          </text>
        ))}
    </g>
  )
}

const CODE_ROOM = 128
const SHORT_ROOM = 46
const LETTER = 8.6

export interface CodeWord {
  stay: string
  x: number
  y: number
  says: string
  root: boolean
}

/** The code over the first band of each batch that has room for it, or its first four characters. */
export function codeWords(layout: Layout, trace: Trace): CodeWord[] {
  const codes = new Map(shownNodes(trace).map((node) => [node.id, codeOf(node)]))
  const told = new Set<string>()
  return layout.stays.flatMap((stay) => {
    const first = stay.pieces[0]
    const room = (stay.pieces.at(-1)?.x1 ?? 0) - (first?.x0 ?? 0)
    const code = codes.get(stay.batch) ?? ''
    const says = told.has(stay.batch) ? '' : room >= CODE_ROOM ? code : room >= SHORT_ROOM ? code.slice(0, 4) : ''
    if (says === '') return []
    told.add(stay.batch)
    return [{ stay: stay.id, x: (first?.x0 ?? 0) + 2, y: stay.y - 6, says, root: trace.roots.includes(stay.batch) }]
  })
}

/** The codes, and the mass inside of every band that has room for it. */
export function Words({ layout, words, way, worded }: { layout: Layout; words: readonly CodeWord[]; way: Way | null; worded: boolean }) {
  return (
    <g class="words" aria-hidden="true">
      {words.map((word) => (
        <text key={word.stay} class={word.root ? 'code root' : 'code'} x={word.x} y={word.y}>{word.says}</text>
      ))}
      {layout.stays.map((stay) => {
        const last = stay.pieces.at(-1)
        if (!last) return null
        const covered = (index: number) => (way?.stays.get(stay.id)?.[index] ?? 0) > (stay.pieces[index]?.grams ?? 0) * 0.6
        return (
          <g key={stay.id}>
            {stay.pieces.map((piece, index) => {
              const mass = showMass(piece.grams)
              const fits = piece.height >= 19 && piece.x1 - piece.x0 >= mass.length * LETTER + 16
              return fits && <text key={piece.x0} x={piece.x0 + 8} y={piece.y + piece.height / 2} class={covered(index) ? 'mass-word on' : 'mass-word'}>{mass}</text>
            })}
            {stay.open && last.height < 19 && worded && <text x={last.x1 + 8} y={last.y + last.height / 2} class="mass-word">{showMass(last.grams)}</text>}
          </g>
        )
      })}
    </g>
  )
}

const MARKS = { stop: 'M-3.500-8.500h7l5 5v7l-5 5h-7l-5-5v-7zM-3-3l6 6M3-3l-6 6', watch: 'M0-8.500 9.500 8h-19zM0-2.500v5M0 5.200v.1', note: 'M0-8a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM0-3.500v4M0 3.500v.1' }

/** What is gravely odd, at the moment it was told, on the batch it is about. Notes are only in the lists. */
export function Marks({ layout, course, words }: { layout: Layout; course: Course; words: readonly CodeWord[] }) {
  const { language } = useDesk()
  const marks = course.moments.flatMap(({ fact }, moment) =>
    fact.findings.filter((finding) => finding.severity !== 'note').map((finding, index) => {
      const batch = finding.batch ?? fact.lines[0]?.batch
      const at = (layout.xOf[moment] ?? 0) + index * 20
      const own = layout.stays.filter((stay) => stay.batch === batch)
      const stay = own.find((each) => each.pieces.some((piece) => piece.x0 <= at + 40 && piece.x1 >= at)) ?? own[0]
      // Beside the code that stands over the band, not on it.
      const word = words.find((each) => each.stay === stay?.id)
      const end = word ? word.x + word.says.length * LETTER + 16 : 0
      const x = word && at > word.x - 14 && at < end ? end : at
      return { key: `${moment} ${index}`, finding, x, y: (stay?.y ?? 0) - 4 }
    }),
  )
  return (
    <g class="marks">
      {marks.map(({ key, finding, x, y }) => (
        <g key={key} class={`mark ${finding.severity}`} transform={`translate(${x} ${y})`} data-testid="chain-mark" data-code={finding.code}>
          <title>{language === 'zh' ? finding.zh : finding.en}</title>
          <circle r="12" />
          <path d={MARKS[finding.severity]} />
        </g>
      ))}
    </g>
  )
}
