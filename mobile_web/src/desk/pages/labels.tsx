import './labels.css'
import { useEffect, useState } from 'preact/hooks'
import { apiFile, apiGet, Refused } from '../../api'
import { Button, Field, Notice, Waiting } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { useAsk } from '../../ui/useAsk'
import { sentenceIn } from '../../words'
import type { Batch, Page } from '../../wire'
import { codeOf } from '../codes'
import { useRollsWords } from '../../make/words'
import { useDesk } from '../desk'
import type { DeskPageProps } from '../index'
import { Sentence } from '../lists/filters'
import { List } from '../lists/list'
import { valuesFrom, type SentencePart } from '../lists/sentence'
import { usePages } from '../lists/usePages'
import { ClassTag, Grams, Head, Section } from '../parts'
import { LabelWords } from './labelWords'

export interface Layout {
  name: string
  zh: string
  en: string
  page: [number, number] | null
  columns: number
  rows: number
}

interface How {
  layout: string
  start: number
  side: string
  format: 'pdf' | 'zpl'
  dpi: number
}

const ZPL = [203, 300] as const
const SIDES = ['', '100', '150', '200'] as const
const AT_ONCE = 1000
const PATIENCE_MS = 60_000

/** The first sheet, to be pointed at: where the first free sticker is. */
function Sheet({ layout, start, count, onStart }: { layout: Layout; start: number; count: number; onStart: (start: number) => void }) {
  const { d } = useDesk()
  const cells = Array.from({ length: layout.columns * layout.rows }, (_, at) => at + 1)
  return (
    <div class="label-sheet" role="group" aria-label={d.labels.start} style={{ gridTemplateColumns: `repeat(${layout.columns}, 1fr)`, gridTemplateRows: `repeat(${layout.rows}, 1fr)` }}>
      {cells.map((cell) => (
        <button key={cell} type="button" class={cell < start ? 'gone' : cell < start + count ? 'filled' : ''} aria-label={d.labels.place(cell)}
          aria-pressed={cell === start} onClick={() => onStart(cell)} data-testid="label-place" data-place={cell}>{cell}</button>
      ))}
    </div>
  )
}

function HowToPrint({ layouts, how, count, onChange }: { layouts: Layout[]; how: How; count: number; onChange: (how: How) => void }) {
  const { d, language } = useDesk()
  const layout = layouts.find((each) => each.name === how.layout)
  const choose = (value: string) => {
    const dpi = ZPL.find((each) => value === `zpl${each}`)
    onChange({ ...how, start: 1, format: dpi === undefined ? 'pdf' : 'zpl', layout: dpi === undefined ? value : 'each', dpi: dpi ?? 203 })
  }
  return (
    <>
      <Field id="label-layout" label={d.labels.paper}>
        <select id="label-layout" value={how.format === 'zpl' ? `zpl${how.dpi}` : how.layout} onChange={(event) => choose(event.currentTarget.value)} data-testid="label-layout">
          {layouts.map((each) => <option key={each.name} value={each.name}>{language === 'zh' ? each.zh : each.en}</option>)}
          {ZPL.map((dpi) => <option key={dpi} value={`zpl${dpi}`}>{d.labels.zpl(dpi)}</option>)}
        </select>
      </Field>
      {layout?.page != null && layout.columns * layout.rows > 1 && (
        <div class="field">
          <span class="label">{d.labels.start}</span>
          <Sheet layout={layout} start={how.start} count={count} onStart={(start) => onChange({ ...how, start })} />
          <p class="help">{d.labels.startHow}</p>
        </div>
      )}
      <Field id="label-side" label={d.labels.side} help={d.labels.sideHow}>
        <select id="label-side" value={how.side} onChange={(event) => onChange({ ...how, side: event.currentTarget.value })} data-testid="label-side">
          {SIDES.map((side) => <option key={side} value={side}>{side === '' ? d.labels.byContainer : d.labels.mm(side)}</option>)}
        </select>
      </Field>
    </>
  )
}

type Chosen = ReadonlyMap<string, Batch>

function Chooser({ items, chosen, onChange }: { items: Batch[]; chosen: Chosen; onChange: (chosen: Chosen) => void }) {
  const { d } = useDesk()
  const toggle = (batch: Batch) => {
    const next = new Map(chosen)
    if (!next.delete(batch.id)) next.set(batch.id, batch)
    onChange(next)
  }
  return (
    <>
      <Button look="plain" onClick={() => onChange(new Map([...chosen, ...items.map((batch) => [batch.id, batch] as const)]))} testid="choose-all">{d.labels.all(items.length)}</Button>
      <table class="rows">
        <thead>
          <tr><th class="tick" /><th>{d.stock.code}</th><th>{d.stock.thing}</th><th class="right">{d.stock.mass}</th><th>{d.labels.label}</th></tr>
        </thead>
        <tbody>
          {items.map((batch) => (
            <tr key={batch.id} class={chosen.has(batch.id) ? 'chosen-row' : undefined}>
              <td class="tick"><input type="checkbox" checked={chosen.has(batch.id)} onChange={() => toggle(batch)} aria-label={d.stock.choose(codeOf(batch))} data-testid="choose-label" data-batch={batch.id} /></td>
              <td class="code">{codeOf(batch)}</td>
              <td class="wide"><ClassTag wasteClass={batch.class} raw={batch.raw_class ?? null} /></td>
              <td class="right"><Grams grams={batch.grams} measured={batch.measured} /></td>
              <td class="soft">{batch.label_text === null ? d.labels.none : d.labels.issued}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The download has its own hold of the file by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

export default function LabelsPage({ query }: DeskPageProps) {
  const r = useRollsWords()
  const { w, d, language, session } = useDesk()
  const [chosen, setChosen] = useState<Chosen>(new Map())
  const [how, setHow] = useState<How>({ layout: 'each', start: 1, side: '', format: 'pdf', dpi: 203 })
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<unknown>(null)
  const [asked, again] = useAsk('label-layouts', (signal) => apiGet<Page<Layout>>('/label-layouts', {}, signal))
  const parts: SentencePart[] = [
    d.labels.sentence,
    { name: 'class', kind: 'text', placeholder: d.stock.classPlaceholder, label: w.what.code },
    d.stock.sentence.named,
    { name: 'q', kind: 'text', placeholder: d.stock.codePlaceholder, label: d.stock.code },
  ]
  const values = valuesFrom(parts, query)
  const pages = usePages<Batch>('/batches', { state: 'on_site,reserved,received,refused', class: values['class'], q: values['q'], holder: session.enterprise?.id, limit: 100 })
  useEffect(() => setTrouble(null), [chosen, how])
  async function print(): Promise<void> {
    setBusy(true)
    setTrouble(null)
    const { side, ...rest } = how
    try {
      const body = { ...rest, side: side === '' ? null : Number(side), batches: [...chosen.keys()].slice(0, AT_ONCE) }
      save(await apiFile('/label-prints', body, PATIENCE_MS), how.format === 'zpl' ? 'labels.zpl' : 'labels.pdf')
      pages.again()
    } catch (problem) {
      setTrouble(problem)
    }
    setBusy(false)
  }
  if (asked.status === 'asking') return <Waiting />
  if (asked.status === 'failed') return <Trouble error={asked.error} onRetry={again} />
  return (
    <div data-testid="labels-page">
      <Head title={d.labels.title}><p class="lead soft">{d.labels.lead}</p>{r && <a class="line-link" href="/app/desk/rolls" data-testid="to-rolls">{r.desk.title}</a>}</Head>
      <div class="labelling">
        <div>
          <Sentence path="/app/desk/labels" parts={parts} values={values} />
          <List pages={pages} none={d.stock.none} noneHow={d.stock.noneHow}>
            {(items) => <Chooser items={items} chosen={chosen} onChange={setChosen} />}
          </List>
        </div>
        <aside class="label-how">
          <HowToPrint layouts={asked.value.items} how={how} count={chosen.size} onChange={setHow} />
          {trouble instanceof Refused && <Notice meaning="stop" title={sentenceIn(language, trouble.problem)} live testid="print-refused" />}
          {trouble !== null && !(trouble instanceof Refused) && <Trouble error={trouble} onRetry={() => void print()} />}
          <Button look="main" icon="print" busy={busy} disabled={chosen.size === 0} onClick={() => void print()} testid="print-labels">{busy ? d.labels.printing : d.labels.print(chosen.size)}</Button>
          {chosen.size > 0 && <Button look="plain" onClick={() => setChosen(new Map())}>{d.stock.clear}</Button>}
          <p class="help">{d.labels.full}</p>
        </aside>
      </div>
      <Section title={d.labels.says}><LabelWords batches={[...chosen.values()]} /></Section>
    </div>
  )
}
