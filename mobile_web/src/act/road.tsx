import '../make/make.css'
import { useState } from 'preact/hooks'
import { ready } from '../pocket/habits'
import { showMass } from '../quantity'
import { PartyFinder, StoreFinder } from '../ui/find'
import { Icon } from '../ui/icons'
import { Button, Choices, Field, Notice } from '../ui/parts'
import { useAsk } from '../ui/useAsk'
import { useLanguage, useWords } from '../words'
import type { Party, Session, Uuid } from '../wire'
import { partyName, type SubjectLeg } from '../what/subject'
import { errorWords, PlateField, type FieldsProps } from './fields'
import { STOPS, UNCOLLECTED } from './form'

// What a driver tells on the road beside picking up and arriving: what stayed behind, stops, stores on the way, other hands.

function Words({ form, set, errors, setActive, label }: FieldsProps & { label: string }) {
  return (
    <Field id="cause-text" label={label} error={errorWords(useWords(), errors['text'])}>
      <input id="cause-text" data-testid="cause-text" value={form.text} maxLength={300}
        onFocus={() => setActive(null)} onInput={(event) => set({ text: event.currentTarget.value })} />
    </Field>
  )
}

function textLabel(w: ReturnType<typeof useWords>, needed: boolean): string {
  return needed ? w.doing.text : `${w.doing.text} (${w.common.optional})`
}

export function UncollectedFields(props: FieldsProps) {
  const w = useWords()
  const { form, set, subject, errors } = props
  const toggle = (batch: Uuid) => set({ left: form.left.includes(batch) ? form.left.filter((each) => each !== batch) : [...form.left, batch] })
  return (
    <>
      <p class="help">{w.road.uncollectedHow}</p>
      {subject.lines.length > 1 && (
        <fieldset class={errors['left'] ? 'field wrong' : 'field'}>
          <legend>{w.road.whichOnes}</legend>
          {errors['left'] && <p class="error" role="alert"><Icon name="stop" size={18} /> {errorWords(w, errors['left'])}</p>}
          <ul class="plain sheet">
            {subject.lines.map((line) => (
              <li key={line.batch}>
                <label class="pick" data-testid={`left-${line.code}`}>
                  <input type="checkbox" checked={form.left.includes(line.batch)} onChange={() => toggle(line.batch)} />
                  <span class="grow"><b>{showMass(line.grams, line.measured)}</b> <span class="code small soft">{line.code}</span><span class="cut2">{line.name}</span></span>
                </label>
              </li>
            ))}
          </ul>
        </fieldset>
      )}
      <Choices legend={w.road.whyLeft} name="reason" value={form.reason} columns={2} error={errorWords(w, errors['reason'])}
        options={UNCOLLECTED.map((value) => ({ value, label: w.road.uncollected[value] }))} onChoose={(reason) => set({ reason })} />
      <Words {...props} label={textLabel(w, form.reason === 'other')} />
    </>
  )
}

export function StoppedFields(props: FieldsProps) {
  const w = useWords()
  const { form, set, errors } = props
  return (
    <>
      <p class="help">{w.road.stoppedHow}</p>
      <Choices legend={w.road.whyStopped} name="reason" value={form.reason} columns={2} error={errorWords(w, errors['reason'])}
        options={STOPS.map((value) => ({ value, label: w.road.stops[value] }))} onChoose={(reason) => set({ reason })} />
      <Words {...props} label={textLabel(w, form.reason === 'other')} />
    </>
  )
}

export function DissolveFields(props: FieldsProps) {
  const w = useWords()
  const grams = props.subject.lines.reduce((sum, line) => sum + line.grams, 0)
  return (
    <>
      <Notice meaning="stop" title={w.road.dissolveWarn} testid="dissolve-warning">
        {w.road.dissolveHow(showMass(grams))}
      </Notice>
      <Words {...props} label={`${w.road.dissolveWhy} (${w.common.optional})`} />
    </>
  )
}

/** The stores the manifest names. A keeper who scans it at the own door need not choose: it is they. */
export function DepositFields(props: FieldsProps & { session: Session }) {
  const w = useWords()
  const { form, set, subject, errors, session } = props
  const own = session.enterprise?.id ?? null
  const stores = storesOf(subject.legs)
  const mine = stores.some((leg) => leg.party === own)
  if (stores.length === 0) return <Notice meaning="watch" title={w.road.keeperNone} testid="keeper-none" />
  return (
    <>
      <Choices legend={w.road.keeper} name="keeper" value={form.keeper} columns={2} error={errorWords(w, errors['keeper'])}
        options={(mine ? stores.filter((leg) => leg.party === own) : stores).map((leg) => ({ value: leg.party, label: leg.party === own ? w.road.keeperOwn : leg.name, icon: 'store' as const }))}
        onChoose={(keeper) => set({ keeper })} />
      <p class="help">{w.road.keeperHow}</p>
      {mine && form.keeper === own && (
        <StoreFinder id="store" enterprise={own} error={null} chosen={form.storePlace ?? null}
          onChoose={(place) => set({ store: place?.id ?? null, storePlace: place })} testid="store" />
      )}
    </>
  )
}

/** The stores still to be begun, or all of them where none is. */
export function storesOf(legs: readonly SubjectLeg[]): SubjectLeg[] {
  const stores = legs.filter((leg) => leg.what === 'store')
  const open = stores.filter((leg) => leg.open)
  const chosen = open.length > 0 ? open : stores
  return chosen.filter((leg, at) => chosen.findIndex((each) => each.party === leg.party) === at)
}

export interface Taker {
  key: string
  party: Uuid | null
  plate: string
  label: string
}

const OTHER = 'other'

/** Who can take it over: the legs still to be driven, another driver of whoever has it, anybody else. */
export function takersOf(w: ReturnType<typeof useWords>, subject: FieldsProps['subject']): Taker[] {
  const driving = subject.legs.filter((leg) => leg.what === 'carrier' && leg.open && leg.party !== subject.holder)
  const has = subject.legs.filter((leg) => leg.what === 'carrier' && leg.party === subject.holder)
  return [
    ...driving.map((leg) => ({ key: `leg-${leg.leg}`, party: leg.party, plate: leg.plate ?? '', label: `${leg.name} · ${w.road.nextLeg(leg.leg)}` })),
    ...has.slice(0, 1).map((leg) => ({ key: 'same', party: leg.party, plate: '', label: `${leg.name} · ${w.road.sameCarrier}` })),
    { key: OTHER, party: null, plate: '', label: w.road.otherCarrier },
  ]
}

/** Which of them a form that was filled in before names; null where nobody was chosen yet. */
export function takerIn(takers: readonly Taker[], form: FieldsProps['form']): string | null {
  if (takers.length === 1 || (form.carrier !== null && form.carrierParty?.id === form.carrier)) return OTHER
  return form.carrier === null ? null : (takers.find((taker) => taker.party === form.carrier)?.key ?? null)
}

/** Whom this person handed over to last, where that is not who has it. */
function useLastCarrier(holder: Uuid | null): Party | null {
  const [asked] = useAsk('habits', ready)
  const last = asked.status === 'have' ? (asked.value.habits?.carrier ?? null) : null
  return last?.id === holder ? null : last
}

export function HandOverFields(props: FieldsProps) {
  const w = useWords()
  const language = useLanguage()
  const { form, set, subject, errors } = props
  const takers = takersOf(w, subject)
  const [chosen, setChosen] = useState<string | null>(() => takerIn(takers, form))
  const carrier = form.carrierParty ?? null
  const last = useLastCarrier(subject.holder)
  const choose = (key: string) => {
    const taker = takers.find((each) => each.key === key)
    setChosen(key)
    set({ carrier: key === OTHER ? (carrier?.id ?? null) : (taker?.party ?? null), plate: taker?.plate ?? '' })
  }
  const missing = errorWords(w, errors['carrier'])
  return (
    <>
      {takers.length > 1 && (
        <Choices legend={w.doing.carrierNow} name="taker" value={chosen} columns={2} error={chosen === null ? missing : null}
          options={takers.map((taker) => ({ value: taker.key, label: taker.label }))} onChoose={choose} />
      )}
      {chosen === OTHER && (
        <>
          <PartyFinder id="carrier" label={w.doing.carrierNow} role="carrier" error={missing} chosen={carrier}
            onChoose={(party) => set({ carrier: party?.id ?? null, carrierParty: party })} testid="carrier" />
          {last && carrier === null && (
            <Button icon="truck" testid="carrier-lately" onClick={() => set({ carrier: last.id, carrierParty: last })}>
              {partyName(w, language, last)}
            </Button>
          )}
          {takers.length > 1 && <p class="help">{w.road.otherCarrierHow}</p>}
        </>
      )}
      <PlateField {...props} label={w.road.newPlate} needed={chosen === 'same'} />
    </>
  )
}
