import './proposals.css'
import './ship.css'
import { useState } from 'preact/hooks'
import { apiPost, Refused } from '../../api'
import { TreatmentSelect } from '../../act/fields'
import { uuid7 } from '../../ids'
import { useSendHome } from '../../make/home'
import { navigate } from '../../router'
import { showMass } from '../../quantity'
import { Button, Field, Notice } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { PartyFinder } from '../../ui/find'
import { sentenceIn } from '../../words'
import { partyName } from '../../what/subject'
import type { Manifest, Party, Proposal } from '../../wire'
import { useDesk } from '../desk'
import { legToSend, emptyLeg, emptyPlan, missingLegs, refusalsAt, type FieldName, type Leg } from './plan'
import { LegField } from './shipFields'

// Changes of a manifest on the road: another way, proposed to those concerned, and the way home of what was refused.

const CHANGEABLE: ReadonlySet<string> = new Set(['issued', 'under_way', 'refused', 'part_refused'])

export function mayChange(manifest: Manifest): boolean {
  return CHANGEABLE.has(manifest.state)
}

type What = 'carriers' | 'receiver'

interface Wish {
  what: Set<What>
  legs: Leg[]
  receiver: Party | null
  treatment: string
  reason: string
}

/** The body of POST /manifests/{id}/changes: only what is wished for. */
export function changeBody(id: string, wish: Wish): Record<string, unknown> {
  return {
    id,
    reason: wish.reason.trim(),
    ...(wish.what.has('carriers') ? { carriers: wish.legs.map(legToSend) } : {}),
    ...(wish.what.has('receiver') ? { receiver: wish.receiver?.id, ...(wish.treatment === '' ? {} : { treatment: wish.treatment }) } : {}),
  }
}

export function ChangeForm({ manifest, onProposed }: { manifest: Manifest; onProposed: (proposal: Proposal) => void }) {
  const { w, d, language } = useDesk()
  const [id] = useState(uuid7)
  const [wish, setWish] = useState<Wish>(() => ({ what: new Set(), legs: [emptyLeg()], receiver: null, treatment: manifest.treatment, reason: '' }))
  const [wrong, setWrong] = useState<ReadonlyMap<FieldName | 'reason' | 'what', string[]>>(new Map())
  const [trouble, setTrouble] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const set = (change: Partial<Wish>) => {
    setWish((have) => ({ ...have, ...change }))
    setWrong(new Map())
    setTrouble(null)
  }
  const said = (field: FieldName | 'reason' | 'what') => wrong.get(field)?.join(' ') ?? null
  const toggle = (which: What) => {
    const what = new Set(wish.what)
    if (!what.delete(which)) what.add(which)
    set({ what })
  }

  async function send(event: Event): Promise<void> {
    event.preventDefault()
    const missing = new Map<FieldName | 'reason' | 'what', string[]>()
    if (wish.what.size === 0) missing.set('what', [d.road.changeNothing])
    if (wish.what.has('carriers')) for (const at of missingLegs(wish.legs)) missing.set(`carrier:${at}`, [w.ship.pickCarrier])
    if (wish.what.has('receiver') && wish.receiver === null) missing.set('receiver', [w.ship.pickReceiver])
    if (wish.reason.trim() === '') missing.set('reason', [d.road.changeEmpty])
    setWrong(missing)
    if (missing.size > 0) return
    setBusy(true)
    setTrouble(null)
    try {
      onProposed(await apiPost<Proposal>(`/manifests/${manifest.id}/changes`, changeBody(id, wish)))
    } catch (problem) {
      if (problem instanceof Refused) {
        const refusals = refusalsAt(problem.problem, { ...emptyPlan(id), legs: wish.legs })
        setWrong(new Map([...refusals].map(([field, parts]) => [field, parts.map((part) => sentenceIn(language, part))])))
      } else setTrouble(problem)
      setBusy(false)
    }
  }

  return (
    <form class="side-form" onSubmit={send} noValidate data-testid="change-form">
      <p class="help">{d.road.changeHow}</p>
      <fieldset class={said('what') === null ? 'field' : 'field wrong'}>
        <legend>{d.road.changeWhat}</legend>
        {said('what') !== null && <p class="error" role="alert">{said('what')}</p>}
        {(['carriers', 'receiver'] as const).map((which) => (
          <label key={which} class="figure-pick" data-testid={`change-${which}`}>
            <input type="checkbox" checked={wish.what.has(which)} onChange={() => toggle(which)} />
            <span>{d.road.changeKinds[which]}</span>
          </label>
        ))}
      </fieldset>
      {wish.what.has('carriers') && <Legs legs={wish.legs} said={said} onChange={(legs) => set({ legs })} />}
      {wish.what.has('receiver') && (
        <>
          <PartyFinder id="change-receiver" label={d.ship.receiver} role="receiver" error={wish.receiver === null ? said('receiver') : null} chosen={wish.receiver} onChoose={(receiver) => set({ receiver })} testid="receiver" />
          {wish.receiver !== null && said('receiver') !== null && <p class="error" role="alert" data-testid="field-error">{said('receiver')}</p>}
          <TreatmentSelect label={d.ship.treatment} value={wish.treatment} error={said('treatment')} onChoose={(treatment) => set({ treatment })} />
        </>
      )}
      <Field id="change-reason" label={d.road.changeReason} error={said('reason')}>
        <textarea id="change-reason" rows={2} maxLength={500} value={wish.reason} onInput={(event) => set({ reason: event.currentTarget.value })} data-testid="change-reason" />
      </Field>
      {said('form') !== null && <Notice meaning="stop" title={said('form')} testid="change-refused" live />}
      {trouble !== null && <Trouble error={trouble} />}
      <Button type="submit" look="main" busy={busy} testid="change-send">{busy ? d.road.sending : d.road.changeSend}</Button>
    </form>
  )
}

/** Carriers and stores in the order of the way. */
export function Legs({ legs, said, onChange }: { legs: Leg[]; said: (field: FieldName) => string | null; onChange: (legs: Leg[]) => void }) {
  const { d } = useDesk()
  return (
    <>
      {legs.map((leg, index) => (
        <LegField key={index} leg={leg} index={index} count={legs.length} error={said(`carrier:${index}`)}
          onChange={(next) => onChange(legs.map((each, at) => (at === index ? next : each)))}
          onDrop={() => onChange(legs.filter((_, at) => at !== index))} />
      ))}
      <div class="leg-more">
        <Button look="plain" icon="plus" onClick={() => onChange([...legs, emptyLeg()])} testid="add-leg">{d.ship.addLeg}</Button>
        <Button look="plain" icon="store" onClick={() => onChange([...legs, emptyLeg('store')])} testid="add-store">{d.road.addStore}</Button>
      </div>
    </>
  )
}

/** One button: what was refused goes home with whoever has it. */
export function ReturnNow({ manifest }: { manifest: Manifest }) {
  const { w, d, language } = useDesk()
  const { grams, carrier, setCarrier, plate, setPlate, busy, error, send } = useSendHome(manifest, (made) =>
    navigate(`/app/desk/manifest/${encodeURIComponent(made.number)}`))
  function submit(event: Event): void {
    event.preventDefault()
    void send()
  }
  return (
    <form class="side-form" onSubmit={submit} data-testid="return-form">
      <p class="help">{d.road.sendHomeHow(showMass(grams), partyName(w, language, manifest.generator))}</p>
      <PartyFinder id="return-carrier" label={w.road.sendHomeBy} role="carrier" error={null} chosen={carrier} onChoose={setCarrier} testid="carrier" />
      <Field id="return-plate" label={`${d.ship.plate} (${w.common.optional})`}>
        <input id="return-plate" value={plate} maxLength={20} onInput={(event) => setPlate(event.currentTarget.value)} data-testid="plate" />
      </Field>
      {error !== null && <Trouble error={error} />}
      <Button type="submit" look="main" busy={busy} disabled={carrier === null} testid="return-send">{busy ? d.road.sending : d.road.sendHomeSend}</Button>
    </form>
  )
}
