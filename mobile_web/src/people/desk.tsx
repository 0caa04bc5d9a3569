import './desk.css'
import { useState } from 'preact/hooks'
import { apiGet, apiPost } from '../api'
import { useDesk } from '../desk/desk'
import { Head, Section, Who } from '../desk/parts'
import { useKept } from '../desk/useKept'
import { Button, Field, MeaningChip, Notice, Waiting } from '../ui/parts'
import { Trouble } from '../ui/trouble'
import { useAsk } from '../ui/useAsk'
import { sentenceIn } from '../words'
import type { PeopleWords } from '../words/mirror.people'
import type { Page, Party, Receipt, Uuid } from '../wire'
import { QuarantinedFact, type Quarantined } from './quarantined'
import { dayOf, moment, usePeopleWords } from './words'

interface Phone {
  id: Uuid
  name: string
  enterprise: Party
  registered_at: string
  registered_by: string
  last_seen_at: string
  people: { id: Uuid; name: string }[]
  revoked_at: string | null
  revoked_by: string | null
  revoked_why: string | null
}

/** The enterprise's phones (the park sees all), and what came from those that were out of use. */
export default function PhonesPage() {
  const p = usePeopleWords()
  const [asked, again] = useKept('devices', (signal) => apiGet<Page<Phone>>('/devices', {}, signal))
  if (!p) return <Waiting />
  return (
    <div class="stack" data-testid="phones-page">
      <Head title={p.phones}><p class="soft">{p.phonesHow}</p></Head>
      {asked.status === 'asking' && <Waiting />}
      {asked.status === 'failed' && <Trouble error={asked.error} onRetry={again} />}
      {asked.status === 'have' && asked.value.items.length === 0 && <Notice meaning="unknown" title={p.noPhones} />}
      {asked.status === 'have' && asked.value.items.map((phone) => <PhoneRow key={phone.id} p={p} phone={phone} onChange={again} />)}
      <QuarantineList p={p} />
    </div>
  )
}

function PhoneRow({ p, phone, onChange }: { p: PeopleWords; phone: Phone; onChange: () => void }) {
  const { language, park } = useDesk()
  const [asking, setAsking] = useState(false)
  const gone = phone.revoked_at !== null
  return (
    <article class="sheet phone-row" data-testid="phone-row" data-device={phone.id} data-revoked={gone}>
      <div class="grow">
        <h2>{phone.name}</h2>
        {park && <Who party={phone.enterprise} />}
        <p class="soft">
          {p.registered(phone.registered_by, dayOf(language, phone.registered_at))} · {p.lastSeen(moment(language, phone.last_seen_at))}
        </p>
        <p>{phone.people.length === 0 ? p.nobody : phone.people.map((one) => one.name).join(' · ')}</p>
        {phone.revoked_at !== null && (
          <MeaningChip meaning="stop" testid="phone-revoked">{p.revoked(dayOf(language, phone.revoked_at), phone.revoked_by ?? '')}</MeaningChip>
        )}
        {phone.revoked_why !== null && <p>{phone.revoked_why}</p>}
      </div>
      {!gone && !asking && <Button look="danger" onClick={() => setAsking(true)} testid="revoke">{p.revoke}</Button>}
      {asking && !gone && (
        <Reason id={`revoke-${phone.id}`} label={p.revokeWhy} button={p.revokeNow} cancel={p.cancel} testid="revoke"
          onCancel={() => setAsking(false)}
          onSay={async (reason) => {
            await apiPost(`/devices/${phone.id}/revocation`, { reason })
            onChange()
          }}
        />
      )}
    </article>
  )
}

/** A reason, and the act it is for. */
function Reason({ id, label, button, cancel, testid, onSay, onCancel }: {
  id: string
  label: string
  button: string
  cancel: string
  testid: string
  onSay: (reason: string) => Promise<void>
  onCancel: () => void
}) {
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  async function say(event: Event): Promise<void> {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      await onSay(reason.trim())
    } catch (problem) {
      setError(problem)
    }
    setBusy(false)
  }
  return (
    <form class="stack phone-reason" onSubmit={say}>
      <Field id={id} label={label}>
        <input id={id} value={reason} maxLength={500} onInput={(event) => setReason(event.currentTarget.value)} data-testid={`${testid}-reason`} />
      </Field>
      {error !== null && <Trouble error={error} />}
      <Button look="danger" type="submit" busy={busy} disabled={reason.trim() === ''} testid={`${testid}-now`}>{button}</Button>
      <Button look="plain" onClick={onCancel}>{cancel}</Button>
    </form>
  )
}

interface Admitted {
  quarantined: Quarantined
  receipt: Receipt
}

function QuarantineList({ p }: { p: PeopleWords }) {
  const [settled, setSettled] = useState(false)
  const query = settled ? {} : { state: 'held' }
  const [asked, again] = useAsk(`quarantine ${String(settled)}`, (signal) => apiGet<Page<Quarantined>>('/quarantine', query, signal))
  const [changed, setChanged] = useState<Record<Uuid, Quarantined>>({})
  const put = (one: Quarantined) => setChanged((have) => ({ ...have, [one.fact]: one }))
  return (
    <Section title={p.quarantine} testid="quarantine">
      <label class="phone-settled">
        <input type="checkbox" checked={settled} onChange={(event) => setSettled(event.currentTarget.checked)} /> {p.showSettled}
      </label>
      {asked.status === 'asking' && <Waiting />}
      {asked.status === 'failed' && <Trouble error={asked.error} onRetry={again} />}
      {asked.status === 'have' && asked.value.items.length === 0 && <Notice meaning="fine" title={p.noQuarantine} testid="quarantine-empty" />}
      {asked.status === 'have' && asked.value.items.map((one) => <Held key={one.fact} p={p} one={changed[one.fact] ?? one} onChange={put} />)}
    </Section>
  )
}

function Held({ p, one, onChange }: { p: PeopleWords; one: Quarantined; onChange: (one: Quarantined) => void }) {
  const { language } = useDesk()
  const [aside, setAside] = useState(false)
  const [busy, setBusy] = useState(false)
  const [refused, setRefused] = useState<Receipt | null>(null)
  const [error, setError] = useState<unknown>(null)
  async function letIn(): Promise<void> {
    setBusy(true)
    setError(null)
    try {
      const { quarantined, receipt } = await apiPost<Admitted>(`/quarantine/${one.fact}/admission`, {})
      setRefused(quarantined.state === 'held' ? receipt : null)
      onChange(quarantined)
    } catch (problem) {
      setError(problem)
    }
    setBusy(false)
  }
  return (
    <article class="sheet phone-row" data-testid="quarantined" data-fact={one.fact} data-state={one.state}>
      <QuarantinedFact p={p} one={one} />
      {refused?.problem && <Notice meaning="stop" title={p.notTaken} live>{sentenceIn(language, refused.problem)}</Notice>}
      {error !== null && <Trouble error={error} />}
      {one.state === 'held' && !aside && (
        <div class="phone-acts">
          <Button busy={busy} onClick={() => void letIn()} testid="let-in">{p.letIn}</Button>
          <Button look="plain" onClick={() => setAside(true)} testid="set-aside">{p.setAside}</Button>
        </div>
      )}
      {one.state === 'held' && aside && (
        <Reason id={`aside-${one.fact}`} label={p.setAsideWhy} button={p.setAsideNow} cancel={p.cancel} testid="set-aside"
          onCancel={() => setAside(false)}
          onSay={async (reason) => onChange(await apiPost<Quarantined>(`/quarantine/${one.fact}/set-aside`, { reason }))}
        />
      )}
    </article>
  )
}
