import './scan.css'
import { useEffect, useRef, useState } from 'preact/hooks'
import { navigate } from '../router'
import { useStore } from '../store'
import { Icon } from '../ui/icons'
import { Button, Notice } from '../ui/parts'
import { Tabs } from '../ui/tabs'
import { useUnsent } from '../useUnsent'
import { allWords, nameIn, useLanguage, useFirstWords } from '../words'
import type { Session } from '../wire'
import type { Found } from './frames'
import { judgeText, type Judged } from './judge'
import { keyRing } from './keys'
import { lastSeen, manyInARow } from './last'
import { decide, distinct } from './several'
import { useScanner, type Scanner } from './useScanner'
import { localVerdict, mayGoOn } from './verdictWords'

const BUZZ_MS = 60

type Extras = typeof import('./extras')
type Stop = { kind: 'stop'; judged: Judged } | { kind: 'pick'; judged: Judged[] }

/** What the camera can do besides reading one label: it comes when the camera runs. */
function useExtras(person: string): Extras | null {
  const [extras, setExtras] = useState<Extras | null>(null)
  useEffect(() => {
    let wanted = true
    // Without a network the scanner goes on with what it has.
    import('./extras').then(
      (loaded) => {
        void loaded.openTray(person)
        if (wanted) setExtras(loaded)
      },
      () => undefined,
    )
    return () => {
      wanted = false
    }
  }, [person])
  return extras
}

/** The next screens are fetched while the person still aims. */
function preload(): void {
  const nextScreens = [import('./detector').then(({ codeReader }) => codeReader()), import('../what/what'), import('../act/act'), allWords()]
  // The park's keys too, before the first label is held up.
  void Promise.allSettled([...nextScreens, keyRing()])
}

/** iPhones have no vibration; there the screen alone answers. */
function buzz(pattern: number[]): void {
  const phone = navigator as { vibrate?: (pattern: number[]) => boolean }
  phone.vibrate?.(pattern)
}

/** Turns what was read into a way on, a question, or a red answer that stays until the person has seen it. */
function useJudging(extras: Extras | null, many: boolean) {
  const w = useFirstWords()
  const [stop, setStop] = useState<Stop | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const busy = useRef(false)

  async function judge(found: readonly Found[]): Promise<void> {
    if (busy.current) return
    busy.current = true
    if (found.length > 0) {
      // From here on the person waits for us: what `python -m bench phone` counts from.
      performance.clearMarks('read')
      performance.mark('read')
    }
    try {
      extras?.show(found)
      if (many && extras) {
        await extras.hear(found)
        return
      }
      const judged = await Promise.all(found.map(({ text }) => judgeText(text)))
      extras?.tell(found, judged)
      const next = decide(judged)
      if (next === null) return
      buzz('go' in next ? [BUZZ_MS] : [BUZZ_MS, BUZZ_MS, BUZZ_MS])
      if ('go' in next) navigate(`/app/what/${next.go}`)
      else setStop('pick' in next ? { kind: 'pick', judged: next.pick } : { kind: 'stop', judged: next.stop })
    } finally {
      busy.current = false
    }
  }

  async function judgePicture(file: File): Promise<void> {
    setProblem(null)
    try {
      const picture = await createImageBitmap(file)
      const found = await (await (await import('./detector')).codeReader()).still(picture).finally(() => picture.close())
      if (found.length === 0) setProblem(w.scan.noneInPicture)
      // The corners are those of the photo, and mean nothing over the camera.
      else await judge(distinct(found).map(({ text }) => ({ text, corners: null })))
    } catch {
      setProblem(w.scan.pictureUnreadable)
    }
  }

  const clear = () => {
    setStop(null)
    setProblem(null)
    extras?.show([])
  }
  return { stop, problem, judge, judgePicture, clear }
}

export function ScanPage({ session }: { session: Session }) {
  const video = useRef<HTMLVideoElement>(null)
  const extras = useExtras(session.person.id)
  const many = useStore(manyInARow)
  const { stop, problem, judge, judgePicture, clear } = useJudging(extras, many)
  const scanner = useScanner(video, stop !== null, (found) => void judge(found))

  useEffect(preload, [])

  return (
    <div data-testid="scan">
      <div class="viewer">
        <video ref={video} data-testid="scan-video" muted playsInline aria-hidden="true" />
        {extras && <extras.Frames video={video} />}
        <TopLine session={session} />
        <Finder scanner={scanner} stopped={stop !== null} />
        {extras && !stop && scanner.zoom && <extras.Zoom zoom={scanner.zoom} />}
        <div class="viewer-bottom">
          {problem !== null && (
            <div class="verdict-sheet">
              <Notice meaning="watch" title={problem} testid="scan-problem" live />
            </div>
          )}
          {stop?.kind === 'stop' && <Stopped judged={stop.judged} onAgain={clear} />}
          {stop?.kind === 'pick' && extras && <extras.Pick things={stop.judged} onAgain={clear} />}
          {stop?.kind === 'pick' && !extras && <Stopped judged={stop.judged.find((each) => !mayGoOn(each.verdict)) ?? null} onAgain={clear} />}
          {!stop && (many && extras ? <extras.Many /> : <LastSeen />)}
          {!stop && <Tools scanner={scanner} extras={extras} onPicture={(file) => void judgePicture(file)} />}
        </div>
      </div>
      <Tabs session={session} path="/app/scan" />
    </div>
  )
}

function TopLine({ session }: { session: Session }) {
  const w = useFirstWords()
  const language = useLanguage()
  const { own } = useUnsent(session.person.id)
  return (
    <header class="viewer-top">
      <div class="grow">
        <h1>{session.person.name}</h1>
        <p>{nameIn(language, session.enterprise ?? session.park)}</p>
      </div>
      {own > 0 && (
        <a class="unsent" href="/app/outbox" data-testid="unsent-count">
          <Icon name="outbox" size={20} />
          {w.scan.unsent(own)}
        </a>
      )}
    </header>
  )
}

function Finder({ scanner, stopped }: { scanner: Scanner; stopped: boolean }) {
  const w = useFirstWords()
  const { status } = scanner
  if (status === 'starting' || status === 'seeing') {
    return (
      <div class="finder">
        <div class={stopped ? 'finder-frame stopped' : 'finder-frame'} />
        {!stopped && (
          <p class="finder-hint" role="status">
            {status === 'seeing' ? w.scan.hint : w.scan.starting}
          </p>
        )}
      </div>
    )
  }
  const reasons = {
    denied: w.scan.cameraDenied,
    missing: w.scan.cameraMissing,
    busy: w.scan.cameraBusy,
    insecure: w.scan.cameraInsecure,
  }
  return (
    <div class="no-camera">
      <Notice meaning="unknown" title={w.scan.noCamera} testid="camera-trouble">
        {reasons[status]}
      </Notice>
    </div>
  )
}

/** Red, and why. Null where several were in sight and one must be shown alone. */
function Stopped({ judged, onAgain }: { judged: Judged | null; onAgain: () => void }) {
  const w = useFirstWords()
  const verdict = judged && localVerdict(w, judged)
  return (
    <div class="verdict-sheet">
      {verdict && (
        <Notice meaning={verdict.meaning} title={verdict.title} testid="scan-result" live>
          {verdict.how}
        </Notice>
      )}
      <Button look="main" icon="scan" onClick={onAgain} testid="scan-again">
        {w.scan.again}
      </Button>
    </div>
  )
}

function LastSeen() {
  const w = useFirstWords()
  const last = useStore(lastSeen)
  if (!last) return null
  return (
    <a class="last-seen" href={`/app/what/${last.code}`} data-testid="scan-last">
      <Icon name="tag" size={20} />
      <span class="grow">
        {w.scan.last}
        <b>{last.title}</b>
      </span>
      <Icon name="forward" size={20} />
    </a>
  )
}

function Tools({ scanner, extras, onPicture }: { scanner: Scanner; extras: Extras | null; onPicture: (file: File) => void }) {
  const w = useFirstWords()
  const { torch, nextCamera } = scanner
  return (
    <div class="tools">
      {torch && (
        <button type="button" class="tool" aria-pressed={torch.on} onClick={torch.toggle} data-testid="torch">
          <Icon name="light" />
          {torch.on ? w.scan.torchOff : w.scan.torchOn}
        </button>
      )}
      {nextCamera && (
        <button type="button" class="tool" onClick={nextCamera} data-testid="next-camera">
          <Icon name="flip" />
          {w.scan.camera}
        </button>
      )}
      {extras && <extras.ManyTool />}
      <label class="tool" data-testid="from-picture">
        <input
          type="file"
          accept="image/*"
          data-testid="picture-input"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0]
            if (file) onPicture(file)
            event.currentTarget.value = ''
          }}
        />
        <Icon name="picture" />
        {w.scan.gallery}
      </label>
      <a class="tool" href="/app/type" data-testid="type-code">
        <Icon name="keys" />
        {w.scan.type}
      </a>
    </div>
  )
}
