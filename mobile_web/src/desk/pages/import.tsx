import { useState } from 'preact/hooks'
import { apiPost } from '../../api'
import { saveFile } from '../../carry/carry'
import { makeReceipts, OUTBOX_FORMAT, portions, readFile, type OutboxFile, type Unfit } from '../../carry/file'
import { useOutboxWords } from '../../me/words'
import { Button, MeaningChip, Notice, Waiting, type Meaning } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { sentenceIn } from '../../words'
import type { OutboxWords } from '../../words/mirror.outbox'
import type { Receipt, SyncAnswer, Verdict } from '../../wire'
import { useDesk } from '../desk'
import { Head, Section } from '../parts'

const MEANING: Record<Verdict, Meaning> = { recorded: 'fine', already_recorded: 'fine', waiting: 'unknown', conflict: 'watch', quarantined: 'watch', turned_away: 'stop' }

interface Run {
  file: OutboxFile
  receipts: Receipt[]
  trouble: unknown
}

/** Tells the park what a phone could not send; what was answered before something went wrong is kept and shown. */
async function bringIn(file: OutboxFile, onStep: (receipts: Receipt[]) => void): Promise<Run> {
  const receipts: Receipt[] = []
  try {
    for (const portion of portions(file.rows)) {
      receipts.push(...(await apiPost<SyncAnswer>('/outbox-files', portion)).receipts)
      onStep([...receipts])
    }
    return { file, receipts, trouble: null }
  } catch (trouble) {
    return { file, receipts, trouble }
  }
}

/** The records of a phone that found no network, taken in from the file it exported. */
export default function ImportPage() {
  const o = useOutboxWords()
  const [run, setRun] = useState<Run | null>(null)
  const [busy, setBusy] = useState(false)
  const [unfit, setUnfit] = useState<Unfit | null>(null)
  if (!o) return <Waiting />

  async function choose(chosen: File | undefined): Promise<void> {
    if (!chosen) return
    setRun(null)
    const file = readFile(await chosen.text())
    const why = typeof file === 'string' ? file : file.format === OUTBOX_FORMAT ? null : 'not_ours'
    setUnfit(why)
    if (why !== null || typeof file === 'string' || file.format !== OUTBOX_FORMAT) return
    setBusy(true)
    setRun(await bringIn(file, (receipts) => setRun({ file, receipts, trouble: null })))
    setBusy(false)
  }

  return (
    <div data-testid="import">
      <Head title={o.desk.title}><p class="lead">{o.desk.lead}</p></Head>
      <label class="button main" aria-disabled={busy}>
        <span>{o.desk.choose}</span>
        <input class="sr" type="file" accept=".json,application/json" disabled={busy} data-testid="import-file"
          onChange={(event) => {
            void choose(event.currentTarget.files?.[0])
            event.currentTarget.value = ''
          }} />
      </label>
      {unfit !== null && <Notice meaning="stop" title={o.file.bad} testid="import-unfit" live>{o.file.reasons[unfit]}</Notice>}
      {run && <Answers o={o} run={run} busy={busy} />}
    </div>
  )
}

function Answers({ o, run, busy }: { o: OutboxWords; run: Run; busy: boolean }) {
  const { language } = useDesk()
  const { file, receipts, trouble } = run
  const about = new Map(file.rows.map((row) => [row.fact.id, row.about]))
  return (
    <Section title={busy ? o.desk.working(receipts.length, file.rows.length) : o.desk.done(receipts.length)}>
      {trouble !== null && (
        <>
          <Notice meaning="watch" title={o.desk.stopped(receipts.length, file.rows.length)} testid="import-stopped" live />
          <Trouble error={trouble} />
        </>
      )}
      {file.apart.length > 0 && <Notice meaning="watch" title={o.desk.apart(file.apart.length)} />}
      <table class="list" data-testid="import-answers">
        <thead><tr><th scope="col">{o.desk.about}</th><th scope="col">{o.desk.answer}</th><th scope="col">{o.desk.reason}</th></tr></thead>
        <tbody>
          {receipts.map((receipt) => (
            <tr key={receipt.id} data-testid="import-answer" data-verdict={receipt.verdict}>
              <td>{about.get(receipt.id) ?? receipt.id}</td>
              <td><MeaningChip meaning={MEANING[receipt.verdict]}>{o.verdict[receipt.verdict]}</MeaningChip></td>
              <td>{[...(receipt.problem ? [receipt.problem] : []), ...receipt.findings].map((one) => sentenceIn(language, one)).join(' ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {receipts.length > 0 && !busy && (
        <>
          <Button icon="outbox" onClick={() => saveFile(makeReceipts(receipts, new Date()))} testid="import-receipts">{o.desk.receipts}</Button>
          <p class="help">{o.desk.receiptsHow}</p>
        </>
      )}
    </Section>
  )
}
