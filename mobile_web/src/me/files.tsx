import { useState } from 'preact/hooks'
import { canShare, exportFile, saveFile, shareFile, takeFile, type Taken } from '../carry/carry'
import type { OutboxFile } from '../carry/file'
import { Button, Notice } from '../ui/parts'
import type { OutboxWords } from '../words/mirror.outbox'

/** The queue out of this phone as a file, and files of other phones and of the desk into it. */
export function Files({ o, some }: { o: OutboxWords; some: boolean }) {
  const [saved, setSaved] = useState<OutboxFile | null>(null)
  const [taken, setTaken] = useState<Taken | null>(null)
  const [busy, setBusy] = useState(false)

  async function make(share: boolean): Promise<void> {
    setBusy(true)
    try {
      const file = await exportFile()
      if (share) await shareFile(file)
      else saveFile(file)
      setSaved(file)
    } catch {
      // Closing the share sheet is not a fault, and where the file could not be made nothing is shown as saved.
    }
    setBusy(false)
  }

  async function take(file: File | undefined): Promise<void> {
    if (!file) return
    setBusy(true)
    setTaken(await takeFile(await file.text()).catch((): Taken => ({ what: 'unfit', why: 'broken' })))
    setBusy(false)
  }

  return (
    <section class="stack" data-testid="files">
      <h2>{o.file.title}</h2>
      <p class="help">{o.file.how}</p>
      {some && <Button busy={busy} icon="receive" onClick={() => void make(false)} testid="export-file">{o.file.make}</Button>}
      {some && canShare() && <Button busy={busy} icon="outbox" onClick={() => void make(true)} testid="share-file">{o.file.share}</Button>}
      {saved && (
        <Notice meaning={saved.rows.some((row) => row.fact.signature === undefined) ? 'watch' : 'fine'} title={o.file.saved(saved.rows.length)} testid="file-saved" live>
          {saved.rows.some((row) => row.fact.signature === undefined) ? o.file.unsigned : null}
        </Notice>
      )}
      <label class="button second">
        <span>{o.file.take}</span>
        <input class="sr" type="file" accept=".json,application/json" disabled={busy} data-testid="take-file"
          onChange={(event) => {
            void take(event.currentTarget.files?.[0])
            event.currentTarget.value = ''
          }} />
      </label>
      <p class="help">{o.file.takeHow}</p>
      {taken && <TakenNotice o={o} taken={taken} />}
    </section>
  )
}

function TakenNotice({ o, taken }: { o: OutboxWords; taken: Taken }) {
  if (taken.what === 'unfit') return <Notice meaning="stop" title={o.file.bad} testid="file-unfit" live>{o.file.reasons[taken.why]}</Notice>
  return <Notice meaning="fine" title={taken.what === 'carried' ? o.file.carried(taken.count) : o.file.receipts(taken.count)} testid="file-taken" live />
}
