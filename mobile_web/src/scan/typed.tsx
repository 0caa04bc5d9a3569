import './extras.css'
import { useState } from 'preact/hooks'
import { navigate } from '../router'
import { Button, Field, Screen } from '../ui/parts'
import type { ScanWords } from '../words/mirror.scan'
import { useWords, type Words } from '../words'
import { compact, fold, groupedAsTyped, groupedSoFar, HUMAN_CHARACTERS, meantAsNumber, parseHuman, suspects, type Suspicion } from './human'
import { useScanWords } from './words'

function sayWhy(w: Words, text: string): string | null {
  const read = parseHuman(text)
  if ('code' in read) return null
  if (read.problem === 'human_code_mistyped') return w.typed.badCheck
  if (read.character !== null) return w.typed.badCharacter(read.character)
  return read.given > HUMAN_CHARACTERS ? w.typed.tooLong : w.typed.incomplete(HUMAN_CHARACTERS - read.given)
}

function sayWhich(s: ScanWords, { kind, place, given, likely }: Suspicion): string {
  return kind === 'swap' ? s.wrongSwap(place, likely) : s.wrongOne(place, given, likely)
}

/** While one types: how many are still to come, that it fits, or which character is likely the wrong one. A proposal is
 * only taken by a tap, after a look at the label. */
function Help({ text, onUse }: { text: string; onUse: (code: string) => void }) {
  const s = useScanWords()
  const given = fold(text).length
  if (!s || given === 0 || meantAsNumber(text)) return null
  const wrong = suspects(text)
  const read = parseHuman(text)
  if ('code' in read) return <p role="status" data-testid="typed-fits">{s.fits}</p>
  if (given < HUMAN_CHARACTERS) return <p class="help" role="status" data-testid="typed-left">{s.almost(HUMAN_CHARACTERS - given)}</p>
  if (wrong.length === 0) return null
  return (
    <ul class="typed-suspects" data-testid="typed-suspects">
      {wrong.map((each) => (
        <li key={each.code}>
          <p>{sayWhich(s, each)}</p>
          <Button onClick={() => onUse(each.code)} testid="typed-use">{s.use(each.code)}</Button>
        </li>
      ))}
    </ul>
  )
}

/** For a label that no camera reads any more: its eleven characters, typed. */
export default function Typed() {
  const w = useWords()
  const [text, setText] = useState('')
  const [asked, setAsked] = useState(false)
  const error = asked ? sayWhy(w, text) : null

  function submit(event: Event): void {
    event.preventDefault()
    const read = parseHuman(text)
    if ('code' in read) navigate(`/app/what/${read.code}`)
    else if (meantAsNumber(text)) navigate(`/app/what/${encodeURIComponent(compact(text))}`)
    else setAsked(true)
  }

  return (
    <form onSubmit={submit} noValidate>
      <Screen
        title={w.typed.title}
        backTo="/app/scan"
        dock={
          <Button look="main" type="submit" icon="search" testid="typed-submit">
            {w.typed.submit}
          </Button>
        }
      >
        <Field id="typed" label={w.typed.label} help={w.typed.help} error={error}>
          <input
            id="typed"
            class="code typed-code"
            data-testid="typed-code"
            aria-describedby="typed-help"
            aria-invalid={error !== null}
            value={text}
            onInput={(event) => {
              // Grouped as it grows; in the middle of it nothing moves, for the caret would jump while somebody corrects.
              const given = event.currentTarget.value
              const atEnd = event.currentTarget.selectionStart === given.length && given.length > text.length
              if (fold(given).length === HUMAN_CHARACTERS) setText(groupedAsTyped(given))
              else if (atEnd && fold(given).length < HUMAN_CHARACTERS && !given.endsWith('-')) setText(groupedSoFar(given))
              else setText(given.toUpperCase())
              setAsked(false)
            }}
            autocomplete="off"
            autocapitalize="characters"
            autocorrect="off"
            spellcheck={false}
            placeholder="K7QF-2M9X-RT-C"
          />
        </Field>
        <Help text={text} onUse={(code) => setText(code)} />
      </Screen>
    </form>
  )
}
