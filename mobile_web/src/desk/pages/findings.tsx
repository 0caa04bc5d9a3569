import { useState } from 'preact/hooks'
import { apiPost } from '../../api'
import { Button, Field } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { sentenceIn } from '../../words'
import { useDesk } from '../desk'
import { momentIn } from '../format'
import type { DeskPageProps } from '../index'
import { Sentence } from '../lists/filters'
import { List } from '../lists/list'
import { valuesFrom, type SentencePart } from '../lists/sentence'
import { usePages } from '../lists/usePages'
import { Head, Severity, Who } from '../parts'
import type { FindingRow } from '../shapes'

const PATH = '/app/desk/findings'

function AnswerForm({ finding, onAnswered }: { finding: FindingRow; onAnswered: (finding: FindingRow) => void }) {
  const { d } = useDesk()
  const [text, setText] = useState('')
  const [empty, setEmpty] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  async function send(event: Event): Promise<void> {
    event.preventDefault()
    const answer = text.trim()
    setEmpty(answer === '')
    if (answer === '') return
    setBusy(true)
    setError(null)
    try {
      onAnswered(await apiPost<FindingRow>(`/findings/${finding.id}/answer`, { text: answer }))
    } catch (problem) {
      setError(problem)
      setBusy(false)
    }
  }
  const id = `answer-${finding.id}`
  return (
    <form class="answer" onSubmit={send} data-testid="answer-form">
      <Field id={id} label={d.findings.answerLabel} help={d.findings.answerHelp} error={empty ? d.findings.answerEmpty : null}>
        <textarea id={id} rows={3} maxLength={2000} value={text} onInput={(event) => setText(event.currentTarget.value)} data-testid="answer-text" />
      </Field>
      {error !== null && <Trouble error={error} />}
      <Button type="submit" look="main" busy={busy} testid="answer-send">
        {busy ? d.findings.answerSending : d.findings.answerSend}
      </Button>
    </form>
  )
}

export function Answered({ finding }: { finding: FindingRow }) {
  const { d, language } = useDesk()
  if (finding.answered_at === null) return null
  return (
    <blockquote class="answered" data-testid="answered">
      {finding.answer}
      <footer class="soft small">{d.findings.answered(momentIn(language, finding.answered_at))}</footer>
    </blockquote>
  )
}

function FindingItem({ finding, onAnswered }: { finding: FindingRow; onAnswered: (finding: FindingRow) => void }) {
  const { d, language, session } = useDesk()
  const [open, setOpen] = useState(false)
  const mayAnswer = ['regulator', 'manager'].includes(session.person.role) && finding.answered_at === null
  const about = finding.human_code ?? finding.batch
  return (
    <li class="finding-item" data-testid="finding-row" data-severity={finding.severity} data-code={finding.code}>
      <Severity severity={finding.severity} />
      <div class="finding-says">
        <p>{sentenceIn(language, finding)}</p>
        <p class="soft small">
          {momentIn(language, finding.observed_at)}
          {finding.enterprise !== null && <> · <Who party={finding.enterprise} /></>}
          {finding.law != null && finding.law !== '' && <> · {d.findings.law(finding.law)}</>}
        </p>
        <Answered finding={finding} />
        {open && <AnswerForm finding={finding} onAnswered={onAnswered} />}
      </div>
      <div class="finding-acts">
        {about != null && (
          <a href={`/app/desk/batch/${encodeURIComponent(about)}`} data-row data-testid="finding-batch" class="code">
            {finding.human_code ?? d.common.open}
          </a>
        )}
        {mayAnswer && (
          <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)} data-testid="answer-open">
            {d.findings.answer}
          </button>
        )}
      </div>
    </li>
  )
}

export function FindingsPage({ query }: DeskPageProps) {
  const { d } = useDesk()
  const options = (words: Readonly<Record<string, string>>, order: string[]) => order.map((value) => ({ value, label: words[value] ?? value }))
  const parts: SentencePart[] = [
    d.findings.sentence.show,
    { name: 'open', kind: 'choice', options: options(d.findings.openness, ['true', 'false']), start: 'true' },
    d.findings.sentence.that,
    { name: 'severity', kind: 'choice', options: options(d.findings.severity, ['', 'stop', 'watch', 'note']) },
    d.findings.sentence.weight,
  ]
  const values = valuesFrom(parts, query)
  const pages = usePages<FindingRow>('/findings', { open: values['open'], severity: values['severity'], limit: 50 })
  return (
    <div class="findings" data-testid="findings-page">
      <Head title={<>{d.findings.title} <a class="twin" href="/app/desk/alerts" data-testid="to-alerts">{d.findings.alerts}</a></>} />
      <Sentence path={PATH} parts={parts} values={values} />
      <List pages={pages} none={d.findings.none} noneHow={d.findings.noneHow}>
        {(items) => (
          <ul class="plain finding-list">
            {items.map((finding) => (
              <FindingItem key={finding.id} finding={finding} onAnswered={(answered) => pages.replace((each) => each.id === finding.id, answered)} />
            ))}
          </ul>
        )}
      </List>
    </div>
  )
}
