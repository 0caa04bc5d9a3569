import { Choices, Field } from '../ui/parts'
import { ClassFinder } from '../ui/find'
import { Icon } from '../ui/icons'
import { useWords, type Words } from '../words'
import type { ReceiptOutcome } from '../wire'
import { AmountField } from './amount'
import { CAUSES, countedGrams, emptyAmount, isDisposal, leftOver, type ActForm, type Amount, type FormError, type FormErrors, type OutputRow } from './form'
import type { Subject, SubjectLine } from '../what/subject'
import { uuid7 } from '../ids'
import { figureIn, showMass } from '../quantity'

export interface FieldsProps {
  form: ActForm
  subject: Subject
  errors: FormErrors
  set: (change: Partial<ActForm>) => void
  active: string | null
  setActive: (name: string | null) => void
}

/** A sentence for each thing that is missing or cannot be read. */
export function errorWords(w: Words, error: FormErrors[string] | undefined): string | null {
  if (error === undefined) return null
  if (typeof error === 'object') return error.said
  const own: Partial<Record<FormError, string>> = w.doing
  const masses: Partial<Record<FormError, string>> = w.quantity
  const onRoad: Partial<Record<FormError, string>> = { needText: w.road.needText, needKeeper: w.road.needKeeper, needOne: w.road.needOne }
  return own[error] ?? masses[error] ?? onRoad[error] ?? null
}

/** One amount field for a batch, under the key by which the keypad and the errors know it. */
export function LineAmount(props: FieldsProps & { line: SubjectLine; field: 'amounts' | 'refused'; label: string; books: number | null }) {
  const w = useWords()
  const { line, field, form } = props
  const name = `${field === 'amounts' ? 'amount' : 'refused'}:${line.batch}`
  const first = props.subject.lines[0]?.batch === line.batch
  return (
    <AmountField
      id={name}
      label={props.label}
      amount={form[field][line.batch] ?? emptyAmount(line.grams, true)}
      books={props.books}
      booksMeasured={line.measured}
      byLabel={line.byLabel === true}
      error={errorWords(w, props.errors[name])}
      active={props.active === name}
      onActive={() => props.setActive(name)}
      onChange={(amount) => props.set({ [field]: { ...form[field], [line.batch]: amount } })}
      how={field === 'amounts'}
      testid={field === 'amounts' ? (first ? 'grams-input' : `grams-input-${line.code}`) : first ? 'refused-input' : `refused-input-${line.code}`}
    />
  )
}

export function ReceiptFields(props: FieldsProps) {
  const w = useWords()
  const { form, set, errors } = props
  return (
    <>
      <Choices<ReceiptOutcome>
        legend={w.doing.outcome}
        name="outcome"
        value={form.outcome}
        columns={3}
        options={[
          { value: 'whole', label: w.doing.whole },
          // What is refused is told batch by batch, and the label of a manifest names none.
          ...(props.subject.lines.length === 0 ? [] : [{ value: 'part' as const, label: w.doing.part }]),
          { value: 'refused', label: w.doing.refused },
        ]}
        onChoose={(outcome) => {
          set({ outcome })
          // A refusal asks for more than grams: the keypad makes room for it.
          if (outcome !== 'whole') props.setActive(null)
        }}
      />
      {form.outcome !== 'whole' && (
        <>
          <Choices
            legend={w.doing.cause}
            name="cause"
            value={form.cause}
            columns={2}
            options={CAUSES.map((value) => ({ value, label: w.doing.causes[value] }))}
            onChoose={(cause) => set({ cause })}
            error={errorWords(w, errors['cause'])}
          />
          <Field id="cause-text" label={form.cause === 'other' ? w.doing.text : `${w.doing.text} (${w.common.optional})`} error={errorWords(w, errors['text'])}>
            <input id="cause-text" data-testid="cause-text" value={form.text} maxLength={300}
              onFocus={() => props.setActive(null)} onInput={(event) => set({ text: event.currentTarget.value })} />
          </Field>
        </>
      )}
    </>
  )
}

export function PlateField({ form, set, setActive, errors, label, needed = false }: FieldsProps & { label?: string; needed?: boolean }) {
  const w = useWords()
  const name = label ?? w.doing.plate
  return (
    <Field id="plate" label={needed ? name : `${name} (${w.common.optional})`} help={w.doing.plateHelp} error={errorWords(w, errors['plate'])}>
      <input id="plate" data-testid="plate" value={form.plate} maxLength={20} autocapitalize="characters" spellcheck={false}
        onFocus={() => setActive(null)} onInput={(event) => set({ plate: event.currentTarget.value })} />
    </Field>
  )
}

export function NoteField({ form, set, setActive }: FieldsProps) {
  const w = useWords()
  return (
    <Field id="note" label={`${w.doing.note} (${w.common.optional})`}>
      <input id="note" data-testid="note" value={form.note} maxLength={300}
        onFocus={() => setActive(null)} onInput={(event) => set({ note: event.currentTarget.value })} />
    </Field>
  )
}

export function TreatmentSelect(props: { value: string; error: string | null; onChoose: (code: string) => void; label: string; onFocus?: () => void }) {
  const w = useWords()
  const names = Object.entries(w.treatmentName)
  return (
    <Field id="treatment" label={props.label} error={props.error}>
      <select id="treatment" data-testid="treatment" value={props.value} onFocus={() => props.onFocus?.()}
        onChange={(event) => props.onChoose(event.currentTarget.value)}>
        <option value="">—</option>
        {names.map(([code, name]) => (
          <option key={code} value={code}>
            {code} {name}
          </option>
        ))}
      </select>
    </Field>
  )
}

const OUTPUT_KINDS = ['product', 'residue', 'loss'] as const

export function TreatmentFields(props: FieldsProps) {
  const w = useWords()
  const { form, set, errors, subject } = props
  const rest = leftOver(form, subject)
  const add = (kind: OutputRow['kind']) => {
    const key = uuid7()
    const largest = subject.lines.reduce((sum, line) => sum + countedGrams(form, line), 0)
    const amount: Amount = emptyAmount(largest, true)
    // What is still to account for is the likeliest figure for the next output.
    if (rest > 0) amount.text = figureIn(rest, amount.unit)
    set({ outputs: [...form.outputs, { key, kind, name: '', wasteClass: null, amount }] })
    props.setActive(`output:${key}`)
  }
  const about = rest === 0 ? w.doing.addsUp : rest > 0 ? w.doing.leftOver(showMass(rest)) : w.doing.tooMuch(showMass(-rest))
  return (
    <>
      <TreatmentSelect label={w.doing.treatment} value={form.treatment} error={errorWords(w, errors['treatment'])}
        onChoose={(treatment) => set({ treatment })} onFocus={() => props.setActive(null)} />
      <section class="stack">
        <h2>{w.doing.outputs}</h2>
        <p class="help">{isDisposal(form.treatment) ? w.doing.disposalHelp : w.doing.outputsHelp}</p>
        {errors['outputs'] && (
          <p class="error" role="alert">
            <Icon name="stop" size={18} /> {errorWords(w, errors['outputs'])}
          </p>
        )}
        {form.outputs.map((output) => (
          <OutputCard key={output.key} {...props} output={output} />
        ))}
        {(form.outputs.length > 0 || !isDisposal(form.treatment)) && (
          <p class={`chip ${rest === 0 ? 'fine' : 'watch'}`} data-testid="left-over" data-grams={rest} role="status">
            <Icon name={rest === 0 ? 'fine' : 'watch'} size={18} /> {about}
          </p>
        )}
        <div class="choices c3">
          {OUTPUT_KINDS.map((kind) => (
            <button key={kind} type="button" class="button" onClick={() => add(kind)} data-testid={`add-${kind}`}>
              <Icon name="plus" size={20} /> {w.doing[kind]}
            </button>
          ))}
        </div>
      </section>
    </>
  )
}

function OutputCard(props: FieldsProps & { output: OutputRow }) {
  const w = useWords()
  const { output, form, set, errors } = props
  const name = `output:${output.key}`
  const change = (part: Partial<OutputRow>) =>
    set({ outputs: form.outputs.map((each) => (each.key === output.key ? { ...each, ...part } : each)) })
  return (
    <div class="sheet output" data-testid={`output-${output.kind}`}>
      <div class="output-head">
        <strong>{w.doing[output.kind]}</strong>
        <button type="button" aria-label={w.doing.remove} data-testid="output-remove"
          onClick={() => {
            set({ outputs: form.outputs.filter((each) => each.key !== output.key) })
            if (props.active === name) props.setActive(null)
          }}>
          <Icon name="close" size={20} />
        </button>
      </div>
      <AmountField id={name} label={w.doing.grams} amount={output.amount} books={null} error={errorWords(w, errors[name])}
        active={props.active === name} onActive={() => props.setActive(name)} onChange={(amount) => change({ amount })}
        testid={`output-${output.kind}-grams`} how={false} />
      {output.kind === 'residue' ? (
        <ClassFinder id={`class-${output.key}`} label={w.doing.residueClass} error={errorWords(w, errors[`class:${output.key}`])}
          chosen={output.wasteClass} onChoose={(wasteClass) => change({ wasteClass })} testid="residue-class" />
      ) : (
        <Field id={`name-${output.key}`} label={`${output.kind === 'product' ? w.doing.productName : w.doing.text} (${w.common.optional})`}
          help={output.kind === 'loss' ? w.doing.lossName : undefined}>
          <input id={`name-${output.key}`} data-testid={`output-${output.kind}-name`} value={output.name} maxLength={120}
            onFocus={() => props.setActive(null)} onInput={(event) => change({ name: event.currentTarget.value })} />
        </Field>
      )}
    </div>
  )
}
