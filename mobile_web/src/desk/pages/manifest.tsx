import { useEffect, useState } from 'preact/hooks'
import { apiGet, apiPost, apiUrl, Refused } from '../../api'
import { waitsToGoHome } from '../../make/home'
import { Button, Field, Waiting } from '../../ui/parts'
import { Names } from '../../sign/names'
import { Trouble } from '../../ui/trouble'
import { useAsk } from '../../ui/useAsk'
import { partyName } from '../../what/subject'
import type { ExternalNumber, Manifest, Page, Proposal } from '../../wire'
import { useDesk } from '../desk'
import { momentIn } from '../format'
import type { DeskPageProps } from '../index'
import { Head, Section, State } from '../parts'
import { rememberSeen } from '../recent'
import type { Trace, TraceFact } from '../shapes'
import { NotFoundOr } from './batch'
import { ChangeForm, mayChange, ReturnNow } from './changeWay'
import { Lines, PaperLinks, Way } from './manifestWay'
import { ProposalCard } from './proposal'
import { FindingsSection, LabelSection, NextActs } from './side'
import { Timeline } from './timeline'

interface Known {
  manifest: Manifest
  facts: TraceFact[]
  proposals: Proposal[]
}

async function askManifest(id: string, signal: AbortSignal): Promise<Known> {
  const manifest = await apiGet<Manifest>(`/manifests/${encodeURIComponent(id)}`, {}, signal)
  if (manifest.state === 'draft') return { manifest, facts: [], proposals: [] }
  // What was recorded on a manifest is part of its chain. Where the reader may not see the chain, the manifest itself
  // still is theirs to see.
  const [trace, proposals] = await Promise.all([askTrace(manifest, signal), askProposals(manifest, signal)])
  return { manifest, facts: trace?.facts.filter((fact) => fact.manifest === manifest.id || fact.manifest_number === manifest.number) ?? [], proposals }
}

function askTrace(manifest: Manifest, signal: AbortSignal): Promise<Trace | null> {
  return apiGet<Trace>(`/trace/${encodeURIComponent(manifest.id)}`, { direction: 'down' }, signal).catch((error: unknown) => {
    if (error instanceof Refused) return null
    throw error
  })
}

async function askProposals(manifest: Manifest, signal: AbortSignal): Promise<Proposal[]> {
  if (!(manifest.open_proposals ?? 0)) return []
  return (await apiGet<Page<Proposal>>('/proposals', { manifest: manifest.id, state: 'open' }, signal)).items
}

/** What can be done at the desk: another way, and the way home. What cannot be done is not offered: the acts below say why. */
function DeskActs({ manifest, again }: { manifest: Manifest; again: () => void }) {
  const { d, park, session } = useDesk()
  const [open, setOpen] = useState<'change' | 'return' | null>(null)
  const tells = !park && session.enterprise !== null
  const home = waitsToGoHome(manifest).length > 0
  if (!tells || (!mayChange(manifest) && !home)) return null
  return (
    <Section title={d.road.acts} testid="desk-acts">
      <div class="side-acts">
        {home && open !== 'return' && <Button look="main" icon="undo" onClick={() => setOpen('return')} testid="return-open">{d.road.sendHome}</Button>}
        {home && open === 'return' && <ReturnNow manifest={manifest} />}
        {mayChange(manifest) && open !== 'change' && <Button icon="flip" onClick={() => setOpen('change')} testid="change-open">{d.road.change}</Button>}
        {mayChange(manifest) && open === 'change' && <ChangeForm manifest={manifest} onProposed={again} />}
      </div>
    </Section>
  )
}

function Proposals({ manifest, proposals, again }: { manifest: Manifest; proposals: readonly Proposal[]; again: () => void }) {
  const { d } = useDesk()
  const open = manifest.open_proposals ?? 0
  if (open === 0) return null
  return (
    <Section title={d.road.open(open)} testid="open-proposals">
      <ul class="plain proposals">
        {proposals.map((proposal) => <ProposalCard key={proposal.id} proposal={proposal} onChanged={again} />)}
      </ul>
    </Section>
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

function Told({ manifest, facts, proposals, again }: Known & { again: () => void }) {
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
        <div class="head-acts no-print">
          {manifest.state !== 'draft' && <a class="button main" href={`/app/desk/chain/${encodeURIComponent(manifest.number)}`} data-testid="to-chain">{d.common.chain}</a>}
          <a class="button" href={apiUrl(`/manifests/${manifest.id}/paper.pdf`, { language })} target="_blank" rel="noreferrer" data-testid="print-paper">{d.papers.paper}</a>
        </div>
      </Head>
      <div class="sheet-main">
        <Way manifest={manifest} />
        <PaperLinks manifest={manifest} />
        <Proposals manifest={manifest} proposals={proposals} again={again} />
        <FindingsSection findings={manifest.findings} title={d.batch.findings} />
        <Section title={d.manifest.lines}><Lines lines={manifest.lines} /></Section>
        <Names manifest={manifest} onSigned={again} />
        <Section title={d.manifest.history}><Timeline facts={facts} none={d.manifest.historyNone} /></Section>
      </div>
      <aside class="sheet-side">
        <DeskActs manifest={manifest} again={again} />
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
