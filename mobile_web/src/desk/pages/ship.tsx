import './ship.css'
import { useEffect, useState } from 'preact/hooks'
import { apiGet, apiPost, Refused } from '../../api'
import { TreatmentSelect } from '../../act/fields'
import { uuid7 } from '../../ids'
import { LabelPicture } from '../../make/picture'
import { Button, Field, Notice, Waiting } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { useAsk } from '../../ui/useAsk'
import { sentenceIn } from '../../words'
import { partyName } from '../../what/subject'
import type { Batch, Manifest, Page } from '../../wire'
import { useDesk } from '../desk'
import { momentIn } from '../format'
import type { DeskPageProps } from '../index'
import { Head } from '../parts'
import { Legs } from './changeWay'
import { BatchPicker, Paper, ReceiverField } from './shipFields'
import { MoreFields } from './shipMore'
import { emptyPlan, missingIn, refusalsAt, toSend, type FieldName, type Plan } from './plan'

function Issued({ manifest, onAnother }: { manifest: Manifest; onAnother: () => void }) {
  const { w, d, language } = useDesk()
  const carriers = manifest.carriers.map((each) => partyName(w, language, each.party)).join(' → ')
  return (
    <div class="issued" data-testid="issued">
      <Head eyebrow={d.ship.done} title={<span data-testid="manifest-number">{manifest.number}</span>} big>
        <p class="lead">
          {partyName(w, language, manifest.generator)} → {carriers} → {partyName(w, language, manifest.receiver)}
        </p>
        <p class="soft">{d.ship.doneHow} {manifest.due_pickup_at != null && d.ship.pickedUpBy(momentIn(language, manifest.due_pickup_at))}</p>
      </Head>
      <LabelPicture src={`/api/v1/manifests/${manifest.id}/label.png`} code={manifest.human_code} text={manifest.label_text} help={w.ship.showDriver} />
      <div class="issued-acts no-print">
        <Button look="main" icon="print" onClick={() => print()} testid="print">{w.common.print}</Button>
        <a class="button" href={`/app/desk/manifest/${manifest.number}`} data-testid="open-manifest">{d.ship.openIt}</a>
        <Button onClick={onAnother} testid="another">{d.ship.another}</Button>
      </div>
    </div>
  )
}

function Planning({ offered, first, onIssued }: { offered: Batch[]; first: string[]; onIssued: (manifest: Manifest) => void }) {
  const { w, d, language } = useDesk()
  const [plan, setPlan] = useState<Plan>(() => ({ ...emptyPlan(uuid7()), batches: offered.filter((batch) => first.includes(batch.id)) }))
  const [wrong, setWrong] = useState<ReadonlyMap<FieldName, string[]>>(new Map())
  const [trouble, setTrouble] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const set = (change: Partial<Plan>, field: FieldName | 'legs') => {
    setPlan((have) => ({ ...have, ...change }))
    // What was said about a field is said no more once the field has changed; the rest still stands.
    setWrong((have) => new Map([...have].filter(([name]) => name !== field && !(field === 'batches' && name.startsWith('batch')) && !(field === 'legs' && name.startsWith('carrier')) && name !== 'form')))
  }
  const said = (field: FieldName) => wrong.get(field)?.join(' ') ?? null

  async function issue(event: Event): Promise<void> {
    event.preventDefault()
    setTrouble(null)
    const missing = missingIn(plan)
    if (missing.size > 0) {
      setWrong(new Map([...missing].map(([field, what]) => [field, [w.ship[what]]])))
      showFirst()
      return
    }
    setBusy(true)
    try {
      // The id is ours and stays the same when the answer is lost and the button pressed again.
      onIssued(await apiPost<Manifest>('/manifests', toSend(plan)))
    } catch (problem) {
      if (problem instanceof Refused) {
        const refusals = refusalsAt(problem.problem, plan)
        setWrong(new Map([...refusals].map(([field, parts]) => [field, parts.map((part) => sentenceIn(language, part))])))
        showFirst()
      } else setTrouble(problem)
      setBusy(false)
    }
  }

  return (
    <form class="shipping" onSubmit={issue} noValidate data-testid="ship-form">
      <div class="shipping-fields">
        <BatchPicker offered={offered} plan={plan} said={said} onChange={(batches) => set({ batches }, 'batches')} />
        <Legs legs={plan.legs} said={said} onChange={(legs) => set({ legs }, 'legs')} />
        <ReceiverField plan={plan} error={said('receiver')} onChange={(receiver) => set({ receiver }, 'receiver')} />
        <TreatmentSelect label={d.ship.treatment} value={plan.treatment} error={said('treatment')} onChoose={(treatment) => set({ treatment }, 'treatment')} />
        <Field id="plate" label={`${d.ship.plate} (${w.common.optional})`} help={w.doing.plateHelp} error={said('plate')}>
          <input id="plate" data-testid="plate" value={plan.plate} maxLength={20} autocapitalize="characters" spellcheck={false}
            onInput={(event) => set({ plate: event.currentTarget.value }, 'plate')} />
        </Field>
        <MoreFields plan={plan} said={said} onChange={(change, field) => set(change, field)} />
      </div>
      <aside class="shipping-paper">
        <Paper plan={plan} />
        {wrong.size > 0 && <Notice meaning="stop" title={d.ship.refused(wrong.size)} testid="ship-refused" live>{said('form')}</Notice>}
        {trouble !== null && <Trouble error={trouble} />}
        <Button look="main" type="submit" busy={busy} testid="issue-submit">{busy ? d.ship.issuing : d.ship.issue}</Button>
      </aside>
    </form>
  )
}

/** The first field that stands in the way comes into sight once it is drawn. */
function showFirst(): void {
  requestAnimationFrame(() => document.querySelector('.shipping .wrong')?.scrollIntoView({ block: 'center' }))
}

export default function ShipPage({ query }: DeskPageProps) {
  const { d, session } = useDesk()
  const [issued, setIssued] = useState<Manifest | null>(null)
  const [round, setRound] = useState(0)
  const holder = session.enterprise?.id ?? null
  const [asked, again] = useAsk(`shippable ${holder ?? ''} ${round}`, async (signal) => {
    const states = ['on_site', 'received']
    const pages = await Promise.all(states.map((state) => apiGet<Page<Batch>>('/batches', { state, holder, limit: 200 }, signal)))
    return pages.flatMap((page) => page.items)
  })
  useEffect(() => scrollTo(0, 0), [issued])
  if (issued) {
    const another = () => {
      setIssued(null)
      setRound(round + 1)
    }
    return <Issued manifest={issued} onAnother={another} />
  }
  return (
    <div data-testid="ship-page">
      <Head title={d.ship.title} />
      {asked.status === 'asking' && <Waiting />}
      {asked.status === 'failed' && <Trouble error={asked.error} onRetry={again} />}
      {asked.status === 'have' && <Planning key={round} offered={asked.value} first={round === 0 ? query.getAll('batch') : []} onIssued={setIssued} />}
    </div>
  )
}
