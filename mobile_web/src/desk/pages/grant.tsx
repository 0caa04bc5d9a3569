import { useState } from 'preact/hooks'
import { TreatmentSelect } from '../../act/fields'
import { apiGet, apiPost } from '../../api'
import { uuid7 } from '../../ids'
import { ClassFinder, PartyFinder } from '../../ui/find'
import { Icon } from '../../ui/icons'
import { Button, Choices, Field, Notice } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { useAsk } from '../../ui/useAsk'
import { nameIn } from '../../words'
import type { RollsWords } from '../../words/mirror.rolls'
import type { Instant, Party, Uuid, WasteClass } from '../../wire'
import { useDesk } from '../desk'

const PHONE_DAYS = 7

export interface Grant {
  /** The registered phone; empty where an id is typed that is none. */
  phone: string
  device: string
  holder: string
  count: string
  hazardous: 'yes' | 'no'
  until: string
  carriers: Party[]
  receivers: Party[]
  classes: WasteClass[]
  treatment: string
}

export function emptyGrant(): Grant {
  const until = new Date(Date.now() + PHONE_DAYS * 86_400_000).toISOString().slice(0, 10)
  return { phone: '', device: '', holder: '', count: '10', hazardous: 'no', until, carriers: [], receivers: [], classes: [], treatment: '' }
}

const idsOf = (parties: readonly Party[]) => parties.flatMap((party) => (party.id === null ? [] : [party.id]))

/** What the server reads; null while something is missing. */
export function grantBody(id: Uuid, grant: Grant): object | null {
  const device = grant.phone === '' ? grant.device.trim() : grant.phone
  const holder = grant.holder.trim()
  const [carriers, receivers] = [idsOf(grant.carriers), idsOf(grant.receivers)]
  if (device === '' || holder === '' || carriers.length === 0 || receivers.length === 0 || grant.classes.length === 0 || grant.treatment === '') return null
  return {
    id,
    hazardous: grant.hazardous === 'yes',
    count: Number(grant.count),
    holder_kind: 'device',
    holder,
    grant: {
      device,
      until: new Date(`${grant.until}T23:59:59`).toISOString(),
      carriers,
      receivers,
      classes: grant.classes.map(({ scheme, edition, code }) => ({ scheme, edition, code })),
      treatment: grant.treatment,
    },
  }
}

interface Phone {
  id: Uuid
  name: string
  people: { name: string }[]
  revoked_at: Instant | null
}

export function GrantForm({ r, onGiven }: { r: RollsWords; onGiven: () => void }) {
  const [id, setId] = useState(uuid7)
  const [grant, setGrant] = useState<Grant>(emptyGrant)
  const [missing, setMissing] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const set = (change: Partial<Grant>) => setGrant((have) => ({ ...have, ...change }))

  async function give(): Promise<void> {
    const body = grantBody(id, grant)
    setMissing(body === null)
    setError(null)
    if (body === null) return
    try {
      await apiPost('/number-blocks', body)
      setId(uuid7())
      setGrant(emptyGrant())
      onGiven()
    } catch (problem) {
      setError(problem)
    }
  }

  return (
    <div class="stack" data-testid="grant-form">
      <WhichPhone r={r} grant={grant} set={set} />
      <Text name="count" label={r.desk.count} grant={grant} set={set} />
      <Field id="grant-until" label={r.desk.until}>
        <input id="grant-until" type="date" value={grant.until} data-testid="grant-until" onInput={(event) => set({ until: event.currentTarget.value })} />
      </Field>
      <Choices legend={r.desk.kind} name="grant-kind" value={grant.hazardous} columns={2} onChoose={(hazardous) => set({ hazardous })}
        options={[{ value: 'no', label: r.desk.general }, { value: 'yes', label: r.desk.hazardous }]} />
      <Allowed r={r} grant={grant} set={set} />
      <TreatmentSelect label={r.desk.treatment} value={grant.treatment} error={null} onChoose={(treatment) => set({ treatment })} />
      {missing && <Notice meaning="watch" title={r.desk.incomplete} testid="grant-missing" live />}
      {error !== null && <Trouble error={error} />}
      <Button look="main" onClick={() => void give()} testid="grant-submit">{r.desk.grant}</Button>
    </div>
  )
}

interface PartProps {
  r: RollsWords
  grant: Grant
  set: (change: Partial<Grant>) => void
}

function Text({ name, label, help, grant, set }: Omit<PartProps, 'r'> & { name: 'device' | 'holder' | 'count'; label: string; help?: string }) {
  return (
    <Field id={`grant-${name}`} label={label} help={help}>
      <input id={`grant-${name}`} inputMode={name === 'count' ? 'numeric' : 'text'} value={grant[name]} maxLength={60} data-testid={`grant-${name}`}
        onInput={(event) => set({ [name]: event.currentTarget.value })} />
    </Field>
  )
}

/** One of the enterprise's registered phones; one that is none yet is named by the id it shows. */
function WhichPhone({ r, grant, set }: PartProps) {
  const [asked] = useAsk('phones', (signal) => apiGet<{ items: Phone[] }>('/devices', {}, signal))
  const phones = asked.status === 'have' ? asked.value.items.filter((phone) => phone.revoked_at === null) : []
  const choose = (id: string) => set({ phone: id, holder: phones.find((phone) => phone.id === id)?.name ?? '' })
  return (
    <>
      {phones.length > 0 && (
        <Field id="grant-phone" label={r.desk.phone}>
          <select id="grant-phone" value={grant.phone} data-testid="grant-phone" onChange={(event) => choose(event.currentTarget.value)}>
            <option value="">{r.desk.otherPhone}</option>
            {phones.map((phone) => <option key={phone.id} value={phone.id}>{[phone.name, ...phone.people.map((one) => one.name)].join(' · ')}</option>)}
          </select>
        </Field>
      )}
      {grant.phone === '' && <Text name="device" label={r.desk.device} help={r.desk.deviceHow} grant={grant} set={set} />}
      <Text name="holder" label={r.desk.holder} grant={grant} set={set} />
    </>
  )
}

/** Who may carry and receive, and which wastes: several of each. */
function Allowed({ r, grant, set }: PartProps) {
  const { language } = useDesk()
  const classKey = (each: WasteClass) => `${each.scheme} ${each.edition} ${each.code}`
  const parties = (name: 'carrier' | 'receiver', key: 'carriers' | 'receivers', label: string) => (
    <>
      <PartyFinder key={grant[key].length} id={`grant-${name}`} label={label} role={name} error={null} chosen={null} testid={`grant-${name}`}
        onChoose={(party) => party !== null && !idsOf(grant[key]).includes(party.id ?? '') && set({ [key]: [...grant[key], party] })} />
      <Chosen r={r} testid={`grant-${key}`} shown={grant[key].map((each) => nameIn(language, each))} onDrop={(at) => set({ [key]: grant[key].filter((_, n) => n !== at) })} />
    </>
  )
  return (
    <>
      {parties('carrier', 'carriers', r.desk.carrier)}
      {parties('receiver', 'receivers', r.desk.receiver)}
      <ClassFinder key={grant.classes.length} id="grant-class" label={r.desk.class} error={null} chosen={null} testid="grant-class"
        onChoose={(one) => one !== null && !grant.classes.some((each) => classKey(each) === classKey(one)) && set({ classes: [...grant.classes, one] })} />
      <Chosen r={r} testid="grant-classes" shown={grant.classes.map((each) => `${each.code} ${nameIn(language, each)}`)} onDrop={(at) => set({ classes: grant.classes.filter((_, n) => n !== at) })} />
    </>
  )
}

function Chosen({ r, testid, shown, onDrop }: { r: RollsWords; testid: string; shown: string[]; onDrop: (at: number) => void }) {
  if (shown.length === 0) return null
  return (
    <ul class="plain sheet" data-testid={testid} data-count={shown.length}>
      {shown.map((text, at) => (
        <li key={text} class="list-item">
          <span class="grow">{text}</span>
          <button type="button" class="thumb-drop" aria-label={`${r.desk.drop}: ${text}`} onClick={() => onDrop(at)} data-testid={`${testid}-drop`}><Icon name="close" size={20} /></button>
        </li>
      ))}
    </ul>
  )
}
