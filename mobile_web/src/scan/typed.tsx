import { useState } from 'preact/hooks'
import { navigate } from '../router'
import { Button, Field, Screen } from '../ui/parts'
import { useWords, type Words } from '../words'
import { compact, fold, groupedAsTyped, HUMAN_CHARACTERS, meantAsNumber, parseHuman } from './human'

function sayWhy(w: Words, text: string): string | null {
  const read = parseHuman(text)
  if ('code' in read) return null
  if (read.problem === 'human_code_mistyped') return w.typed.badCheck
  if (read.character !== null) return w.typed.badCharacter(read.character)
  return read.given > HUMAN_CHARACTERS ? w.typed.tooLong : w.typed.incomplete(HUMAN_CHARACTERS - read.given)
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
              // Only a whole code is regrouped: moving the caret while somebody corrects a character would hinder him.
              const given = event.currentTarget.value
              setText(fold(given).length === HUMAN_CHARACTERS ? groupedAsTyped(given) : given.toUpperCase())
              setAsked(false)
            }}
            autocomplete="off"
            autocapitalize="characters"
            autocorrect="off"
            spellcheck={false}
            placeholder="K7QF-2M9X-RT-C"
          />
        </Field>
      </Screen>
    </form>
  )
}
