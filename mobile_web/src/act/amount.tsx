import './act.css'
import { figureIn, showMass } from '../quantity'
import { Icon } from '../ui/icons'
import { useWords } from '../words'
import type { Amount } from './form'

/** The keypad rises over the foot of the page: the figure being typed is moved up to where it stays in sight. */
function showWhole(input: HTMLInputElement): void {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  requestAnimationFrame(() => input.closest('.amount')?.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' }))
}

/** One mass to fill in: a big figure, its unit, and whether it was weighed. Tapping it brings up the keypad. */
export function AmountField(props: {
  id: string
  label: string
  amount: Amount
  /** What the books have; null where they have nothing yet. */
  books: number | null
  booksMeasured?: boolean
  /** It is the label that says so: the books are not at hand. */
  byLabel?: boolean
  error: string | null
  active: boolean
  onActive: () => void
  onChange: (amount: Amount) => void
  testid: string
  /** Where the wire says nothing of how a mass was found, nobody is asked for it. */
  how?: boolean
}) {
  const w = useWords()
  const { amount, books, onChange } = props
  const show = books === null ? '' : showMass(books, props.booksMeasured ?? true)
  return (
    <div class={props.error === null ? 'field amount' : 'field amount wrong'} data-active={props.active}>
      <label for={props.id}>{props.label}</label>
      {props.error !== null && (
        <p class="error" role="alert">
          <Icon name="stop" size={18} /> {props.error}
        </p>
      )}
      <div class="amount-line">
        <span class="amount-about" aria-hidden="true">{amount.measured || props.how === false ? '' : '≈'}</span>
        <input
          id={props.id}
          data-testid={props.testid}
          type="text"
          // Our own keypad is at hand; the phone's would cover half of the screen.
          inputMode="none"
          autocomplete="off"
          value={amount.text}
          placeholder={books === null ? '0' : figureIn(books, amount.unit)}
          onFocus={(event) => {
            props.onActive()
            showWhole(event.currentTarget)
          }}
          onInput={(event) => onChange({ ...amount, text: event.currentTarget.value })}
        />
        <UnitSwitch id={props.id} amount={amount} onChange={onChange} />
      </div>
      <div class="amount-under">
        {books !== null && (
          <button
            type="button"
            class="link-button"
            onClick={() => onChange({ text: figureIn(books, amount.unit), unit: amount.unit, measured: props.booksMeasured === true && amount.measured })}
          >
            {props.byLabel === true ? w.doing.onLabel(show) : w.doing.onBooks(show)}
          </button>
        )}
        {props.how !== false && <MeasuredSwitch id={props.id} amount={amount} onChange={onChange} />}
      </div>
    </div>
  )
}

function UnitSwitch({ id, amount, onChange }: { id: string; amount: Amount; onChange: (amount: Amount) => void }) {
  const w = useWords()
  return (
    <fieldset class="unit-switch">
      <legend class="sr">{w.doing.unit}</legend>
      {(['kg', 't'] as const).map((unit) => (
        <label key={unit} data-testid={`unit-${unit}`}>
          <input type="radio" name={`${id}-unit`} checked={amount.unit === unit} onChange={() => onChange({ ...amount, unit })} />
          <span>{unit}</span>
        </label>
      ))}
    </fieldset>
  )
}

function MeasuredSwitch({ id, amount, onChange }: { id: string; amount: Amount; onChange: (amount: Amount) => void }) {
  const w = useWords()
  return (
    <fieldset class="unit-switch words">
      <legend class="sr">{`${w.doing.measured} / ${w.doing.estimated}`}</legend>
      <label data-testid="measured">
        <input type="radio" name={`${id}-how`} checked={amount.measured} onChange={() => onChange({ ...amount, measured: true })} />
        <span>{w.doing.measured}</span>
      </label>
      <label data-testid="estimated">
        <input type="radio" name={`${id}-how`} checked={!amount.measured} onChange={() => onChange({ ...amount, measured: false })} />
        <span>≈ {w.doing.estimated}</span>
      </label>
    </fieldset>
  )
}

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '0'] as const
const FIGURE_MAX = 14

/** The digit appended as a thumb would expect: no second point, no leading zeros, no endless figure. */
export function typeKey(text: string, key: string): string {
  if (key === '.') return text.includes('.') ? text : `${text === '' ? '0' : text}.`
  if (text.length >= FIGURE_MAX) return text
  return text === '0' ? key : text + key
}

export function Keypad({ amount, onChange }: { amount: Amount; onChange: (amount: Amount) => void }) {
  const w = useWords()
  const press = (text: string) => onChange({ ...amount, text })
  // Keeping the focus where it is leaves the caret and the screen reader in the figure.
  const stay = (event: Event) => event.preventDefault()
  return (
    <div class="keypad" onPointerDown={stay} onMouseDown={stay}>
      {KEYS.map((key) => (
        <button
          key={key}
          type="button"
          onClick={() => press(typeKey(amount.text, key))}
          data-testid={key === '.' ? 'key-point' : `key-${key}`}
          aria-label={key === '.' ? w.doing.point : key}
        >
          {key}
        </button>
      ))}
      <button type="button" onClick={() => press(amount.text.slice(0, -1))} aria-label={w.doing.erase} data-testid="key-erase">
        <Icon name="erase" />
      </button>
    </div>
  )
}
