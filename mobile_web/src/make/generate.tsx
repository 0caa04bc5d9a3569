import '../act/act.css'
import { useState } from 'preact/hooks'
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
import { useLanguage, useWords } from '../words'
import { Findings } from '../what/finding'
import type { Batch, FactPlace, Receipt, Session, Uuid, WasteClass } from '../wire'
import { LabelPicture } from './picture'

const FORMS = ['solid', 'semi_solid', 'liquid', 'gas'] as const
const CONTAINERS = ['drum', 'bag', 'ibc', 'tank', 'box', 'pile'] as const

interface NewBatch {
  wasteClass: WasteClass | null
  amount: Amount
  form: (typeof FORMS)[number] | null
  container: (typeof CONTAINERS)[number] | null
  process: string
}

const EMPTY: NewBatch = { wasteClass: null, amount: emptyAmount(0, false), form: null, container: null, process: '' }

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
      ...(batch.container ? { container: batch.container } : {}),
      ...(batch.process.trim() === '' ? {} : { process: batch.process.trim() }),
    },
  }
  if (place) draft.place = place
  return draft
}

interface Made {
  id: Uuid
  receipt: Receipt | null
  batch: Batch | null
}

/** Writes the batch down, sends it, and fetches what the park made of it. Throws only when nothing was saved. */
async function make(session: Session, about: string, id: Uuid, draft: Draft): Promise<Made> {
  const row = await record(session.person.id, about, draft)
  await sendUnsent(session.person.id).catch(() => undefined)
  const receipt = (await receiptFor(row.id))?.receipt ?? null
  const known = receipt?.verdict === 'recorded' || receipt?.verdict === 'already_recorded'
  // The label is issued, and its issue logged, before anybody can print it.
  const batch = known ? await apiPost<Batch>(`/batches/${id}/label`, {}).catch(() => null) : null
  return { id, receipt, batch }
}

export default function Generate({ session }: PageProps) {
  const [made, setMade] = useState<Made | null>(null)
  if (made) return <MadeScreen made={made} onAnother={() => setMade(null)} />
  return <Form session={session} onMade={setMade} />
}

function Form({ session, onMade }: { session: Session; onMade: (made: Made) => void }) {
  const w = useWords()
  const [batch, setBatch] = useState<NewBatch>(EMPTY)
  const [errors, setErrors] = useState<Errors>({})
  const [typing, setTyping] = useState(false)
  const [place, setPlace] = useState<FactPlace | null>(null)
  const [busy, setBusy] = useState(false)
  const [unsaved, setUnsaved] = useState<unknown>(null)
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
      onMade(await make(session, `${w.act.generated} · ${batch.wasteClass.code}`, id, draftOf(id, batch, batch.wasteClass, grams, place)))
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

function MadeScreen({ made, onAnother }: { made: Made; onAnother: () => void }) {
  const w = useWords()
  const language = useLanguage()
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
      {batch && (
        <LabelPicture src={`/api/v1/batches/${batch.id}/label.png`} code={batch.human_code} text={batch.label_text} help={w.make.labelHelp} />
      )}
    </Screen>
  )
}
