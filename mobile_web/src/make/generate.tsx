import '../act/act.css'
import { useEffect, useState } from 'preact/hooks'
import { apiPost } from '../api'
import { AmountField, Keypad } from '../act/amount'
import { errorWords } from '../act/fields'
import { PlaceLine } from '../act/place'
import { evidenceAgain, toldBefore } from '../act/again'
import { sayReceipt } from '../act/answer'
import { useBecame } from '../act/became'
import { WhyAgain } from '../act/whyAgain'
import { recordWith } from '../evidence/evidence'
import { EvidenceFields } from '../evidence/fields'
import { useEvidence, type EvidenceForm } from '../evidence/useEvidence'
import { uuid7 } from '../ids'
import { forgetDraft, useDraft } from '../people/draft'
import type { Placed } from '../place'
import { navigate } from '../router'
import type { PageProps } from '../shell'
import { receiptFor, sendUnsent, type Draft } from '../sync'
import { ClassFinder, StoreFinder } from '../ui/find'
import { NotSaved } from '../ui/notSaved'
import { Button, Choices, Field, Notice, Screen, Waiting } from '../ui/parts'
import { useAsk } from '../ui/useAsk'
import { nameIn, useLanguage, useWords, type Words } from '../words'
import { Findings } from '../what/finding'
import type { Batch, Receipt, Session, Uuid, WasteClass } from '../wire'
import { batchAgain, batchErrorsAgain, batchIdAgain, labelIsFree, type BatchAgain } from './againBatch'
import { readBlank, type Blank } from './blank'
import { BlankField } from './blankField'
import { recentClasses, refreshHeld, rememberClass, takeLabel } from './held'
import { CONTAINERS, errorsIn, FORMS, newBatchDraft, type NewBatch, type NewBatchErrors } from './newBatch'
import { LabelPicture } from './picture'
import { useRollsWords } from './words'

interface Made {
  id: Uuid
  /** Known before the server has heard of it: the roll label's. */
  code: string | null
  /** The record that tells of it. */
  fact: Uuid
  receipt: Receipt | null
  batch: Batch | null
}

/** Writes the batch down, sends it, and fetches what the park made of it. Throws only when nothing was saved. */
async function make(session: Session, about: string, id: Uuid, draft: Draft, batch: NewBatch, onKept: () => void): Promise<Made> {
  const row = await recordWith(session.person.id, about, draft)
  onKept()
  await noteHere(session, batch)
  await sendUnsent(session.person.id).catch(() => undefined)
  const receipt = (await receiptFor(row.id))?.receipt ?? null
  const known = receipt?.verdict === 'recorded' || receipt?.verdict === 'already_recorded'
  // The label is issued, and its issue logged, before anybody can print it.
  const printed = known ? await apiPost<Batch>(`/batches/${id}/label`, {}).catch(() => null) : null
  return { id, code: batch.label?.code ?? null, fact: row.id, receipt, batch: printed }
}

/** What the next drum wants to know of this one. The fact is on disk already: this is a convenience only. */
async function noteHere(session: Session, { label, wasteClass }: NewBatch): Promise<void> {
  try {
    if (label) await takeLabel(label.id)
    if (wasteClass) await rememberClass(session, wasteClass)
  } catch {
    // A phone that cannot keep this can still record.
  }
}

async function toldAgain(id: string | null, session: Session): Promise<BatchAgain | null> {
  const told = await toldBefore(id, session)
  return told?.fact.kind === 'generated' ? { told, labelFree: await labelIsFree(told).catch(() => false) } : null
}

const FRESH_MS = 60_000

export default function Generate({ session, query }: PageProps) {
  const w = useWords()
  const [made, setMade] = useState<Made | null>(null)
  const [given, setGiven] = useState(query.get('label'))
  const [before, setBefore] = useState(query.get('again'))
  const [asked] = useAsk(before ?? '', () => toldAgain(before, session))
  // A label that is typed is looked up among those of the rolls this phone keeps.
  useEffect(() => void refreshHeld(session, FRESH_MS).catch(() => undefined), [session])
  const another = () => {
    setGiven(null)
    setBefore(null)
    setMade(null)
  }
  if (made) return <MadeScreen made={made} person={session.person.id} onAnother={another} />
  if (before !== null && asked.status === 'asking') return <Screen title={w.make.title}><Waiting /></Screen>
  const again = before !== null && asked.status === 'have' ? asked.value : null
  return <Form session={session} given={given} again={again} onMade={setMade} />
}

/** The label somebody scanned before they came here. */
function useGiven(session: Session, given: string | null, onLabel: (label: Blank) => void): void {
  useEffect(() => {
    if (given !== null) void readBlank(session, given).then((found) => typeof found !== 'string' && onLabel(found))
    // Once for what was scanned; the form itself changes with every key.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [session, given])
}

const DRAFT = 'new'

interface FormProps {
  session: Session
  given: string | null
  again: BatchAgain | null
  onMade: (made: Made) => void
}

/** What is filled in, with its photos: empty, or as it was told before. */
function useBatch(me: Uuid, again: BatchAgain | null) {
  const language = useLanguage()
  const told = again?.told ?? null
  const name = told === null ? DRAFT : `${DRAFT}/${told.fact.id}`
  const [batch, setBatch] = useDraft<NewBatch>(me, name, () => batchAgain(again))
  const [errors, setErrors] = useState<NewBatchErrors>(() => batchErrorsAgain(told, language))
  const evidence = useEvidence({ person: me, name }, evidenceAgain(told))
  return { told, name, batch, setBatch, errors, setErrors, evidence }
}

function Form({ session, given, again, onMade }: FormProps) {
  const w = useWords()
  const me = session.person.id
  const { told, name, batch, setBatch, errors, setErrors, evidence } = useBatch(me, again)
  const [typing, setTyping] = useState(false)
  const [placed, setPlaced] = useState<Placed>({ no_place: 'not_asked' })
  const [busy, setBusy] = useState(false)
  const [unsaved, setUnsaved] = useState<unknown>(null)
  useGiven(session, given, (label) => setBatch((have) => ({ ...have, label })))
  const set = (change: Partial<NewBatch>) => {
    setBatch((have) => ({ ...have, ...change }))
    setErrors({})
  }

  async function submit(): Promise<void> {
    const found = errorsIn(batch)
    setErrors(found)
    const id = batchIdAgain(told) ?? uuid7()
    const draft = newBatchDraft(id, batch, placed, evidence.pieces)
    if (Object.keys(found).length > 0 || draft === null) {
      requestAnimationFrame(() => document.querySelector('.wrong')?.scrollIntoView({ block: 'center' }))
      return
    }
    setBusy(true)
    setUnsaved(null)
    try {
      onMade(
        await make(session, `${w.act.generated} · ${batch.wasteClass?.code ?? ''}`, id, draft, batch, () => {
          // Locked while it is being sent, the form must not come back filled in: the drum is written down.
          evidence.done()
          forgetDraft(me, name)
        }),
      )
    } catch (error) {
      setUnsaved(error ?? new Error())
      setBusy(false)
    }
  }

  return (
    <Screen
      title={w.make.title}
      testid="generate"
      dock={
        <>
          {unsaved !== null && <NotSaved error={unsaved} />}
          {typing && <Keypad amount={batch.amount} onChange={(amount) => set({ amount })} />}
          <Button look="main" icon="tag" busy={busy || evidence.busy} onClick={() => void submit()} testid="generate-submit">
            {busy ? w.doing.saving : w.make.submit}
          </Button>
        </>
      }
    >
      <WhyAgain told={told} />
      <div class="stack" onFocusCapture={() => setTyping(false)}>
        <BlankField session={session} chosen={batch.label} error={sayError(w, errors.label)} onChoose={(label) => set({ label })} />
        {batch.wasteClass === null && <Recent session={session} onChoose={(wasteClass) => set({ wasteClass })} />}
        <ClassFinder id="class" label={w.make.class} error={sayError(w, errors.class)} chosen={batch.wasteClass}
          onChoose={(wasteClass) => set({ wasteClass })} testid="class-search" />
      </div>
      <AmountField id="grams" label={w.doing.grams} amount={batch.amount} books={null}
        error={sayError(w, errors.grams)}
        active={typing} onActive={() => setTyping(true)} onChange={(amount) => set({ amount })} testid="grams-input" />
      <Choices legend={w.make.form} name="form" value={batch.form} columns={4} error={sayError(w, errors.form)}
        options={FORMS.map((value) => ({ value, label: w.make.forms[value] }))} onChoose={(form) => set({ form })} />
      <div class="stack" onFocusCapture={() => setTyping(false)}>
        <More session={session} batch={batch} errors={errors} set={set} evidence={evidence} />
        <PlaceLine place={'place' in placed ? placed.place : null} onPlace={(place, none) => setPlaced(place ? { place } : { no_place: none ?? 'not_asked' })} />
      </div>
    </Screen>
  )
}

interface MoreProps {
  session: Session
  batch: NewBatch
  errors: NewBatchErrors
  set: (change: Partial<NewBatch>) => void
  evidence: EvidenceForm
}

/** A sentence for what is missing, cannot be read, or was turned away before. */
function sayError(w: Words, error: NewBatchErrors[keyof NewBatchErrors]): string | null {
  if (error === 'needForm') return w.make.needForm
  return error === 'needClass' ? w.make.needClass : errorWords(w, error)
}

/** What may be said of it and need not. */
function More({ session, batch, errors, set, evidence }: MoreProps) {
  const w = useWords()
  const optional = (label: string) => `${label} (${w.common.optional})`
  return (
    <>
      <Choices legend={optional(w.make.container)} name="container" value={batch.container} columns={3} error={sayError(w, errors.container)}
        options={CONTAINERS.map((value) => ({ value, label: w.make.containers[value] }))} onChoose={(container) => set({ container })} />
      <Field id="process" label={optional(w.make.process)} help={w.make.processHelp} error={sayError(w, errors.process)}>
        <input id="process" data-testid="process" value={batch.process} maxLength={120} onInput={(event) => set({ process: event.currentTarget.value })} />
      </Field>
      <StoreFinder id="store" label={optional(w.doing.store)} enterprise={session.enterprise?.id ?? null} error={sayError(w, errors.store)} chosen={batch.store}
        onChoose={(store) => set({ store })} testid="store" />
      <EvidenceFields kind="generated" form={evidence} />
      <Field id="note" label={optional(w.doing.note)}>
        <input id="note" data-testid="note" value={batch.note} maxLength={300} onInput={(event) => set({ note: event.currentTarget.value })} />
      </Field>
    </>
  )
}

/** The classes this enterprise used before on this phone: one tap, and no network. */
function Recent({ session, onChoose }: { session: Session; onChoose: (wasteClass: WasteClass) => void }) {
  const [classes, setClasses] = useState<WasteClass[]>([])
  useEffect(() => void recentClasses(session).then(setClasses, () => undefined), [session])
  const r = useRollsWords()
  const language = useLanguage()
  if (r === null || classes.length === 0) return null
  return (
    <div class="field">
      <span class="label">{r.recent}</span>
      <ul class="plain sheet" data-testid="recent-classes">
        {classes.map((each) => (
          <li key={`${each.scheme} ${each.edition} ${each.code}`}>
            <button type="button" class="list-item" onClick={() => onChoose(each)} data-testid="recent-class">
              <b class="code">{each.code}</b> <span class="grow cut2">{nameIn(language, each)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

function MadeScreen({ made, person, onAnother }: { made: Made; person: Uuid; onAnother: () => void }) {
  const w = useWords()
  const language = useLanguage()
  const r = useRollsWords()
  // Where there was no network the receipt may come while somebody still looks at it.
  const receipt = useBecame(made.fact, person)?.receipt ?? made.receipt
  const { batch } = made
  const said = receipt
    ? sayReceipt(w, language, receipt)
    : { meaning: 'unknown' as const, title: w.answer.unsent, how: w.answer.unsentHow }
  return (
    <Screen
      title={batch ? w.make.madeTitle : w.answer.title}
      testid="generated"
      dock={
        <>
          <div class="row">
            <div class="grow stack"><Button onClick={onAnother} testid="another">{w.make.another}</Button></div>
            {batch && <div class="grow stack"><Button icon="print" onClick={() => print()} testid="print">{w.common.print}</Button></div>}
          </div>
          {batch && (
            <Button look="main" icon="truck" onClick={() => navigate(`/app/ship?batch=${made.id}`)} testid="ship-it">{w.make.ship}</Button>
          )}
        </>
      }
    >
      <div class="no-print stack" data-testid="verdict" data-verdict={receipt?.verdict ?? 'unsent'}>
        <Notice meaning={said.meaning} title={said.title} live>{said.how}</Notice>
        <Findings findings={receipt?.findings ?? []} />
        {receipt?.verdict === 'turned_away' && <Button icon="pencil" onClick={() => navigate(`/app/answer/${made.fact}`)} testid="to-answer">{w.answer.title}</Button>}
      </div>
      {made.code !== null && (
        <>
          {!batch && receipt?.verdict !== 'turned_away' && r && <Notice meaning="fine" title={r.kept}>{r.keptHow}</Notice>}
          <p class="number code" data-testid="roll-code">{made.code}</p>
        </>
      )}
      {batch && made.code === null && (
        <LabelPicture src={`/api/v1/batches/${batch.id}/label.png`} code={batch.human_code} text={batch.label_text} help={w.make.labelHelp} />
      )}
    </Screen>
  )
}
