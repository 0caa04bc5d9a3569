import './act.css'
import './many.css'
import { useEffect, useState } from 'preact/hooks'
import { recordWith } from '../evidence/evidence'
import { EvidenceFields } from '../evidence/fields'
import { useEvidence } from '../evidence/useEvidence'
import type { Placed } from '../place'
import { learn, ready, type Ready } from '../pocket/habits'
import { showMass } from '../quantity'
import { navigate } from '../router'
import { emptyTray, handedOver, openTray, tray } from '../scan/tray'
import type { PageProps } from '../shell'
import { useStore } from '../store'
import type { Draft } from '../sync'
import { NotSaved } from '../ui/notSaved'
import { Button, Notice, Screen, Waiting } from '../ui/parts'
import { Trouble } from '../ui/trouble'
import { useAsk } from '../ui/useAsk'
import { useLanguage, useWords } from '../words'
import type { ActsWords } from '../words/mirror.acts'
import type { Subject, SubjectLine } from '../what/subject'
import type { ActKind, Session } from '../wire'
import { aboutOf, activeAmount, KindFields, openForm } from './act'
import { Keypad } from './amount'
import { forgetAsked, subjectsFor } from './asked'
import { LineAmount, NoteField, ReceiptFields, type FieldsProps } from './fields'
import { ASKS_GRAMS, countedGrams, errorsOf, gramsOf, type ActForm, type FormErrors } from './form'
import { PlaceLine } from './place'
import { StopNotice } from './stopNotice'
import { asOne, byTheBooks, draftsFor, perFact } from './together'
import { useActsWords } from './words'

/** One act for all that stands in the list of what was scanned in a row. */
export default function ManyPage({ parts, session }: PageProps) {
  const w = useWords()
  const a = useActsWords()
  const language = useLanguage()
  const kind = parts['kind'] as ActKind
  const title = (w.act as Record<string, string>)[kind] ?? w.trouble.notFound
  const [opened, setOpened] = useState(false)
  useEffect(() => void openTray(session.person.id).then(() => setOpened(true)), [session])
  const { rows } = useStore(tray)
  const key = opened ? rows.map((row) => row.payload).join(' ') : 'not yet'
  const [asked, again] = useAsk(key, async (signal) => ({
    key,
    subjects: !opened ? [] : await subjectsFor(w, language, handedOver().codes, signal),
    ready: await ready(),
  }))
  const have = asked.status === 'have' && asked.value.key === key ? asked.value : null
  const subjects = (have?.subjects ?? []).filter((each): each is Subject => each !== null)
  const merged = asOne(subjects)
  const open = have !== null && subjects.length > 0 && subjects.length === have.subjects.length && merged.acts.some((act) => act.kind === kind)
  if (have && a && open) return <Doing key={key} kind={kind} a={a} subjects={subjects} merged={merged} session={session} title={title} ready={have.ready} />
  return (
    <Screen title={title} backTo="/app/many">
      {asked.status === 'failed' && <Trouble error={asked.error} onRetry={again} />}
      {have && a && opened ? (
        <>
          <Notice meaning="watch" title={rows.length === 0 ? a.empty : a.notOffered} testid="many-not-open" />
          <Button look="main" onClick={() => navigate('/app/many', { replace: true })} testid="to-list">{a.toList}</Button>
        </>
      ) : (
        asked.status !== 'failed' && <Waiting />
      )}
    </Screen>
  )
}

interface DoingProps {
  kind: ActKind
  a: ActsWords
  subjects: readonly Subject[]
  merged: Subject
  session: Session
  title: string
  ready: Ready
}

/** Saves the facts one after the other; where one cannot be saved, the next try goes on with it, never with those before. */
function useSaving(session: Session, aboutEach: (subject: Subject) => string) {
  const [busy, setBusy] = useState(false)
  const [saved, setSaved] = useState<Saved>({ drafts: null, ids: [] })
  const [unsaved, setUnsaved] = useState<unknown>(null)

  /** The ids of all of them; null where not all could be saved. */
  async function save(make: () => Drafts, also: Partial<Draft>): Promise<string[] | null> {
    setBusy(true)
    setUnsaved(null)
    // Made once: a second try after a full disk goes on with the same facts where the first one stopped.
    const drafts = saved.drafts ?? make()
    const ids = [...saved.ids]
    try {
      for (const { subject, draft } of drafts.slice(ids.length)) ids.push((await recordWith(session.person.id, aboutEach(subject), { ...draft, ...also })).id)
      const first = drafts[0]
      if (first) void learn(first.draft)
      return ids
    } catch (error) {
      setSaved({ drafts: ids.length === 0 ? null : drafts, ids })
      setUnsaved(error ?? new Error())
      setBusy(false)
      return null
    }
  }
  return { busy, saved, unsaved, save }
}

function Doing({ kind, a, subjects, merged, session, title, ready: { habits, rules } }: DoingProps) {
  const w = useWords()
  const [groups] = useState(() => perFact(kind, subjects))
  const [form, setForm] = useState<ActForm>(() => byTheBooks(kind, openForm(kind, merged, session, habits), merged))
  const [errors, setErrors] = useState<FormErrors>({})
  const [active, setActive] = useState<string | null>(null)
  const [placed, setPlaced] = useState<Placed>({ no_place: 'not_asked' })
  const evidence = useEvidence({ person: session.person.id, name: `${kind}/many` })
  const { busy, saved, unsaved, save } = useSaving(session, (subject) => aboutOf(w.doing.lineCount, title, subject))
  const set = (change: Partial<ActForm>) => {
    setForm((have) => ({ ...have, ...change }))
    setErrors({})
  }

  async function confirm(): Promise<void> {
    const found = errorsOf(kind, form, merged)
    setErrors(found)
    const wrong = Object.keys(found)[0]
    if (wrong !== undefined) {
      if (/^(amount|refused):/.test(wrong)) setActive(wrong)
      requestAnimationFrame(() => document.querySelector('.wrong')?.scrollIntoView({ block: 'center' }))
      return
    }
    const ids = await save(() => draftsFor(kind, form, groups), { ...placed, evidence: [...evidence.pieces] })
    if (ids === null) return
    evidence.done()
    emptyTray()
    forgetAsked()
    navigate(`/app/answers/${ids.join(',')}`, { replace: true })
  }

  const typing = activeAmount(form, active)
  const fields: FieldsProps = { form, subject: merged, errors, set, active, setActive }
  return (
    <Screen
      title={a.title(title, merged.lines.length)}
      backTo="/app/many"
      testid="act-many"
      dock={
        <>
          {unsaved !== null && <NotSaved error={unsaved} />}
          {unsaved !== null && saved.ids.length > 0 && <p class="soft">{a.partSaved(saved.ids.length, saved.drafts?.length ?? 0)}</p>}
          <StopNotice kind={kind} rules={rules} fields={fields} />
          {typing && <Keypad amount={typing.amount} onChange={(amount) => set(typing.put(amount))} />}
          <Button look="main" busy={busy || evidence.busy} onClick={() => void confirm()} testid="confirm">
            {busy ? w.doing.saving : a.confirm(title, merged.lines.length)}
          </Button>
        </>
      }
    >
      <Sum a={a} lines={merged.lines} facts={groups.length} />
      {kind === 'received' && <ReceiptFields {...fields} />}
      <KindFields kind={kind} session={session} fields={fields} />
      <EvidenceFields kind={kind} form={evidence} />
      <PlaceLine place={'place' in placed ? placed.place : null} onPlace={(place, none) => setPlaced(place ? { place } : { no_place: none ?? 'not_asked' })} />
      {kind !== 'weighed' && <NoteField {...fields} />}
      <ul class="plain sheet many-lines">
        {merged.lines.map((line) => (
          <Line key={line.batch} kind={kind} line={line} fields={fields} change={a.change} />
        ))}
      </ul>
    </Screen>
  )
}

function Sum({ a, lines, facts }: { a: ActsWords; lines: readonly SubjectLine[]; facts: number }) {
  const grams = lines.reduce((sum, line) => sum + line.grams, 0)
  return (
    <p data-testid="many-sum" data-count={lines.length} data-facts={facts}>
      <b>{a.sum(lines.length, showMass(grams, lines.every((line) => line.measured)))}</b> <span class="soft">{a.papers(facts)}</span>
    </p>
  )
}

type Drafts = ReturnType<typeof draftsFor>

interface Saved {
  drafts: Drafts | null
  ids: string[]
}

/** A drum of the list. Only the one being changed has its field on the page: fifty of them would be slow to draw. */
function Line({ kind, line, fields, change }: { kind: ActKind; line: SubjectLine; fields: FieldsProps; change: string }) {
  const w = useWords()
  const { form, errors, active, setActive } = fields
  const asks = ASKS_GRAMS.has(kind) && !(kind === 'received' && form.outcome === 'refused')
  const part = kind === 'received' && form.outcome === 'part'
  const names = [`amount:${line.batch}`, `refused:${line.batch}`]
  const open = asks && names.some((name) => active === name || errors[name] !== undefined)
  const grams = countedGrams(form, line)
  const typed = gramsOf(form.amounts[line.batch])
  const refused = gramsOf(form.refused[line.batch])
  return (
    <li data-testid="many-line" data-code={line.code} data-grams={grams}>
      <div class="many-line">
        <span class="grow">
          <b class="code">{line.code}</b> <span class="soft cut2">{line.name}</span>
        </span>
        <span class={typeof typed === 'number' && typed !== line.grams ? 'changed' : undefined}>
          {showMass(grams, form.amounts[line.batch]?.text === '' ? line.measured : (form.amounts[line.batch]?.measured ?? true))}
          {typeof refused === 'number' && ` − ${showMass(refused)}`}
        </span>
        {asks && !open && (
          <Button look="plain" onClick={() => setActive(names[part ? 1 : 0] ?? null)} aria-label={`${change} ${line.code}`} testid="many-change">{change}</Button>
        )}
      </div>
      {open && (
        <>
          <LineAmount {...fields} line={line} field="amounts" label={part ? w.doing.acceptedGrams : w.doing.grams} books={line.grams} />
          {part && <LineAmount {...fields} line={line} field="refused" label={w.doing.refusedGrams} books={null} />}
        </>
      )}
    </li>
  )
}
