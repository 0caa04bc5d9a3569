import './make.css'
import { useEffect, useState } from 'preact/hooks'
import { apiGet, apiPost, Unreachable } from '../api'
import { TreatmentSelect } from '../act/fields'
import { uuid7 } from '../ids'
import { forgetDraft, useDraft } from '../people/draft'
import { goBack } from '../router'
import { Lazy, type PageProps } from '../shell'
import { showMass } from '../quantity'
import { PartyFinder } from '../ui/find'
import { Button, Field, Notice, Screen, Waiting } from '../ui/parts'
import { Trouble } from '../ui/trouble'
import { useAsk } from '../ui/useAsk'
import { nameIn, useLanguage, useWords } from '../words'
import { className, partyName } from '../what/subject'
import type { Batch, Manifest, NewManifest, Page, Party, Session, Uuid } from '../wire'
import { MoreLegs, moreToSend, type MoreLeg } from './legs'
import { LabelPicture } from './picture'
import { useRollsWords } from './words'

interface Plan {
  id: Uuid
  batches: Batch[]
  carrier: Party | null
  /** A carrier who is not in the register is typed in by name. */
  carrierName: string | null
  carrierPermit: string
  more: MoreLeg[]
  receiver: Party | null
  treatment: string
  plate: string
}

const STEPS = ['batches', 'carrier', 'receiver', 'review'] as const
type Step = (typeof STEPS)[number]

function emptyPlan(): Plan {
  return { id: uuid7(), batches: [], carrier: null, carrierName: null, carrierPermit: '', more: [], receiver: null, treatment: '', plate: '' }
}

function toSend(plan: Plan): NewManifest {
  const permit = plan.carrierPermit.trim()
  const typedIn = { name: plan.carrierName?.trim() ?? '', ...(permit === '' ? {} : { permit_number: permit }) }
  const plate = plan.plate.replaceAll(' ', '').toUpperCase()
  return {
    id: plan.id,
    batches: plan.batches.map((batch) => ({ batch: batch.id })),
    carriers: [plan.carrier?.id == null ? typedIn : { enterprise: plan.carrier.id }, ...moreToSend(plan.more)],
    receiver: plan.receiver?.id ?? '',
    treatment: plan.treatment,
    ...(plate === '' ? {} : { plate }),
  }
}

type Missing = 'pickAtLeastOne' | 'pickCarrier' | 'pickReceiver' | 'pickTreatment'

function missingAt(step: Step, plan: Plan): Missing | null {
  const carried = plan.carrier !== null || (plan.carrierName ?? '').trim() !== ''
  if (step === 'batches') return plan.batches.length === 0 ? 'pickAtLeastOne' : null
  if (step === 'carrier') return carried && plan.more.every((leg) => leg.party !== null) ? null : 'pickCarrier'
  if (step === 'receiver') return plan.receiver === null ? 'pickReceiver' : null
  return plan.treatment === '' ? 'pickTreatment' : null
}

const DRAFT = 'ship'
const loadOffline = () => import('./shipOffline')

export default function Ship({ session, query }: PageProps) {
  const [offline, setOffline] = useState(() => query.get('offline') !== null || !navigator.onLine)
  if (offline) return <Lazy load={loadOffline} props={{ session, first: query.get('batch') }} />
  return <ShipOnline session={session} query={query} onOffline={() => setOffline(true)} />
}

function ShipOnline({ session, query, onOffline }: { session: Session; query: URLSearchParams; onOffline: () => void }) {
  const [issued, setIssued] = useState<Manifest | null>(null)
  const [round, setRound] = useState(0)
  if (issued) {
    return (
      <Issued
        manifest={issued}
        onAnother={() => {
          setIssued(null)
          setRound(round + 1)
        }}
      />
    )
  }
  return <Planning key={round} session={session} first={round === 0 ? query.get('batch') : null} onIssued={setIssued} onOffline={onOffline} />
}

function Planning({ session, first, onIssued, onOffline }: { session: Session; first: Uuid | null; onIssued: (manifest: Manifest) => void; onOffline: () => void }) {
  const w = useWords()
  const [plan, setPlan] = useDraft<Plan>(session.person.id, DRAFT, emptyPlan)
  const [at, setAt] = useState(0)
  const [missing, setMissing] = useState<Missing | null>(null)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const step = STEPS[at] ?? 'batches'
  const set = (change: Partial<Plan>) => {
    setPlan((have) => ({ ...have, ...change }))
    setMissing(null)
    setError(null)
  }

  async function goOn(): Promise<void> {
    const lacking = missingAt(step, plan)
    setMissing(lacking)
    if (lacking) return
    if (step !== 'review') {
      setAt(at + 1)
      scrollTo(0, 0)
      return
    }
    setBusy(true)
    setError(null)
    try {
      // The id is ours and stays the same when the answer is lost and the button pressed again.
      const issued = await apiPost<Manifest>('/manifests', toSend(plan))
      forgetDraft(session.person.id, DRAFT)
      onIssued(issued)
    } catch (problem) {
      setError(problem)
      setBusy(false)
    }
  }

  const titles = { batches: w.ship.batches, carrier: w.ship.carrier, receiver: w.ship.receiver, review: w.ship.review }
  const last = step === 'review'
  const chosenGrams = plan.batches.reduce((sum, batch) => sum + batch.grams, 0)
  return (
    <Screen
      title={titles[step]}
      testid={`ship-${step}`}
      onBack={() => (at === 0 ? goBack('/') : setAt(at - 1))}
      dock={
        <>
          {missing && <Notice meaning="watch" title={w.ship[missing]} testid="missing" live />}
          {step === 'batches' && plan.batches.length > 0 && (
            <p class="soft">{w.ship.chosen(plan.batches.length, showMass(chosenGrams, plan.batches.every((batch) => batch.measured)))}</p>
          )}
          <Button look="main" busy={busy} onClick={() => void goOn()} testid={last ? 'issue-submit' : 'ship-next'}>
            {last ? (busy ? w.ship.submitting : w.ship.submit) : w.common.next}
          </Button>
        </>
      }
    >
      <p class="soft small">{w.ship.step(at + 1, STEPS.length)}</p>
      {step === 'batches' && <BatchStep session={session} plan={plan} set={set} first={first} onOffline={onOffline} />}
      {step === 'carrier' && <CarrierStep plan={plan} set={set} />}
      {step === 'receiver' && (
        <PartyFinder id="receiver" label={w.ship.search} role="receiver" error={null} chosen={plan.receiver}
          onChoose={(receiver) => set({ receiver })} testid="receiver" />
      )}
      {last && <ReviewStep plan={plan} set={set} />}
      {error !== null && (
        <div class="stack">
          <h2>{w.ship.refused}</h2>
          <Trouble error={error} />
        </div>
      )}
    </Screen>
  )
}

interface StepProps {
  plan: Plan
  set: (change: Partial<Plan>) => void
}

function BatchStep({ session, plan, set, first, onOffline }: StepProps & { session: Session; first: Uuid | null; onOffline: () => void }) {
  const w = useWords()
  const r = useRollsWords()
  const language = useLanguage()
  const holder = session.enterprise?.id ?? null
  const [asked, again] = useAsk(`on_site ${holder ?? ''}`, async (signal) => {
    const { items } = await apiGet<Page<Batch>>('/batches', { state: 'on_site', holder, limit: 200 }, signal)
    return items
  })
  const offered = asked.status === 'have' ? asked.value : null
  useEffect(() => {
    const wanted = offered?.find((batch) => batch.id === first)
    if (wanted && plan.batches.length === 0) set({ batches: [wanted] })
    // Only when the list arrives: afterwards the person decides what is on the truck.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [offered])
  if (asked.status === 'failed') {
    return (
      <>
        <Trouble error={asked.error} onRetry={again} />
        {asked.error instanceof Unreachable && r && <Button icon="truck" onClick={onOffline} testid="go-offline">{r.ship.goOffline}</Button>}
      </>
    )
  }
  if (!offered) return <Waiting />
  if (offered.length === 0) {
    return <Notice meaning="unknown" title={w.ship.batchesNone}>{w.ship.batchesNoneHow}</Notice>
  }
  const chosen = new Set(plan.batches.map((batch) => batch.id))
  const toggle = (batch: Batch) =>
    set({ batches: chosen.has(batch.id) ? plan.batches.filter((each) => each.id !== batch.id) : [...plan.batches, batch] })
  return (
    <ul class="plain sheet" data-testid="batch-list">
      {offered.map((batch) => (
        <li key={batch.id}>
          <label class="pick" data-testid="pick-batch" data-batch={batch.id}>
            <input type="checkbox" checked={chosen.has(batch.id)} onChange={() => toggle(batch)} />
            <span class="grow">
              <b>{showMass(batch.grams, batch.measured)}</b> <span class="code small soft">{batch.human_code}</span>
              <span class="cut2">{className(w, language, batch)}</span>
            </span>
          </label>
        </li>
      ))}
    </ul>
  )
}

function CarrierStep(props: StepProps) {
  const { plan, set } = props
  const named = plan.carrier !== null || (plan.carrierName ?? '').trim() !== ''
  return (
    <>
      <FirstCarrier {...props} />
      {(named || plan.more.length > 0) && <MoreLegs legs={plan.more} onChange={(more) => set({ more })} />}
    </>
  )
}

function FirstCarrier({ plan, set }: StepProps) {
  const w = useWords()
  if (plan.carrierName === null) {
    return (
      <>
        <PartyFinder id="carrier" label={w.ship.search} role="carrier" error={null} chosen={plan.carrier}
          onChoose={(carrier) => set({ carrier })} testid="carrier" />
        {!plan.carrier && (
          <Button look="plain" icon="pencil" onClick={() => set({ carrierName: '' })} testid="carrier-other">{w.ship.carrierOther}</Button>
        )}
      </>
    )
  }
  return (
    <>
      <Field id="carrier-name" label={w.ship.carrierName}>
        <input id="carrier-name" data-testid="carrier-name" value={plan.carrierName} maxLength={120}
          onInput={(event) => set({ carrierName: event.currentTarget.value })} />
      </Field>
      <Field id="carrier-permit" label={`${w.ship.carrierPermit} (${w.common.optional})`}>
        <input id="carrier-permit" data-testid="carrier-permit" value={plan.carrierPermit} maxLength={60}
          onInput={(event) => set({ carrierPermit: event.currentTarget.value })} />
      </Field>
      <Button look="plain" onClick={() => set({ carrierName: null })}>{w.common.back}</Button>
    </>
  )
}

function ReviewStep({ plan, set }: StepProps) {
  const w = useWords()
  const language = useLanguage()
  const grams = plan.batches.reduce((sum, batch) => sum + batch.grams, 0)
  return (
    <>
      <dl class="facts sheet review">
        <dt>{w.ship.batches}</dt>
        <dd>{w.ship.chosen(plan.batches.length, showMass(grams, plan.batches.every((batch) => batch.measured)))}</dd>
        <dt>{w.what.carrier}</dt>
        <dd>{[plan.carrier ? nameIn(language, plan.carrier) : plan.carrierName, ...plan.more.map((leg) => nameIn(language, leg.party))].join(' → ')}</dd>
        <dt>{w.what.receiver}</dt>
        <dd>{nameIn(language, plan.receiver)}</dd>
      </dl>
      <TreatmentSelect label={w.ship.treatment} value={plan.treatment} error={null} onChoose={(treatment) => set({ treatment })} />
      <Field id="plate" label={`${w.ship.plate} (${w.common.optional})`} help={w.doing.plateHelp}>
        <input id="plate" data-testid="plate" value={plan.plate} maxLength={20} autocapitalize="characters" spellcheck={false}
          onInput={(event) => set({ plate: event.currentTarget.value })} />
      </Field>
    </>
  )
}

function Issued({ manifest, onAnother }: { manifest: Manifest; onAnother: () => void }) {
  const w = useWords()
  const language = useLanguage()
  const carrier = manifest.carriers.map((each) => partyName(w, language, each.party)).join(' → ')
  return (
    <Screen
      title={w.ship.issued}
      testid="issued"
      dock={
        <>
          <Button onClick={onAnother} testid="another">{w.ship.another}</Button>
          <Button look="main" icon="print" onClick={() => print()} testid="print">{w.common.print}</Button>
        </>
      }
    >
      <div role="status">
        <p class="soft">{w.ship.number}</p>
        <p class="number code" data-testid="manifest-number">{manifest.number}</p>
        <p>
          {carrier} → {partyName(w, language, manifest.receiver)}
        </p>
      </div>
      <LabelPicture src={`/api/v1/manifests/${manifest.id}/label.png`} code={manifest.human_code} text={manifest.label_text} help={w.ship.showDriver} />
    </Screen>
  )
}
