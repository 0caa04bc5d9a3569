import './sign.css'
import { useState } from 'preact/hooks'
import { apiPost } from '../api'
import { Button, Field, Notice } from '../ui/parts'
import { Trouble } from '../ui/trouble'
import { sentenceIn, useLanguage } from '../words'
import type { SignWords } from '../words/mirror.sign'
import type { Page, ProblemError } from '../wire'

export const BULK_MAX = 200
const SIDES = ['generator', 'carrier', 'receiver', 'store'] as const
const THINGS = ['', 'pickup', 'receipt'] as const

interface Report {
  manifest: string
  number: string | null
  outcome: 'signed' | 'already_signed' | 'refused'
  problem: ProblemError | null
}

/** Signs all chosen manifests at once and says of each what became of it. */
export function BulkBar({ s, chosen, onDone }: { s: SignWords; chosen: readonly string[]; onDone: () => void }) {
  const [side, setSide] = useState<(typeof SIDES)[number]>('generator')
  const [thing, setThing] = useState<(typeof THINGS)[number]>('')
  const [busy, setBusy] = useState(false)
  const [reports, setReports] = useState<readonly Report[] | null>(null)
  const [error, setError] = useState<unknown>(null)

  async function sign(): Promise<void> {
    setBusy(true)
    setError(null)
    try {
      const body = { manifests: chosen, side, ...(thing === '' ? {} : { of: thing }) }
      setReports((await apiPost<Page<Report>>('/signatures/bulk', body)).items)
      onDone()
    } catch (problem) {
      setError(problem)
    }
    setBusy(false)
  }

  return (
    <div class="stack" data-testid="bulk">
      {chosen.length > 0 && (
        <div class="sign-bar">
          <b>{s.chosen(chosen.length)}</b>
          <Field id="bulk-side" label={s.signAs}>
            <select id="bulk-side" value={side} onChange={(event) => setSide(event.currentTarget.value as typeof side)}>
              {SIDES.map((one) => <option key={one} value={one}>{s.side[one]}</option>)}
            </select>
          </Field>
          <Field id="bulk-thing" label={s.signWhat}>
            <select id="bulk-thing" value={thing} onChange={(event) => setThing(event.currentTarget.value as typeof thing)}>
              {THINGS.map((one) => <option key={one} value={one}>{s.thing[one]}</option>)}
            </select>
          </Field>
          <Button look="main" busy={busy} onClick={() => void sign()} testid="bulk-sign">{s.signChosen}</Button>
        </div>
      )}
      {error !== null && <Trouble error={error} />}
      {reports && <Reported s={s} reports={reports} />}
    </div>
  )
}

function Reported({ s, reports }: { s: SignWords; reports: readonly Report[] }) {
  const language = useLanguage()
  const count = (outcome: Report['outcome']) => reports.filter((one) => one.outcome === outcome).length
  const refused = reports.filter((one) => one.outcome === 'refused')
  return (
    <Notice meaning={refused.length > 0 ? 'watch' : 'fine'} title={s.report(count('signed'), count('already_signed'), refused.length)} testid="bulk-report" live>
      {refused.length > 0 && (
        <ul class="plain">
          {refused.map((one) => (
            <li key={one.manifest}>
              <span class="code">{one.number ?? one.manifest}</span> {one.problem ? sentenceIn(language, one.problem) : ''}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  )
}
