import { Fragment, type ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Refused, Unreachable } from '../api'
import type { AskedAnswer } from '../pocket/ask'
import { navigate } from '../router'
import { judgePayload, type Judged } from '../scan/judge'
import { lastSeen } from '../scan/last'
import { localVerdict, mayGoOn, serverVerdict } from '../scan/verdictWords'
import { Lazy, type PageProps } from '../shell'
import { Icon, type IconName } from '../ui/icons'
import { Button, Notice, Screen, Waiting } from '../ui/parts'
import { Trouble } from '../ui/trouble'
import { useAsk } from '../ui/useAsk'
import { LOCALE, nameIn, sentenceIn, useLanguage, useWords, type Language, type Words } from '../words'
import type { ActKind, LabelAnswer, Session } from '../wire'
import { OwnPaper } from '../make/ownPaper'
import { LabelAlonePage, Others } from './alone'
import { Findings, gravest } from './finding'
import { KnownHow, NotKnownHere } from './known'
import { askLabel, findingsOf, partyName, subjectOf, thingName, type OfferedAct } from './subject'
import { BatchTag, ManifestTag, type Strip } from './tag'

const PAYLOAD_MIN = 40
const loadBlank = () => import('../make/blankScreen')

const ACT_ICONS: Partial<Record<ActKind, IconName>> = {
  picked_up: 'truck',
  handed_over: 'truck',
  arrived: 'arrive',
  received: 'receive',
  returned: 'undo',
  treated: 'treat',
  weighed: 'weigh',
  stored: 'store',
  taken_out: 'store',
  manifest_issued: 'truck',
  not_collected: 'close',
  stopped: 'pause',
  deposited: 'store',
  dissolved: 'split',
  split: 'split',
  combined: 'merge',
}

/** The signature, checked here and by the park; the worse of the two is what counts. */
function stripFor(w: Words, language: Language, judged: Judged | null, answer: AskedAnswer, typed: boolean): Strip {
  const server = serverVerdict(w, answer.verdict)
  // What was typed may be wrong in one place only; the server knows which.
  if (server) return typed && answer.problem ? { ...server, how: sentenceIn(language, answer.problem) } : server
  if (typed) return { meaning: 'unknown', title: w.code.typed, how: w.code.typedHow }
  if (judged && !mayGoOn(judged.verdict)) return localVerdict(w, judged)
  if (judged?.verdict === 'retired') return localVerdict(w, judged)
  // Without a network the signature is all there is: whether it was withdrawn since, nobody here can know.
  const issued = answer.known === 'server' ? w.code.issued : ''
  if (judged?.verdict === 'genuine') return { meaning: 'fine', title: w.code.genuine, how: `${w.code.genuineHow} ${issued}` }
  if (answer.known !== 'server') return { meaning: 'unknown', title: w.code.unsure, how: w.code.unsureHow }
  return { meaning: 'fine', title: w.code.genuine, how: w.code.issued }
}

function titleFor(w: Words, language: 'zh' | 'en', answer: LabelAnswer): string {
  if (answer.what === 'manifest' && answer.manifest) return w.what.manifestTitle(answer.manifest.number)
  return answer.batch ? thingName(w, language, answer.batch) : ''
}

/** The manifest whose refused batches wait for the way home, as far as this label tells. */
export function homeOf(answer: LabelAnswer): string | null {
  const { batch, manifest } = answer
  if (batch) return batch.state === 'refused' ? (batch.manifest?.id ?? null) : null
  if (manifest === null) return null
  return manifest.lines.some((line) => line.outcome === 'refused' && line.batch.state === 'refused') ? manifest.id : null
}

/** Whether what comes back has come to those it goes back to: for them "returned" is the likely act. */
function isHome({ batch, manifest }: LabelAnswer, session: Session): boolean {
  const own = session.enterprise?.id
  if (batch) return batch.state === 'returning' && batch.generator.id === own
  return manifest?.returns != null && manifest.receiver.id === own
}

export function homewardFirst(acts: readonly OfferedAct[], home: boolean): OfferedAct[] {
  const first = (act: OfferedAct) => (home && act.kind === 'returned' && act.may ? 0 : 1)
  return [...acts].sort((a, b) => first(a) - first(b))
}

/** With the way onto a truck for what is free on one's own site. A manifest is a plan with a screen of its own, so it is
 * not among the acts of the lifecycle. */
export function withShipping(acts: readonly OfferedAct[], { batch }: LabelAnswer, session: Session): OfferedAct[] {
  const free = batch !== null && batch.state === 'on_site' && batch.manifest === null && batch.holder.id === session.enterprise?.id
  const ship: OfferedAct = { kind: 'manifest_issued', may: true, likely: false, outcomes: [], why: null, here: true }
  if (!free || !tells(session)) return [...acts]
  // Next to the likely one: what stands here mostly waits for a truck.
  const likely = acts.filter((act) => act.likely)
  return [...likely, ship, ...acts.filter((act) => !act.likely)]
}

/** Whether this person tells facts for an enterprise; the park's people look on. */
function tells(session: Session): boolean {
  return session.enterprise !== null && (session.person.role === 'handler' || session.person.role === 'manager')
}

export default function What({ parts, session }: PageProps) {
  const w = useWords()
  const language = useLanguage()
  const code = parts['code'] ?? ''
  const typed = code.length < PAYLOAD_MIN
  const [asked, again] = useAsk(code, (signal) => askLabel(code, signal))
  const [judged, setJudged] = useState<Judged | null>(null)
  const answer = asked.status === 'have' ? asked.value : null

  useEffect(() => {
    let current = true
    // What was said of the label before is nothing to this one.
    setJudged(null)
    if (!typed) void judgePayload(code).then((said) => current && setJudged(said))
    return () => {
      current = false
    }
  }, [code, typed])
  useEffect(() => {
    if (answer?.batch ?? answer?.manifest) lastSeen.set({ code, title: titleFor(w, language, answer) })
  }, [answer, code, w, language])

  if (judged && !mayGoOn(judged.verdict)) return <Rejected strip={localVerdict(w, judged)} />
  const unread = asked.status === 'failed' && !(asked.error instanceof Refused)
  if (answer?.what === 'roll' && answer.verdict === 'genuine') return <Lazy load={loadBlank} props={{ session, code, label: judged?.label ?? null, mine: answer.roll?.mine ?? null }} />
  if (unread && judged?.label?.what === 'roll') return <Lazy load={loadBlank} props={{ session, code, label: judged.label, mine: null }} />
  if (asked.status === 'failed') return <Failed error={asked.error} onRetry={again} own={tells(session) && <OwnPaper session={session} code={code} manifest={null} />} />
  if (!answer) return <Screen title={w.what.title} backTo="/app/scan"><Waiting /></Screen>
  const strip = stripFor(w, language, judged, answer, typed)
  if (answer.known === 'server' && answer.problem && answer.verdict === 'genuine' && !answer.batch && !answer.manifest) return <Others answer={answer} strip={strip} dock={<ScanNext />} />
  const { alone } = answer
  const subject = subjectOf(w, language, answer)
  if (alone && subject) {
    // Only what this phone itself knows to be genuine: the park was not asked.
    const acts = judged?.verdict === 'genuine' && tells(session) ? subject.acts : []
    return (
      <LabelAlonePage answer={answer} alone={alone} strip={strip} acts={acts.length > 0} onRetry={again}
        dock={acts.length > 0 ? <Acts acts={acts} code={code} answer={answer} home={null} /> : <ScanNext />} />
    )
  }
  if (!subject) return <Rejected strip={strip.meaning === 'fine' ? { meaning: 'unknown', title: w.what.notFound, how: w.what.notFoundHow } : strip} />
  const acts = strip.meaning === 'stop' ? [] : withShipping(homewardFirst(subject.acts, isHome(answer, session)), answer, session)
  const home = strip.meaning !== 'stop' && tells(session) ? homeOf(answer) : null
  return (
    <Screen title={w.what.title} backTo="/app/scan" dock={<Acts acts={acts} code={code} answer={answer} home={home} />} testid="what">
      <KnownHow answer={answer} />
      {answer.what === 'manifest' && answer.manifest ? (
        <ManifestTag manifest={answer.manifest} strip={strip} />
      ) : (
        answer.batch && <BatchTag batch={answer.batch} strip={strip} />
      )}
      {tells(session) && <OwnPaper session={session} code={code} manifest={answer.what === 'manifest' ? answer.manifest : null} />}
      <Odd answer={answer} />
      <Details answer={answer} />
      {tells(session) && strip.meaning !== 'stop' && subject.lines.length === 1 && (
        <a class="line-link" href={`/app/correct/${encodeURIComponent(code)}`} data-testid="to-correct">
          <Icon name="pencil" size={20} /> {w.road.correct}
        </a>
      )}
      <NotNow acts={acts} />
    </Screen>
  )
}

function ScanNext() {
  const w = useWords()
  return (
    <Button look="main" icon="scan" onClick={() => navigate('/app/scan')} testid="scan-next">
      {w.answer.scanNext}
    </Button>
  )
}

function Rejected({ strip, children }: { strip: Strip; children?: ComponentChildren }) {
  const w = useWords()
  return (
    <Screen title={w.what.title} backTo="/app/scan" dock={<ScanNext />}>
      <Notice meaning={strip.meaning} title={strip.title} testid="scan-result" live>
        {strip.how}
      </Notice>
      {children}
    </Screen>
  )
}

function Failed({ error, onRetry, own }: { error: unknown; onRetry: () => void; own: ComponentChildren }) {
  const w = useWords()
  if (error instanceof Refused && error.problem.status === 404) {
    return <Rejected strip={{ meaning: 'unknown', title: w.what.notFound, how: w.what.notFoundHow }}>{own}</Rejected>
  }
  return (
    <Screen title={w.what.title} backTo="/app/scan" dock={<ScanNext />}>
      {error instanceof Unreachable && <NotKnownHere />}
      {own}
      <Trouble error={error} onRetry={onRetry} />
    </Screen>
  )
}

interface Offer {
  key: string
  icon: IconName
  word: string
  to: string
}

/** At most two acts at hand, the likelier one big; the rest of what may be done is behind "more". What was refused is
 * first of all sent home. */
function Acts({ acts, code, answer, home }: { acts: OfferedAct[]; code: string; answer: LabelAnswer; home: string | null }) {
  const w = useWords()
  const [open, setOpen] = useState(false)
  const offers = acts
    .filter((act) => act.may && act.here)
    .map((act): Offer => ({
      key: `act-${act.kind}`,
      icon: ACT_ICONS[act.kind] ?? 'tag',
      word: w.act[act.kind],
      to: act.kind === 'manifest_issued' ? `/app/ship?batch=${answer.batch?.id ?? ''}` : `/app/act/${act.kind}/${encodeURIComponent(code)}`,
    }))
  if (home !== null) offers.unshift({ key: 'send-home', icon: 'undo', word: w.road.sendHome, to: `/app/home/${home}` })
  const [first, second, ...others] = offers
  if (!first) {
    return (
      <>
        <p class="soft">{w.what.nothingToDo}</p>
        <ScanNext />
      </>
    )
  }
  const button = (offer: Offer, look: 'main' | 'second') => (
    <Button key={offer.key} look={look} icon={offer.icon} onClick={() => navigate(offer.to)} testid={offer.key}>
      {offer.word}
    </Button>
  )
  return (
    <>
      {open && others.map((offer) => button(offer, 'second'))}
      {(second ?? others[0]) && (
        <div class="row">
          {second && <div class="grow stack">{button(second, 'second')}</div>}
          {others.length > 0 && (
            <Button icon="more" onClick={() => setOpen(!open)} aria-expanded={open} testid="more-acts">
              {w.common.more}
            </Button>
          )}
        </div>
      )}
      {button(first, 'main')}
    </>
  )
}

function Odd({ answer }: { answer: LabelAnswer }) {
  const w = useWords()
  const findings = findingsOf(answer)
  if (findings.length === 0) return null
  return (
    <section class="stack">
      <h2>{gravest(findings) === 'fine' ? w.what.worthKnowing : w.what.odd(findings.length)}</h2>
      <Findings findings={findings} />
    </section>
  )
}

/** Acts that may not be, the ones with the same reason together: most share theirs. */
export function barredByReason(acts: readonly OfferedAct[], say: (act: OfferedAct) => string): { why: string; acts: OfferedAct[] }[] {
  const byWhy = new Map<string, OfferedAct[]>()
  for (const act of acts) byWhy.set(say(act), [...(byWhy.get(say(act)) ?? []), act])
  return [...byWhy].map(([why, same]) => ({ why, acts: same }))
}

/** What may not be done now, in grey and always with the reason: nobody is to wonder where a button has gone. */
function NotNow({ acts }: { acts: OfferedAct[] }) {
  const w = useWords()
  const language = useLanguage()
  const barred = acts.filter((act) => !act.may || !act.here)
  if (barred.length === 0) return null
  const reasons = barredByReason(barred, (act) => (act.may ? w.road.notHere : act.why ? sentenceIn(language, act.why) : ''))
  return (
    <section class="not-now" data-testid="not-now">
      <h2>{w.what.mayNot}</h2>
      <ul class="plain act-list">
        {reasons.map(({ why, acts: same }) => (
          <li key={why} class="act-why">
            <span class="act-names">
              {same.map((act) => (
                <span key={act.kind} class="act-name" data-testid={`barred-${act.kind}`}>
                  <Icon name={ACT_ICONS[act.kind] ?? 'tag'} size={18} /> {w.act[act.kind]}
                </span>
              ))}
            </span>
            <span class="small">{why}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Details({ answer }: { answer: LabelAnswer }) {
  const w = useWords()
  const language = useLanguage()
  const { batch } = answer
  const manifest = answer.what === 'batch' ? null : answer.manifest
  const treatments: Record<string, string> = w.treatmentName
  const day = (text: string | null | undefined) => (text == null ? null : new Date(text).toLocaleDateString(LOCALE[language]))
  const rows: [string, string | null | undefined][] = manifest
    ? [
        [w.what.generator, partyName(w, language, manifest.generator)],
        [w.what.carrier, manifest.carriers.map((carrier) => partyName(w, language, carrier.party)).join(' → ')],
        [w.what.receiver, partyName(w, language, manifest.receiver)],
        [w.what.treatment, `${manifest.treatment} ${treatments[manifest.treatment] ?? ''}`],
        [w.what.duePickup, manifest.state === 'issued' ? day(manifest.due_pickup_at) : null],
      ]
    : [
        [w.what.code, batch?.class ? `${batch.class.scheme} ${batch.class.edition} · ${batch.class.code}` : null],
        [w.make.class, nameIn(language, batch?.class)],
        [w.what.generator, partyName(w, language, batch?.generator)],
        [w.what.made, day(batch?.generated_at)],
      ]
  return (
    <details class="fold" data-testid="details">
      <summary>
        {w.what.details}
        <Icon name="down" />
      </summary>
      <dl class="facts">
        {rows
          .filter(([, value]) => value != null && value !== '')
          .map(([name, value]) => (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </Fragment>
          ))}
      </dl>
    </details>
  )
}
