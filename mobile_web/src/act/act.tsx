import { Fragment } from 'preact'
import { useState } from 'preact/hooks'
import { useDraft } from '../people/draft'
import { learn, ready, type Ready } from '../pocket/habits'
import { navigate } from '../router'
import type { PageProps } from '../shell'
import { recordWith } from '../evidence/evidence'
import { EvidenceFields } from '../evidence/fields'
import { useEvidence } from '../evidence/useEvidence'
import type { Placed } from '../place'
import { StoreFinder } from '../ui/find'
import { humanCode } from '../scan/human'
import { Button, MeaningChip, Notice, Screen, Waiting } from '../ui/parts'
import { NotSaved } from '../ui/notSaved'
import { Trouble } from '../ui/trouble'
import { useAsk } from '../ui/useAsk'
import { sentenceIn, useLanguage, useWords, type Words } from '../words'
import { showMass } from '../quantity'
import type { ActKind, Session } from '../wire'
import { labelWithPaper, subjectFor, subjectOf, type Subject, type SubjectLine } from '../what/subject'
import { errorsAgain, evidenceAgain, formAgain, toldBefore, type Told } from './again'
import { Keypad } from './amount'
import { errorWords, LineAmount, NoteField, PlateField, ReceiptFields, TreatmentFields, type FieldsProps } from './fields'
import { differenceOf, cameIn, receiptDifference, type Difference } from './difference'
import { ASKS_GRAMS, draftFor, emptyForm, errorsOf, withHabits, type ActForm, type Amount, type FormErrors } from './form'
import { PlaceLine } from './place'
import { DepositFields, DissolveFields, HandOverFields, StoppedFields, storesOf, UncollectedFields } from './road'
import { StopNotice } from './stopNotice'
import { WhyAgain } from './whyAgain'

export default function ActPage({ parts, query, session }: PageProps) {
  const w = useWords()
  const language = useLanguage()
  const code = parts['code'] ?? ''
  const kind = parts['kind'] as ActKind
  const before = query.get('again')
  const [asked, again] = useAsk(`${code} ${before ?? ''}`, async (signal) => ({
    answer: await labelWithPaper(code, signal),
    ready: await ready(),
    told: await toldBefore(before, session),
  }))
  const title = (w.act as Record<string, string>)[kind] ?? w.trouble.notFound
  const have = asked.status === 'have' ? asked.value : null
  const whole = have && subjectOf(w, language, have.answer)
  const subject = whole && subjectFor(kind, whole)
  if (have && subject) return <Doing key={kind} kind={kind} code={code} subject={subject} session={session} title={title} ready={have.ready} told={have.told} />
  return (
    <Screen title={title} backTo={`/app/what/${code}`}>
      {asked.status === 'failed' ? <Trouble error={asked.error} onRetry={again} /> : <Waiting />}
    </Screen>
  )
}

/** Finds the amount the keypad is writing to, and a way to put it back. */
export function activeAmount(form: ActForm, active: string | null): { amount: Amount; put: (amount: Amount) => Partial<ActForm> } | null {
  const [where, id] = active?.split(':') ?? []
  if (id === undefined) return null
  if (where === 'output') {
    const output = form.outputs.find((each) => each.key === id)
    if (!output) return null
    return {
      amount: output.amount,
      put: (amount) => ({ outputs: form.outputs.map((each) => (each.key === id ? { ...each, amount } : each)) }),
    }
  }
  const field = where === 'refused' ? 'refused' : 'amounts'
  const amount = form[field][id]
  return amount ? { amount, put: (next) => ({ [field]: { ...form[field], [id]: next } }) } : null
}

/** The form as it opens, with what this person filled in last: a store that scans at its own door, or the only one there
 * is, need not be chosen. */
export function openForm(kind: ActKind, subject: Subject, session: Session, habits: Ready['habits']): ActForm {
  const form = withHabits(kind, emptyForm(kind, subject), habits)
  if (kind !== 'deposited') return form
  const stores = storesOf(subject.legs)
  const own = stores.find((leg) => leg.party === session.enterprise?.id)
  return { ...form, keeper: own?.party ?? (stores.length === 1 ? (stores[0]?.party ?? null) : null) }
}

function firstActive(kind: ActKind, subject: Subject): string | null {
  const line = subject.lines[0]
  // Where a weight is the point of the act the keypad is there at once; elsewhere it comes when asked for.
  return line && (kind === 'received' || kind === 'weighed') ? `amount:${line.batch}` : null
}

/** What the record is called in the list of unsent ones. */
export function aboutOf(count: (n: number) => string, title: string, subject: Subject): string {
  const first = subject.lines[0]
  if (subject.manifestLabel !== undefined) return `${title} · ${humanCode(subject.manifestLabel)}`
  const name = subject.lines.length === 1 && first ? first.name : count(subject.lines.length)
  return `${title} · ${name} · ${first?.code ?? ''}`
}

interface DoingProps {
  kind: ActKind
  code: string
  subject: Subject
  session: Session
  title: string
  ready: Ready
  /** What was told before and turned away, where it is told again. */
  told: Told | null
}

function Doing({ kind, code, subject, session, title, ready: { habits, rules }, told }: DoingProps) {
  const w = useWords()
  const language = useLanguage()
  const begin = () => formAgain(openForm(kind, subject, session, habits), told, subject)
  const [form, setForm] = useDraft<ActForm>(session.person.id, `${kind}/${code}${told === null ? '' : `/${told.fact.id}`}`, begin)
  const [errors, setErrors] = useState<FormErrors>(() => errorsAgain(told, language))
  const [active, setActive] = useState<string | null>(() => firstActive(kind, subject))
  const [placed, setPlaced] = useState<Placed>({ no_place: 'not_asked' })
  const evidence = useEvidence({ person: session.person.id, name: `${kind}/${code}` }, evidenceAgain(told))
  const [busy, setBusy] = useState(false)
  const [unsaved, setUnsaved] = useState<unknown>(null)
  const set = (change: Partial<ActForm>) => {
    setForm((have) => ({ ...have, ...change }))
    setErrors({})
  }

  async function confirm(): Promise<void> {
    const found = errorsOf(kind, form, subject)
    setErrors(found)
    if (Object.keys(found).length > 0) {
      requestAnimationFrame(() => document.querySelector('.wrong')?.scrollIntoView({ block: 'center' }))
      return
    }
    setBusy(true)
    setUnsaved(null)
    try {
      const draft = { ...draftFor(kind, form, subject, null), ...placed, evidence: [...evidence.pieces] }
      const row = await recordWith(session.person.id, aboutOf(w.doing.lineCount, title, subject), draft)
      evidence.done()
      void learn(draft)
      const signs = kind === 'picked_up' && subject.manifest !== null ? `&sign=${subject.manifest}` : ''
      navigate(`/app/answer/${row.id}?code=${encodeURIComponent(code)}${signs}`, { replace: true })
    } catch (error) {
      setUnsaved(error ?? new Error())
      setBusy(false)
    }
  }

  const typing = activeAmount(form, active)
  const act = subject.acts.find((each) => each.kind === kind)
  const barred = act?.may === false
  const difference = kind === 'received' ? receiptDifference(form, subject.lines) : null
  const fields: FieldsProps = { form, subject, errors, set, active, setActive }
  return (
    <Screen
      title={title}
      backTo={`/app/what/${code}`}
      testid="act"
      dock={
        <>
          {unsaved !== null && <NotSaved error={unsaved} />}
          {difference && <Differs difference={difference} testid="difference" />}
          <StopNotice kind={kind} rules={rules} fields={fields} />
          {typing && !barred && <Keypad amount={typing.amount} onChange={(amount) => set(typing.put(amount))} />}
          <Button look="main" busy={busy || evidence.busy} disabled={barred} onClick={() => void confirm()} testid="confirm">
            {busy ? w.doing.saving : w.doing.confirm(title)}
          </Button>
        </>
      }
    >
      <About subject={subject} />
      <WhyAgain told={told} />
      <WhyNot act={act} />
      <ActFields kind={kind} session={session} fields={fields} />
      <EvidenceFields kind={kind} form={evidence} />
      <PlaceLine place={'place' in placed ? placed.place : null} onPlace={(place, none) => setPlaced(place ? { place } : { no_place: none ?? 'not_asked' })} />
      {kind !== 'weighed' && <NoteField {...fields} />}
    </Screen>
  )
}

/** The reason from the server: why it may not be done, or what is odd about doing it. */
function WhyNot({ act }: { act: Subject['acts'][number] | undefined }) {
  const w = useWords()
  const language = useLanguage()
  if (act?.why == null) return null
  return (
    <Notice meaning={act.may ? 'watch' : 'stop'} title={act.may ? w.road.oddAct : w.road.barredAct} testid="why-not">
      {sentenceIn(language, act.why)}
    </Notice>
  )
}

/** How far a weighing is from what was loaded, before anything is confirmed. */
function Differs({ difference, testid }: { difference: Difference; testid: string }) {
  const w = useWords()
  const say = difference.more ? w.road.more : w.road.less
  return (
    <p class="differs" role="status">
      <MeaningChip meaning="watch" testid={testid}>{say(showMass(difference.grams), difference.percent)}</MeaningChip>
    </p>
  )
}

function About({ subject }: { subject: Subject }) {
  const w = useWords()
  const only = subject.lines.length === 1 ? subject.lines[0] : null
  const { manifestLabel: paper } = subject
  return (
    <p class="about-line">
      <b>{only ? only.name : paper === undefined ? w.doing.lineCount(subject.lines.length) : w.what.manifestTitle('')}</b>
      {paper !== undefined && <span class="code small">{humanCode(paper)}</span>}
      {only && (only.grams > 0 || only.byLabel !== true) && <span>{showMass(only.grams, only.measured)}</span>}
      {only && <span class="code small">{only.code}</span>}
    </p>
  )
}

function amountLabel(w: Words, kind: ActKind, line: SubjectLine, several: boolean, part: boolean): string {
  if (several) return w.doing.gramsOf(line.name)
  if (kind === 'treated') return w.doing.inputGrams
  return part ? w.doing.acceptedGrams : w.doing.grams
}

function ActFields({ kind, session, fields }: { kind: ActKind; session: Session; fields: FieldsProps }) {
  const w = useWords()
  const { subject, form } = fields
  const several = subject.lines.length > 1
  const part = kind === 'received' && form.outcome === 'part'
  const asks = ASKS_GRAMS.has(kind) && !(kind === 'received' && form.outcome === 'refused')
  return (
    <>
      {kind === 'received' && <ReceiptFields {...fields} />}
      {asks &&
        subject.lines.map((line) => (
          <Fragment key={line.batch}>
            <LineAmount {...fields} line={line} field="amounts" label={amountLabel(w, kind, line, several, part)} books={line.byLabel === true && line.grams === 0 ? null : line.grams} />
            {several && kind === 'received' && <LineDiffers form={form} line={line} />}
          </Fragment>
        ))}
      {part &&
        subject.lines.map((line) => (
          <LineAmount key={`refused ${line.batch}`} {...fields} line={line} field="refused" books={null}
            label={several ? w.doing.refusedOf(line.name) : w.doing.refusedGrams} />
        ))}
      <KindFields kind={kind} session={session} fields={fields} />
    </>
  )
}

/** What an act asks for beside grams, once for all that it is about. */
export function KindFields({ kind, session, fields }: { kind: ActKind; session: Session; fields: FieldsProps }) {
  return (
    <>
      {kind === 'treated' && <TreatmentFields {...fields} />}
      {kind === 'picked_up' && <PlateField {...fields} />}
      {kind === 'handed_over' && <HandOverFields {...fields} />}
      {kind === 'not_collected' && <UncollectedFields {...fields} />}
      {kind === 'stopped' && <StoppedFields {...fields} />}
      {kind === 'deposited' && <DepositFields {...fields} session={session} />}
      {kind === 'dissolved' && <DissolveFields {...fields} />}
      {kind === 'stored' && <StoreChoice {...fields} session={session} />}
    </>
  )
}

function LineDiffers({ form, line }: { form: ActForm; line: SubjectLine }) {
  const came = cameIn(form, line)
  const difference = came === null ? null : differenceOf(came, line.loaded)
  return difference && <Differs difference={difference} testid={`difference-${line.code}`} />
}

function StoreChoice({ form, errors, set, session }: FieldsProps & { session: Session }) {
  const w = useWords()
  const enterprise = session.enterprise?.id ?? null
  return (
    <StoreFinder id="store" enterprise={enterprise} error={errorWords(w, errors['store'])} chosen={form.storePlace ?? null}
      onChoose={(place) => set({ store: place?.id ?? null, storePlace: place })} testid="store" />
  )
}
