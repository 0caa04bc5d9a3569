import './extras.css'
import { useEffect, useState } from 'preact/hooks'
import { createStore, useStore } from '../store'
import { navigate } from '../router'
import { Icon } from '../ui/icons'
import { Button, MeaningChip, Notice, type Meaning } from '../ui/parts'
import { useFirstWords } from '../words'
import { onScreen, type Corners, type Found } from './frames'
import { humanCode } from './human'
import { judgeText, type Judged } from './judge'
import { manyInARow } from './last'
import { saysOf } from './says'
import { identity, things } from './several'
import { answer, mute, muted, wakeSound } from './sound'
import { createSight, scanned, tray, TRAY_MAX, undoLast, type Heard } from './tray'
import type { Scanner } from './useScanner'
import { localVerdict, mayGoOn } from './verdictWords'
import { useScanWords } from './words'

export { openTray } from './tray'

interface Framed {
  corners: Corners
  meaning: Meaning | null
  number: number | null
}

const framed = createStore<Framed[]>([])
const heardLast = createStore<Heard | null>(null)
const sight = createSight()
const FRAME_FADES_MS = 700
let fading: ReturnType<typeof setTimeout> | undefined

function fade(): void {
  clearTimeout(fading)
  fading = setTimeout(() => framed.set([]), FRAME_FADES_MS)
}

/** Frames every code in sight at once, before anybody knows what it is. */
export function show(found: readonly Found[]): void {
  framed.set(found.flatMap(({ corners }) => (corners === null ? [] : [{ corners, meaning: null, number: null }])))
  fade()
}

function meaningOf(judged: Judged | undefined): Meaning | null {
  if (judged === undefined) return null
  return mayGoOn(judged.verdict) ? 'fine' : 'stop'
}

/** The same frames with their verdicts, and numbered as the list to pick from. They stay while the person chooses. */
export function tell(found: readonly Found[], judged: readonly Judged[]): void {
  const places = things(judged).map(identity)
  const numbered = places.length > 1
  framed.set(
    found.flatMap(({ corners }, at) => {
      const each = judged[at]
      if (corners === null || each === undefined) return []
      return [{ corners, meaning: meaningOf(each), number: numbered ? places.indexOf(identity(each)) + 1 : null }]
    }),
  )
  clearTimeout(fading)
  if (!numbered) fade()
}

/** In continuous mode: everything that has just come into sight is added, or refused aloud. */
export async function hear(found: readonly Found[]): Promise<void> {
  const judged = await Promise.all(found.map(({ text }) => judgeText(text)))
  framed.set(
    found.flatMap(({ corners }, at) => (corners === null ? [] : [{ corners, meaning: meaningOf(judged[at]), number: null }])),
  )
  fade()
  const now = performance.now()
  const fresh = things(judged.filter((_, at) => sight(found[at]?.text ?? '', now)))
  // What was turned away is said last, for it must not be covered by the good ones beside it.
  for (const each of fresh) {
    const heard = scanned(each)
    heardLast.set(heard)
    answer(heard)
  }
}

export function Frames({ video }: { video: { current: HTMLVideoElement | null } }) {
  const all = useStore(framed)
  const element = video.current
  if (all.length === 0 || !element || element.videoWidth === 0) return null
  const frame = { width: element.videoWidth, height: element.videoHeight }
  const box = { width: element.clientWidth, height: element.clientHeight }
  return (
    <svg class="framed" viewBox={`0 0 ${box.width} ${box.height}`} aria-hidden="true" data-testid="framed" data-count={all.length}>
      {all.map(({ corners, meaning, number }, at) => {
        const points = corners.map((corner) => onScreen(corner, frame, box))
        const middle = { x: points.reduce((sum, { x }) => sum + x / 4, 0), y: points.reduce((sum, { y }) => sum + y / 4, 0) }
        return (
          <g key={at} class={meaning ?? 'seen'}>
            <polygon points={points.map(({ x, y }) => `${x},${y}`).join(' ')} />
            {number !== null && <circle cx={middle.x} cy={middle.y} r="20" />}
            {number !== null && <text x={middle.x} y={middle.y}>{number}</text>}
          </g>
        )
      })}
    </svg>
  )
}

const ZOOM_STEP = 1.4

function spread(touches: TouchList): number {
  const [a, b] = [touches[0], touches[1]]
  return a && b ? Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) : 0
}

/** Two fingers on the picture, or two buttons for one thumb in a glove. */
export function Zoom({ zoom }: { zoom: NonNullable<Scanner['zoom']> }) {
  const s = useScanWords()
  const { now, min, max, set } = zoom
  useEffect(() => {
    let begun: { apart: number; from: number } | null = null
    const start = (event: TouchEvent) => {
      begun = event.touches.length === 2 ? { apart: spread(event.touches), from: now } : null
    }
    const move = (event: TouchEvent) => {
      if (begun === null || event.touches.length !== 2 || begun.apart === 0) return
      event.preventDefault()
      set((begun.from * spread(event.touches)) / begun.apart)
    }
    addEventListener('touchstart', start, { passive: true })
    addEventListener('touchmove', move, { passive: false })
    return () => {
      removeEventListener('touchstart', start)
      removeEventListener('touchmove', move)
    }
  })
  if (!s) return null
  const shown = now.toFixed(1)
  return (
    <div class="zoom" role="group" aria-label={s.zoom}>
      <button type="button" onClick={() => set(now / ZOOM_STEP)} disabled={now <= min} aria-label={s.wider} data-testid="zoom-out">
        −
      </button>
      <output aria-label={s.times(shown)} data-testid="zoom">{shown}×</output>
      <button type="button" onClick={() => set(now * ZOOM_STEP)} disabled={now >= max} aria-label={s.closer} data-testid="zoom-in">
        +
      </button>
    </div>
  )
}

/** Several codes in sight: the person says which; what cannot be chosen says why. */
export function Pick({ things: found, onAgain }: { things: Judged[]; onAgain: () => void }) {
  const w = useFirstWords()
  const s = useScanWords()
  if (!s) return null
  return (
    <div class="verdict-sheet pick" role="dialog" aria-label={s.pickTitle(found.length)} data-testid="pick">
      <h2>{s.pickTitle(found.length)}</h2>
      <ol>
        {found.map((judged, at) => {
          const verdict = localVerdict(w, judged)
          const { label, payload } = judged
          const good = mayGoOn(judged.verdict) && label !== null && payload !== null
          return (
            <li key={identity(judged)}>
              {good ? (
                <button type="button" class="pick-one" onClick={() => navigate(`/app/what/${payload}`)} data-testid="pick-code">
                  <span class="pick-number" aria-label={s.number(at + 1)}>{at + 1}</span>
                  <span class="grow">
                    <b class="code">{humanCode(label.labelId)}</b>
                    <span>{saysOf(s, label)}</span>
                    <MeaningChip meaning={verdict.meaning}>{verdict.title}</MeaningChip>
                  </span>
                  <Icon name="forward" />
                </button>
              ) : (
                <Notice meaning="stop" title={`${at + 1} · ${verdict.title}`} testid="pick-barred">
                  {verdict.how} {s.pickBad}.
                </Notice>
              )}
            </li>
          )
        })}
      </ol>
      <Button icon="scan" onClick={onAgain} testid="scan-again">
        {w.scan.again}
      </Button>
    </div>
  )
}

export function ManyTool() {
  const s = useScanWords()
  const many = useStore(manyInARow)
  if (!s) return null
  const toggle = () => {
    wakeSound()
    manyInARow.set(!many)
  }
  return (
    <button type="button" class="tool" aria-pressed={many} onClick={toggle} data-testid="many">
      <Icon name="outbox" />
      {many ? s.manyOff : s.many}
    </button>
  )
}

/** The running list under the camera: how many, which came last, what was wrong. */
export function Many() {
  const w = useFirstWords()
  const s = useScanWords()
  const { rows, bad } = useStore(tray)
  const heard = useStore(heardLast)
  const silent = useStore(muted)
  const [, setTouched] = useState(false)
  useEffect(() => {
    const touched = () => {
      wakeSound()
      setTouched(true)
    }
    addEventListener('pointerdown', touched, { once: true })
    return () => removeEventListener('pointerdown', touched)
  }, [])
  if (!s) return null
  const last = rows.at(-1)
  const verdict = bad && localVerdict(w, bad)
  return (
    <div class="verdict-sheet many" data-testid="many-sheet">
      {verdict && (
        <Notice meaning="stop" title={verdict.title} testid="scan-result" live>
          {verdict.how}
        </Notice>
      )}
      <div class="many-line" role="status">
        <b class="many-count" data-testid="tray-count" data-count={rows.length} data-heard={heard ?? ''}>{rows.length}</b>
        <span class="grow" data-testid="tray-last">
          {last ? (
            <>
              <b class="code">{last.code}</b>
              <span>{saysOf(s, last.label)}</span>
            </>
          ) : (
            s.none
          )}
          {heard === 'again' && !bad && <span class="many-said" data-testid="tray-again">{s.again}</span>}
          {heard === 'full' && !bad && <span class="many-said">{s.full(TRAY_MAX)}</span>}
        </span>
      </div>
      <div class="many-tools">
        <Button icon="undo" disabled={rows.length === 0} onClick={undoLast} testid="tray-undo">
          {s.undo}
        </Button>
        <Button aria-pressed={silent} icon={silent ? 'close' : 'fine'} onClick={() => mute(!silent)} testid="mute">
          {silent ? s.silent : s.sound}
        </Button>
      </div>
      <Button look="main" icon="forward" disabled={rows.length === 0} onClick={() => navigate('/app/many')} testid="tray-go-on">
        {s.goOn(rows.length)}
      </Button>
    </div>
  )
}
