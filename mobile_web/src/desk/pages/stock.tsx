import { useState } from 'preact/hooks'
import { showMass } from '../../quantity'
import { navigate } from '../../router'
import { Button } from '../../ui/parts'
import { nameIn } from '../../words'
import { partyName } from '../../what/subject'
import type { Batch } from '../../wire'
import { codeOf, refOf } from '../codes'
import { useDesk } from '../desk'
import { dayIn } from '../format'
import type { DeskPageProps } from '../index'
import { Sentence } from '../lists/filters'
import { List } from '../lists/list'
import { valuesFrom, type SentencePart } from '../lists/sentence'
import { usePages } from '../lists/usePages'
import { ClassTag, Grams, Head, OddMark, State } from '../parts'

/** Somebody's stock: their own, and what they received from others. */
const IN_HAND = 'on_site,received'
const STATES = ['', IN_HAND, 'on_site', 'reserved', 'in_transit', 'arrived', 'received', 'refused', 'returning', 'treated', 'split', 'combined'] as const
const SHIPPABLE: ReadonlySet<string> = new Set(['on_site', 'received'])

interface RowProps {
  batch: Batch
  chosen: boolean
  onChoose: (() => void) | null
}

function BatchRow({ batch, chosen, onChoose }: RowProps) {
  const { w, d, language, park } = useDesk()
  const place = nameIn(language, batch.place)
  const where = park ? [partyName(w, language, batch.holder), place] : [batch.state === 'on_site' ? '' : partyName(w, language, batch.holder), place]
  return (
    <tr class={chosen ? 'chosen-row' : undefined}>
      {onChoose && (
        <td class="tick">
          {SHIPPABLE.has(batch.state) && batch.class !== null && (
            <input type="checkbox" checked={chosen} onChange={onChoose} aria-label={d.stock.choose(codeOf(batch))} data-testid="choose-batch" data-batch={batch.id} />
          )}
        </td>
      )}
      <td><a class="code" href={`/app/desk/batch/${refOf(batch)}`} data-row data-testid="batch-row">{codeOf(batch)}</a></td>
      <td class="wide"><ClassTag wasteClass={batch.class} raw={batch.raw_class ?? null} /></td>
      <td class="right"><Grams grams={batch.grams} measured={batch.measured} /></td>
      <td><State state={batch.state} of="batch" /></td>
      <td>{where.filter((part) => part !== '').join(' · ')}</td>
      <td class="soft">{dayIn(language, batch.generated_at)}</td>
      <td><OddMark findings={batch.findings} /></td>
    </tr>
  )
}

function Chosen({ batches, onClear }: { batches: Batch[]; onClear: () => void }) {
  const { d } = useDesk()
  const grams = batches.reduce((sum, batch) => sum + batch.grams, 0)
  const go = () => navigate(`/app/desk/ship?${batches.map((batch) => `batch=${batch.id}`).join('&')}`)
  return (
    <div class="chosen-bar" role="status">
      <span class="grow">{d.stock.chosen(batches.length, showMass(grams, batches.every((batch) => batch.measured)))}</span>
      <Button look="plain" onClick={onClear}>{d.stock.clear}</Button>
      <Button look="main" icon="truck" onClick={go} testid="ship-chosen">{d.stock.ship}</Button>
    </div>
  )
}

export function StockPage({ query }: DeskPageProps) {
  const { w, d, park, session } = useDesk()
  const [chosen, setChosen] = useState<ReadonlyMap<string, Batch>>(new Map())
  const label = (state: (typeof STATES)[number]) => (state === '' ? d.stock.state.any : state === IN_HAND ? d.stock.state.inHand : w.batchState[state])
  const parts: SentencePart[] = [
    d.stock.sentence.batches,
    { name: 'state', kind: 'choice', options: STATES.map((value) => ({ value, label: label(value) })), start: park ? '' : IN_HAND },
    d.stock.sentence.of,
    { name: 'class', kind: 'text', placeholder: d.stock.classPlaceholder, label: w.what.code },
    d.stock.sentence.named,
    { name: 'q', kind: 'text', placeholder: d.stock.codePlaceholder, label: d.stock.code },
  ]
  const values = valuesFrom(parts, query)
  const holder = query.get('holder') ?? (park ? null : (session.enterprise?.id ?? null))
  const pages = usePages<Batch>('/batches', { state: values['state'], class: values['class'], q: values['q'], holder, limit: 50 })
  const ships = !park && session.person.role === 'manager'
  const toggle = (batch: Batch) => {
    const next = new Map(chosen)
    if (!next.delete(batch.id)) next.set(batch.id, batch)
    setChosen(next)
  }
  return (
    <div data-testid="stock-page">
      <Head title={park ? d.stock.titlePark : d.stock.title} />
      <Sentence path="/app/desk/stock" parts={parts} values={values} />
      <List pages={pages} none={d.stock.none} noneHow={d.stock.noneHow}>
        {(items) => (
          <table class="rows">
            <thead>
              <tr>
                {ships && <th class="tick" />}
                <th>{d.stock.code}</th>
                <th>{d.stock.thing}</th>
                <th class="right">{d.stock.mass}</th>
                <th>{d.stock.state_}</th>
                <th>{d.stock.where}</th>
                <th>{d.stock.since}</th>
                <th><span class="sr">{d.chain.odd}</span></th>
              </tr>
            </thead>
            <tbody>
              {items.map((batch) => (
                <BatchRow key={batch.id} batch={batch} chosen={chosen.has(batch.id)} onChoose={ships ? () => toggle(batch) : null} />
              ))}
            </tbody>
          </table>
        )}
      </List>
      {chosen.size > 0 && <Chosen batches={[...chosen.values()]} onClear={() => setChosen(new Map())} />}
    </div>
  )
}
