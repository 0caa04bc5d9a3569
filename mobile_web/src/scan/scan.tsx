import './scan.css'
import { useEffect, useRef, useState } from 'preact/hooks'
import { navigate } from '../router'
import { useStore } from '../store'
import { Icon } from '../ui/icons'
import { Button, Notice } from '../ui/parts'
import { Tabs } from '../ui/tabs'
import { useUnsent } from '../useUnsent'
import { nameIn, useLanguage, useWords } from '../words'
import type { Session } from '../wire'
import { codeReader } from './detector'
import { judgeText, type Judged } from './judge'
import { keyRing } from './keys'
import { lastSeen } from './last'
import { useScanner, type Scanner } from './useScanner'
import { localVerdict, mayGoOn, type Verdict } from './verdictWords'

const BUZZ_MS = 60

/** The text of the first code in a picture; null when it holds none. Throws where the file is no picture. */
async function textInPicture(file: File): Promise<string | null> {
  const picture = await createImageBitmap(file)
  try {
    return (await (await codeReader()).read(picture))[0] ?? null
  } finally {
    picture.close()
  }
}

/** iPhones have no vibration; there the screen alone answers. */
function buzz(pattern: number[]): void {
  const phone = navigator as { vibrate?: (pattern: number[]) => boolean }
  phone.vibrate?.(pattern)
}

/** Turns what was read into a way on, or into a red answer that stays until the person has seen it. */
function useJudging() {
  const w = useWords()
  const [answer, setAnswer] = useState<Judged | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const busy = useRef(false)

  async function judge(text: string): Promise<void> {
    if (busy.current) return
    busy.current = true
    try {
      const judged = await judgeText(text)
      buzz(mayGoOn(judged.verdict) ? [BUZZ_MS] : [BUZZ_MS, BUZZ_MS, BUZZ_MS])
      if (mayGoOn(judged.verdict) && judged.payload !== null) navigate(`/app/what/${judged.payload}`)
      else setAnswer(judged)
    } finally {
      busy.current = false
    }
  }

  async function judgePicture(file: File): Promise<void> {
    setProblem(null)
    try {
      const text = await textInPicture(file)
      if (text === null) setProblem(w.scan.noneInPicture)
      else await judge(text)
    } catch {
      setProblem(w.scan.pictureUnreadable)
    }
  }

  const clear = () => {
    setAnswer(null)
    setProblem(null)
  }
  const verdict: Verdict | null = answer && localVerdict(w, answer)
  return { verdict, problem, judge, judgePicture, clear }
}

export function ScanPage({ session }: { session: Session }) {
  const video = useRef<HTMLVideoElement>(null)
  const { verdict, problem, judge, judgePicture, clear } = useJudging()
  const scanner = useScanner(video, verdict !== null, (text) => void judge(text))

  useEffect(() => {
    // The park's keys are fetched while there is a network, before the first label is held up.
    void keyRing()
  }, [])

  return (
    <div data-testid="scan">
      <div class="viewer">
        <video ref={video} data-testid="scan-video" muted playsInline aria-hidden="true" />
        <TopLine session={session} />
        <Finder scanner={scanner} stopped={verdict !== null} />
        <div class="viewer-bottom">
          {problem !== null && (
            <div class="verdict-sheet">
              <Notice meaning="watch" title={problem} testid="scan-problem" live />
            </div>
          )}
          {verdict ? <Stopped verdict={verdict} onAgain={clear} /> : <LastSeen />}
          {!verdict && <Tools scanner={scanner} onPicture={(file) => void judgePicture(file)} />}
        </div>
      </div>
      <Tabs session={session} path="/app/scan" />
    </div>
  )
}

function TopLine({ session }: { session: Session }) {
  const w = useWords()
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
  const w = useWords()
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

function Stopped({ verdict, onAgain }: { verdict: Verdict; onAgain: () => void }) {
  const w = useWords()
  return (
    <div class="verdict-sheet">
      <Notice meaning={verdict.meaning} title={verdict.title} testid="scan-result" live>
        {verdict.how}
      </Notice>
      <Button look="main" icon="scan" onClick={onAgain} testid="scan-again">
        {w.scan.again}
      </Button>
    </div>
  )
}

function LastSeen() {
  const w = useWords()
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

function Tools({ scanner, onPicture }: { scanner: Scanner; onPicture: (file: File) => void }) {
  const w = useWords()
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
