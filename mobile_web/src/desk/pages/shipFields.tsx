import { useState } from 'preact/hooks'
import { showMass } from '../../quantity'
import { PartyFinder } from '../../ui/find'
import { Icon } from '../../ui/icons'
import { Button, Field, Notice } from '../../ui/parts'
import { nameIn } from '../../words'
import { className } from '../../what/subject'
import type { Batch, Party } from '../../wire'
import { codeOf } from '../codes'
import { useDesk } from '../desk'
import { treatmentName } from '../facts'
import { ClassTag, OddMark } from '../parts'
import type { FieldName, Leg, Plan } from './plan'

function massOf(batches: readonly Batch[]): string {
  return showMass(batches.reduce((sum, batch) => sum + batch.grams, 0), batches.every((batch) => batch.measured))
}

function Said({ sentence }: { sentence: string | null }) {
  if (sentence === null) return null
  return <p class="error" role="alert" data-testid="field-error"><Icon name="stop" size={18} /> {sentence}</p>
}

interface PickerProps {
  offered: Batch[]
  plan: Plan
  said: (field: FieldName) => string | null
  onChange: (batches: Batch[]) => void
}

const LISTED_MAX = 60
const SHORT_NAME = 36

export function BatchPicker({ offered, plan, said, onChange }: PickerProps) {
  const { w, d, language } = useDesk()
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase().replaceAll('-', '')
  const place = new Map(plan.batches.map((batch, index) => [batch.id, index]))
  const fits = (batch: Batch) =>
    wanted === '' || [codeOf(batch).replaceAll('-', ''), batch.class?.code, className(w, language, batch)].some((word) => (word ?? '').toLowerCase().includes(wanted))
  // What is chosen stays in sight whatever is looked for.
  const listed = offered.filter((batch) => place.has(batch.id) || fits(batch)).slice(0, LISTED_MAX)
  const toggle = (batch: Batch) => onChange(place.has(batch.id) ? plan.batches.filter((each) => each.id !== batch.id) : [...plan.batches, batch])
  if (offered.length === 0) return <Notice meaning="unknown" title={w.ship.batchesNone}>{w.ship.batchesNoneHow}</Notice>
  return (
    <fieldset class={said('batches') === null ? 'field' : 'field wrong'}>
      <legend>{d.ship.batches}</legend>
      <p class="help">{d.ship.batchesHow}</p>
      <Said sentence={said('batches')} />
      {offered.length > 8 && (
        <input type="search" aria-label={d.ship.filter} placeholder={d.ship.filter} value={text} onInput={(event) => setText(event.currentTarget.value)} data-testid="batch-filter" />
      )}
      <ul class="plain pick-list" data-testid="batch-list">
        {listed.length === 0 && <li class="soft">{d.ship.noneFits}</li>}
        {listed.map((batch) => {
          const index = place.get(batch.id)
          const sentence = index === undefined ? null : said(`batch:${index}`)
          return (
            <li key={batch.id} class={sentence === null ? undefined : 'wrong'}>
              <label class="pick-row" data-testid="pick-batch" data-batch={batch.id}>
                <input type="checkbox" checked={index !== undefined} onChange={() => toggle(batch)} data-row />
                <span class="code">{codeOf(batch)}</span>
                <span class="grow"><ClassTag wasteClass={batch.class} raw={batch.raw_class ?? null} /></span>
                <OddMark findings={batch.findings} />
                <b>{showMass(batch.grams, batch.measured)}</b>
              </label>
              <Said sentence={sentence} />
            </li>
          )
        })}
      </ul>
    </fieldset>
  )
}

interface LegProps {
  leg: Leg
  index: number
  count: number
  error: string | null
  onChange: (leg: Leg) => void
  onDrop: () => void
}

export function LegField({ leg, index, count, error, onChange, onDrop }: LegProps) {
  const { w, d } = useDesk()
  const store = leg.what === 'store'
  const role = store ? d.road.storeLeg : d.ship.carrier
  const label = count === 1 ? role : `${role} · ${d.ship.leg(index + 1)}`
  const id = `carrier-${index}`
  const drop = count > 1 && <Button look="plain" onClick={onDrop} testid="drop-leg">{d.ship.dropLeg}</Button>
  if (leg.typed === null) {
    return (
      <div class="leg">
        <PartyFinder id={id} label={label} role={store ? 'receiver' : 'carrier'} error={error} chosen={leg.carrier} onChoose={(carrier) => onChange({ ...leg, carrier })} testid={index === 0 ? 'carrier' : id} />
        {leg.carrier !== null && <Said sentence={error} />}
        {leg.carrier === null && !store && <Button look="plain" icon="pencil" onClick={() => onChange({ carrier: null, typed: { name: '', permit: '' } })} testid="carrier-other">{w.ship.carrierOther}</Button>}
        {drop}
      </div>
    )
  }
  const { typed } = leg
  return (
    <div class="leg">
      <Field id={id} label={`${label} · ${w.ship.carrierName}`} error={error}>
        <input id={id} data-testid="carrier-name" value={typed.name} maxLength={120} onInput={(event) => onChange({ carrier: null, typed: { ...typed, name: event.currentTarget.value } })} />
      </Field>
      <Field id={`${id}-permit`} label={`${w.ship.carrierPermit} (${w.common.optional})`}>
        <input id={`${id}-permit`} data-testid="carrier-permit" value={typed.permit} maxLength={60} onInput={(event) => onChange({ carrier: null, typed: { ...typed, permit: event.currentTarget.value } })} />
      </Field>
      <Button look="plain" onClick={() => onChange({ carrier: null, typed: null })}>{w.common.back}</Button>
      {drop}
    </div>
  )
}

export function ReceiverField({ plan, error, onChange }: { plan: Plan; error: string | null; onChange: (party: Party | null) => void }) {
  const { d } = useDesk()
  return (
    <div>
      <PartyFinder id="receiver" label={d.ship.receiver} role="receiver" error={error} chosen={plan.receiver} onChoose={onChange} testid="receiver" />
      {plan.receiver !== null && <Said sentence={error} />}
    </div>
  )
}

/** The manifest as it will be, in one sentence that fills up while one chooses. */
export function Paper({ plan }: { plan: Plan }) {
  const { w, d, language, session } = useDesk()
  const { dots } = d.ship
  const carriers = plan.legs.map((leg) => (leg.typed === null ? nameIn(language, leg.carrier) : leg.typed.name.trim()) || dots).join(' → ')
  // A name that runs over lines is the law's, not people's: its code says it shorter.
  const short = (name: string, batch: Batch) => (name.length > SHORT_NAME ? (batch.class?.code ?? name) : name)
  const kinds = [...new Set(plan.batches.map((batch) => short(className(w, language, batch), batch)))]
  const what = `${d.stock.chosen(plan.batches.length, massOf(plan.batches))} (${d.common.list(kinds)})`
  const how = plan.treatment === '' ? dots : treatmentName(w, plan.treatment)
  return (
    <div class={plan.batches.some((batch) => batch.class?.hazardous === true) ? 'paper hazardous' : 'paper'} data-testid="paper">
      <h2>{d.ship.paper}</h2>
      {plan.batches.length === 0 ? (
        <p class="soft">{d.ship.paperEmpty}</p>
      ) : (
        <p class="paper-reads">{d.ship.reads(what, nameIn(language, session.enterprise), carriers, nameIn(language, plan.receiver) || dots, how)}</p>
      )}
      {plan.plate.trim() !== '' && <p class="soft code">{plan.plate.toUpperCase()}</p>}
    </div>
  )
}
