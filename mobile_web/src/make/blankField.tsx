import { useRef, useState } from 'preact/hooks'
import { Button, Field, Notice } from '../ui/parts'
import { useWords } from '../words'
import type { Session } from '../wire'
import { readBlank, type Blank, type BlankProblem } from './blank'
import { CodeCamera } from './camera'
import { useRollsWords } from './words'

interface BlankProps {
  session: Session
  chosen: Blank | null
  error: string | null
  onChoose: (blank: Blank | null) => void
}

/** The roll's label a new batch is put under: scanned, or typed by its human code. */
export function BlankField({ session, chosen, error, onChoose }: BlankProps) {
  const w = useWords()
  const r = useRollsWords()
  const [text, setText] = useState('')
  const [seeing, setSeeing] = useState(false)
  const [problem, setProblem] = useState<BlankProblem | null>(null)
  const busy = useRef(false)
  if (r === null) return null

  async function take(given: string): Promise<void> {
    if (busy.current || given.trim() === '') return
    busy.current = true
    const found = await readBlank(session, given).finally(() => (busy.current = false))
    if (typeof found === 'string') {
      setProblem(found)
      return
    }
    setProblem(null)
    setSeeing(false)
    setText('')
    onChoose(found)
  }

  if (chosen !== null) {
    return (
      <div class="field">
        <span class="label">{r.label}</span>
        <div class="sheet chosen" data-testid="roll-label-chosen">
          <b class="grow code">{chosen.code}</b>
          <Button look="plain" onClick={() => onChoose(null)} testid="roll-label-change">{w.make.change}</Button>
        </div>
      </div>
    )
  }
  return (
    <div class="stack" data-testid="roll-label">
      <Field id="roll-label" label={`${r.label} (${w.common.optional})`} help={r.labelHelp} error={error}>
        <input id="roll-label" class="code" data-testid="roll-label-input" value={text} autocomplete="off" autocapitalize="characters" spellcheck={false}
          placeholder="K7QF-2M9X-RT-C" onInput={(event) => setText(event.currentTarget.value)} />
      </Field>
      {problem !== null && <Notice meaning="stop" title={r.wrong[problem]} testid="roll-label-problem" live />}
      {seeing && <CodeCamera paused={false} onText={(read) => void take(read)} />}
      <div class="row">
        <div class="grow stack"><Button icon="scan" onClick={() => setSeeing(!seeing)} testid="roll-label-scan">{seeing ? r.stopScan : r.scan}</Button></div>
        <div class="grow stack"><Button disabled={text.trim() === ''} onClick={() => void take(text)} testid="roll-label-take">{r.take}</Button></div>
      </div>
    </div>
  )
}
