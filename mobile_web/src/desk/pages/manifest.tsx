import { useEffect, useState } from 'preact/hooks'
import { apiGet, apiPost, apiUrl, Refused } from '../../api'
import { Button, Field, Waiting } from '../../ui/parts'
import { Names } from '../../sign/names'
import { Trouble } from '../../ui/trouble'
import { useAsk } from '../../ui/useAsk'
import { partyName } from '../../what/subject'
import type { ExternalNumber, Manifest, ManifestLine, Party } from '../../wire'
import { codeOf, refOf } from '../codes'
import { useDesk } from '../desk'
import { treatmentName } from '../facts'
import { momentIn } from '../format'
import type { DeskPageProps } from '../index'
import { ClassTag, Grams, Head, Section, State, Who } from '../parts'
import { rememberSeen } from '../recent'
import type { Trace, TraceFact } from '../shapes'
import { NotFoundOr } from './batch'
import { FindingsSection, LabelSection, NextActs } from './side'
import { Timeline } from './timeline'

interface Known {
  manifest: Manifest
  facts: TraceFact[]
}

async function askManifest(id: string, signal: AbortSignal): Promise<Known> {
  const manifest = await apiGet<Manifest>(`/manifests/${encodeURIComponent(id)}`, {}, signal)
  if (manifest.state === 'draft') return { manifest, facts: [] }
  // What was recorded on a manifest is part of its chain. Where the reader may not see the chain, the manifest itself
  // still is theirs to see.
  const trace = await apiGet<Trace>(`/trace/${encodeURIComponent(manifest.id)}`, { direction: 'down' }, signal).catch((error: unknown) => {
    if (error instanceof Refused) return null
    throw error
  })
  return { manifest, facts: trace?.facts.filter((fact) => fact.manifest === manifest.id || fact.manifest_number === manifest.number) ?? [] }
}

interface Stop {
  role: string
  party: Party
  says: string
}

/** Generator, carriers in leg order, receiver: the way the waste goes, as stops on a line. */
function Way({ manifest }: { manifest: Manifest }) {
  const { w, d, language } = useDesk()
  const stops: Stop[] = [
    { role: w.what.generator, party: manifest.generator, says: manifest.issued_at === null ? '' : d.manifest.issued(momentIn(language, manifest.issued_at)) },
    ...manifest.carriers.map((carrier) => ({
      role: w.what.carrier,
      party: carrier.party,
      says: [carrier.plate ?? '', carrier.took_over_at == null ? '' : d.manifest.tookOver(momentIn(language, carrier.took_over_at))].filter((part) => part !== '').join(' · '),
    })),
    { role: w.what.receiver, party: manifest.receiver, says: treatmentName(w, manifest.treatment) },
  ]
  return (
    <ol class="plain way-line" data-testid="manifest-way">
      {stops.map((stop, index) => (
        <li key={index}>
          <span class="soft small">{stop.role}</span>
          <b><Who party={stop.party} /></b>
          <span class="soft small">{stop.says}</span>
        </li>
      ))}
    </ol>
  )
}

function maybe(grams: number | null | undefined) {
  return grams == null ? <span class="soft">–</span> : <Grams grams={grams} />
}

function Lines({ lines }: { lines: readonly ManifestLine[] }) {
  const { d } = useDesk()
  const outcomes: Record<string, string> = d.manifest.outcomes
  const sum = (pick: (line: ManifestLine) => number | null | undefined) => lines.reduce((all, line) => all + (pick(line) ?? 0), 0)
  return (
    <div class="table-scroll">
      <table class="rows" data-testid="manifest-lines">
        <thead>
          <tr>
            <th>{d.stock.code}</th>
            <th>{d.stock.thing}</th>
            <th class="right">{d.manifest.planned}</th>
            <th class="right">{d.manifest.loaded}</th>
            <th class="right">{d.manifest.accepted}</th>
            <th class="right">{d.manifest.refused}</th>
            <th>{d.manifest.outcome}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.batch.id}>
              <td><a class="code" href={`/app/desk/batch/${refOf(line.batch)}`} data-row>{codeOf(line.batch)}</a></td>
              <td class="wide"><ClassTag wasteClass={line.batch.class} /></td>
              <td class="right"><Grams grams={line.planned_grams} /></td>
              <td class="right">{maybe(line.loaded_grams)}</td>
              <td class="right">{maybe(line.accepted_grams)}</td>
              <td class="right">{maybe(line.refused_grams)}</td>
              <td class="nowrap">{line.outcome == null ? '' : (outcomes[line.outcome] ?? line.outcome)}</td>
            </tr>
          ))}
        </tbody>
        {lines.length > 1 && (
          <tfoot>
            <tr>
              <td colSpan={2}>{d.manifest.total}</td>
              <td class="right"><Grams grams={sum((line) => line.planned_grams)} /></td>
              <td class="right"><Grams grams={sum((line) => line.loaded_grams)} /></td>
              <td class="right"><Grams grams={sum((line) => line.accepted_grams)} /></td>
              <td class="right"><Grams grams={sum((line) => line.refused_grams)} /></td>
              <td />
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  )
}

function ElsewhereSection({ numbers }: { numbers: readonly ExternalNumber[] }) {
  const { d } = useDesk()
  if (numbers.length === 0) return null
  return (
    <Section title={d.manifest.elsewhere}>
      <ul class="plain" data-testid="external-numbers">
        {numbers.map((one) => (
          <li key={one.id}>
            <span class="soft small">{one.name === '' ? d.manifest.systems[one.system] : one.name}</span> <b class="code">{one.number}</b>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function VoidForm({ manifest, onVoided }: { manifest: Manifest; onVoided: () => void }) {
  const { d } = useDesk()
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const [empty, setEmpty] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  async function send(event: Event): Promise<void> {
    event.preventDefault()
    setEmpty(reason.trim() === '')
    if (reason.trim() === '') return
    setBusy(true)
    setError(null)
    try {
      await apiPost(`/manifests/${manifest.id}/void`, { reason: reason.trim() })
      onVoided()
    } catch (problem) {
      setError(problem)
    }
    setBusy(false)
  }
  if (!open) return <Button look="danger" onClick={() => setOpen(true)} testid="void-open">{d.manifest.void}</Button>
  return (
    <form class="answer" onSubmit={send}>
      <Field id="void-reason" label={d.manifest.voidReason} help={d.manifest.voidHow} error={empty ? d.manifest.voidEmpty : null}>
        <textarea id="void-reason" rows={2} maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} data-testid="void-reason" />
      </Field>
      {error !== null && <Trouble error={error} />}
      <Button type="submit" look="danger" busy={busy} testid="void-send">{d.manifest.voidConfirm}</Button>
    </form>
  )
}

function Told({ manifest, facts, again }: Known & { again: () => void }) {
  const { w, d, language, park, session } = useDesk()
  const title = manifest.state === 'draft' ? d.manifest.draft : d.manifest.title(manifest.number)
  useEffect(() => {
    const under = `${partyName(w, language, manifest.generator)} → ${partyName(w, language, manifest.receiver)}`
    rememberSeen({ kind: 'manifest', path: `/app/desk/manifest/${manifest.number || manifest.id}`, title: manifest.number || d.manifest.draft, under })
  }, [manifest, w, d, language])
  const mayVoid = !park && manifest.state === 'issued' && manifest.generator.id === session.enterprise?.id
  return (
    <div class="sheet-page" data-testid="manifest-page" data-state={manifest.state}>
      <Head eyebrow={<>{manifest.hazardous ? w.what.hazardous : w.what.general}{manifest.human_code !== null && <> · <span class="code">{manifest.human_code}</span></>}</>} title={title} big>
        <p class="figure-line">
          <State state={manifest.state} of="manifest" />
          {manifest.state === 'issued' && manifest.due_pickup_at != null && <span class="soft">{d.manifest.due(momentIn(language, manifest.due_pickup_at))}</span>}
        </p>
        {manifest.state !== 'draft' && <a class="button main chain-button" href={`/app/desk/chain/${encodeURIComponent(manifest.number)}`} data-testid="to-chain">{d.common.chain}</a>}
        <a class="button no-print" href={apiUrl(`/manifests/${manifest.id}/paper.pdf`, { language })} target="_blank" rel="noreferrer" data-testid="print-paper">{d.papers.paper}</a>
      </Head>
      <div class="sheet-main">
        <Way manifest={manifest} />
        <FindingsSection findings={manifest.findings} title={d.batch.findings} />
        <Section title={d.manifest.lines}><Lines lines={manifest.lines} /></Section>
        <Names manifest={manifest} onSigned={again} />
        <Section title={d.manifest.history}><Timeline facts={facts} none={d.manifest.historyNone} /></Section>
      </div>
      <aside class="sheet-side">
        <NextActs acts={manifest.next} />
        <ElsewhereSection numbers={manifest.external_numbers ?? []} />
        {mayVoid && <VoidForm manifest={manifest} onVoided={again} />}
        {manifest.state !== 'draft' && <LabelSection path={`/manifests/${encodeURIComponent(manifest.id)}`} code={manifest.human_code} />}
      </aside>
    </div>
  )
}

export default function ManifestPage({ parts }: DeskPageProps) {
  const { d } = useDesk()
  const id = parts['id'] ?? ''
  const [asked, again] = useAsk(id, (signal) => askManifest(id, signal))
  if (asked.status === 'asking') return <Waiting />
  if (asked.status === 'failed') return <NotFoundOr error={asked.error} again={again} id={id} eyebrow={d.manifest.list} />
  return <Told {...asked.value} again={again} />
}
