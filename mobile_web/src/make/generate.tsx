import '../act/act.css'
import { useEffect, useState } from 'preact/hooks'
import { apiPost } from '../api'
import { AmountField, Keypad } from '../act/amount'
import { errorWords } from '../act/fields'
import { emptyAmount, gramsOf, type Amount, type FormError } from '../act/form'
import { PlaceLine } from '../act/place'
import { sayReceipt } from '../act/answer'
import { instantHere, uuid7 } from '../ids'
import { navigate } from '../router'
import type { PageProps } from '../shell'
import { receiptFor, record, sendUnsent, type Draft } from '../sync'
import { ClassFinder } from '../ui/find'
import { NotSaved } from '../ui/notSaved'
import { Button, Choices, Field, Notice, Screen } from '../ui/parts'
import { nameIn, useLanguage, useWords } from '../words'
import { Findings } from '../what/finding'
import type { Batch, FactPlace, Receipt, Session, Uuid, WasteClass } from '../wire'
import { readBlank, type Blank } from './blank'
import { BlankField } from './blankField'
import { noteMade, recentClasses, rememberClass, takeLabel } from './held'
import { LabelPicture } from './picture'
import { useRollsWords } from './words'

const FORMS = ['solid', 'semi_solid', 'liquid', 'gas'] as const
const CONTAINERS = ['drum', 'bag', 'ibc', 'tank', 'box', 'pile'] as const

interface NewBatch {
  /** The roll's label it is put under, where it is put under one. */
  label: Blank | null
  wasteClass: WasteClass | null
  amount: Amount
  form: (typeof FORMS)[number] | null
  container: (typeof CONTAINERS)[number] | null
  process: string
}

const EMPTY: NewBatch = { label: null, wasteClass: null, amount: emptyAmount(0, false), form: null, container: null, process: '' }

type Errors = Partial<Record<'class' | 'grams' | 'form', FormError | 'needForm'>>

function errorsIn(batch: NewBatch): Errors {
  const errors: Errors = {}
  const grams = gramsOf(batch.amount)
  if (!batch.wasteClass) errors.class = 'needClass'
  if (grams === null) errors.grams = 'needGrams'
  else if (typeof grams !== 'number') errors.grams = grams
  if (!batch.form) errors.form = 'needForm'
  return errors
}

function draftOf(id: Uuid, batch: NewBatch, wasteClass: WasteClass, grams: number, place: FactPlace | null): Draft {
  const { scheme, edition, code } = wasteClass
  const draft: Draft = {
    kind: 'generated',
    observed_at: instantHere(),
    manifest: null,
    lines: [{ batch: id, grams, measured: batch.amount.measured }],
    details: {
      class: { scheme, edition, code },
      form: batch.form,
      ...(batch.label ? { label: batch.label.id } : {}),
      ...(batch.container ? { container: batch.container } : {}),
      ...(batch.process.trim() === '' ? {} : { process: batch.process.trim() }),
    },
  }
  if (place) draft.place = place
  return draft
}

interface Made {
  id: Uuid
  /** Known before the server has heard of it: the roll label's. */
  code: string | null
  receipt: Receipt | null
  batch: Batch | null
}

/** Writes the batch down, sends it, and fetches what the park made of it. Throws only when nothing was saved. */
async function make(session: Session, about: string, id: Uuid, draft: Draft, batch: NewBatch): Promise<Made> {
  const row = await record(session.person.id, about, draft)
  await noteHere(session, id, batch, draft)
  await sendUnsent(session.person.id).catch(() => undefined)
  const receipt = (await receiptFor(row.id))?.receipt ?? null
  const known = receipt?.verdict === 'recorded' || receipt?.verdict === 'already_recorded'
  // The label is issued, and its issue logged, before anybody can print it.
  const printed = known ? await apiPost<Batch>(`/batches/${id}/label`, {}).catch(() => null) : null
  return { id, code: batch.label?.code ?? null, receipt, batch: printed }
}

/** What the next hours without a network want to know of it. The fact is on disk already: this is a convenience only. */
async function noteHere(session: Session, id: Uuid, batch: NewBatch, draft: Draft): Promise<void> {
  const { label, wasteClass } = batch
  const line = draft.lines[0]
  try {
    if (label) await takeLabel(label.id)
    if (wasteClass === null) return
    await rememberClass(session, wasteClass)
    const { code, hazardous } = wasteClass
    await noteMade(session, { id, code: label?.code ?? null, name: code, grams: line?.grams ?? 0, measured: line?.measured === true, hazardous })
  } catch {
    // A phone that cannot keep this can still record.
  }
}

export default function Generate({ session, query }: PageProps) {
  const [made, setMade] = useState<Made | null>(null)
  const [given, setGiven] = useState(query.get('label'))
  const another = () => {
    setGiven(null)
    setMade(null)
  }
  if (made) return <MadeScreen made={made} onAnother={another} />
  return <Form session={session} given={given} onMade={setMade} />
}

/** The label somebody scanned before they came here. */
function useGiven(session: Session, given: string | null, onLabel: (label: Blank) => void): void {
  useEffect(() => {
    if (given !== null) void readBlank(session, given).then((found) => typeof found !== 'string' && onLabel(found))
    // Once for what was scanned; the form itself changes with every key.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [session, given])
}

// Photos and scale tickets (<EvidenceFields>) come above the place, and their list into the draft.
function Form({ session, given, onMade }: { session: Session; given: string | null; onMade: (made: Made) => void }) {
  const w = useWords()
  const [batch, setBatch] = useState<NewBatch>(EMPTY)
  const [errors, setErrors] = useState<Errors>({})
  const [typing, setTyping] = useState(false)
  const [place, setPlace] = useState<FactPlace | null>(null)
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
    const grams = gramsOf(batch.amount)
    if (Object.keys(found).length > 0 || !batch.wasteClass || typeof grams !== 'number') {
      requestAnimationFrame(() => document.querySelector('.wrong')?.scrollIntoView({ block: 'center' }))
      return
    }
    setBusy(true)
    setUnsaved(null)
    const id = uuid7()
    try {
      onMade(await make(session, `${w.act.generated} · ${batch.wasteClass.code}`, id, draftOf(id, batch, batch.wasteClass, grams, place), batch))
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
          {typing && <Keypad amount={batch.amount} onChange={(amount) => set({ amount })} />}
          <Button look="main" icon="tag" busy={busy} onClick={() => void submit()} testid="generate-submit">
            {busy ? w.doing.saving : w.make.submit}
          </Button>
        </>
      }
    >
      {unsaved !== null && <NotSaved error={unsaved} />}
      <div class="stack" onFocusCapture={() => setTyping(false)}>
        <BlankField session={session} chosen={batch.label} onChoose={(label) => set({ label })} />
        {batch.wasteClass === null && <Recent session={session} onChoose={(wasteClass) => set({ wasteClass })} />}
        <ClassFinder id="class" label={w.make.class} error={errors.class ? w.make.needClass : null} chosen={batch.wasteClass}
          onChoose={(wasteClass) => set({ wasteClass })} testid="class-search" />
      </div>
      <AmountField id="grams" label={w.doing.grams} amount={batch.amount} books={null}
        error={errors.grams === undefined || errors.grams === 'needForm' ? null : errorWords(w, errors.grams)}
        active={typing} onActive={() => setTyping(true)} onChange={(amount) => set({ amount })} testid="grams-input" />
      <Choices legend={w.make.form} name="form" value={batch.form} columns={4} error={errors.form ? w.make.needForm : null}
        options={FORMS.map((value) => ({ value, label: w.make.forms[value] }))} onChoose={(form) => set({ form })} />
      <Choices legend={`${w.make.container} (${w.common.optional})`} name="container" value={batch.container} columns={3}
        options={CONTAINERS.map((value) => ({ value, label: w.make.containers[value] }))} onChoose={(container) => set({ container })} />
      <Field id="process" label={`${w.make.process} (${w.common.optional})`} help={w.make.processHelp}>
        <input id="process" data-testid="process" value={batch.process} maxLength={120} onFocus={() => setTyping(false)}
          onInput={(event) => set({ process: event.currentTarget.value })} />
      </Field>
      <PlaceLine place={place} onPlace={setPlace} />
    </Screen>
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

function MadeScreen({ made, onAnother }: { made: Made; onAnother: () => void }) {
  const w = useWords()
  const language = useLanguage()
  const r = useRollsWords()
  const { receipt, batch } = made
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
      </div>
      {made.code !== null && (
        <>
          {!batch && r && <Notice meaning="fine" title={r.kept}>{r.keptHow}</Notice>}
          <p class="number code" data-testid="roll-code">{made.code}</p>
        </>
      )}
      {batch && made.code === null && (
        <LabelPicture src={`/api/v1/batches/${batch.id}/label.png`} code={batch.human_code} text={batch.label_text} help={w.make.labelHelp} />
      )}
    </Screen>
  )
}
