import './written.css'
import { useState } from 'preact/hooks'
import { apiGet, apiPost, apiUrl } from '../../api'
import { TreatmentSelect } from '../../act/fields'
import { uuid7 } from '../../ids'
import { ClassFinder, PartyFinder } from '../../ui/find'
import { Button, Field, Notice } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import type { Batch, Manifest, Uuid } from '../../wire'
import { useDesk } from '../desk'
import { Head, Section } from '../parts'
import { emptyLeg, emptyRow, emptySheet, missingIn, toSend, type Leg, type Missing, type Row, type Sheet } from './writtenForm'

const CAUSES = ['not_conform', 'not_receivable', 'awaiting_analysis', 'other'] as const

function Box({ id, label, value, when = false, onInput }: { id: string; label: string; value: string; when?: boolean; onInput: (value: string) => void }) {
  return (
    <Field id={id} label={label}>
      {when
        ? <input id={id} type="datetime-local" value={value} onInput={(event) => onInput(event.currentTarget.value)} data-testid={id} />
        : <input id={id} value={value} maxLength={200} onInput={(event) => onInput(event.currentTarget.value)} data-testid={id} />}
    </Field>
  )
}

function RowFields({ row, index, only, set, drop }: { row: Row; index: number; only: boolean; set: (row: Row) => void; drop: () => void }) {
  const { w, d } = useDesk()
  const p = d.papers
  const box = (name: 'container' | 'planned' | 'loaded' | 'accepted' | 'refused') => (
    <Box id={`written-${name}-${index}`} label={p[name]} value={row[name]} onInput={(value) => set({ ...row, [name]: value })} />
  )
  return (
    <fieldset class="written-row" data-testid="written-row">
      <legend>{p.row(index + 1)}</legend>
      <Box id={`written-code-${index}`} label={p.code} value={row.code} onInput={(code) => set({ ...row, code })} />
      {row.code.trim() === '' && (
        <ClassFinder id={`written-class-${index}`} label={p.wasteClass} error={null} chosen={row.wasteClass} onChoose={(wasteClass) => set({ ...row, wasteClass })} testid={`written-class-${index}`} />
      )}
      <div class="written-boxes">
        {box('container')}{box('planned')}{box('loaded')}{box('accepted')}{box('refused')}
      </div>
      {!only && <Button look="plain" onClick={drop}>{w.doing.remove}</Button>}
    </fieldset>
  )
}

function LegFields({ leg, index, only, set, drop }: { leg: Leg; index: number; only: boolean; set: (leg: Leg) => void; drop: () => void }) {
  const { w, d } = useDesk()
  const p = d.papers
  return (
    <fieldset class="written-row" data-testid="written-leg">
      <legend>{d.ship.leg(index + 1)}</legend>
      <PartyFinder id={`written-carrier-${index}`} label={w.what.carrier} role="carrier" error={null} chosen={leg.carrier} onChoose={(carrier) => set({ ...leg, carrier })} testid={`written-carrier-${index}`} />
      <div class="written-boxes">
        <Box id={`written-plate-${index}`} label={d.ship.plate} value={leg.plate} onInput={(plate) => set({ ...leg, plate })} />
        <Box id={`written-took-${index}`} label={p.tookOver} when value={leg.at} onInput={(at) => set({ ...leg, at })} />
        <Box id={`written-driver-${index}`} label={p.signed} value={leg.name} onInput={(name) => set({ ...leg, name })} />
      </div>
      {!only && <Button look="plain" onClick={drop}>{w.doing.remove}</Button>}
    </fieldset>
  )
}

/** Sheets are ordered first, which logs them, and printed after. */
function Order() {
  const { d } = useDesk()
  const p = d.papers
  const [count, setCount] = useState('10')
  const [order, setOrder] = useState<Uuid>(uuid7)
  const [printed, setPrinted] = useState<Uuid | null>(null)
  const [trouble, setTrouble] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  async function send(event: Event): Promise<void> {
    event.preventDefault()
    setBusy(true)
    setTrouble(null)
    try {
      await apiPost('/sheets', { id: order, count: Number(count) })
      setPrinted(order)
      setOrder(uuid7())
    } catch (problem) {
      setTrouble(problem)
    }
    setBusy(false)
  }
  return (
    <Section title={p.order}>
      <p class="soft">{p.orderHow}</p>
      <form class="written-order" onSubmit={send}>
        <Box id="sheets-count" label={p.count} value={count} onInput={setCount} />
        <Button type="submit" busy={busy} testid="sheets-order">{p.orderDo}</Button>
      </form>
      {trouble !== null && <Trouble error={trouble} />}
      {printed !== null && (
        <a class="button main" href={apiUrl(`/sheets/${printed}/stack.pdf`)} target="_blank" rel="noreferrer" data-testid="sheets-print">{p.orderPrint}</a>
      )}
    </Section>
  )
}

async function idsOf(sheet: Sheet): Promise<Map<string, Uuid>> {
  const codes = [...new Set(sheet.rows.map((row) => row.code.trim()).filter((code) => code !== ''))]
  const found = await Promise.all(codes.map((code) => apiGet<Batch>(`/batches/${encodeURIComponent(code)}`)))
  return new Map(found.map((batch, index) => [codes[index] ?? '', batch.id]))
}

function Entry({ onEntered }: { onEntered: (manifest: Manifest) => void }) {
  const { w, d } = useDesk()
  const p = d.papers
  const [sheet, setSheet] = useState<Sheet>(() => emptySheet(uuid7(), uuid7()))
  const [missing, setMissing] = useState<Missing[]>([])
  const [trouble, setTrouble] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const set = (change: Partial<Sheet>) => setSheet((have) => ({ ...have, ...change }))
  const swap = <T,>(list: readonly T[], at: number, one: T | null) => list.flatMap((each, index) => (index !== at ? [each] : one === null ? [] : [one]))

  async function send(event: Event): Promise<void> {
    event.preventDefault()
    setTrouble(null)
    const lacks = missingIn(sheet)
    setMissing(lacks)
    if (lacks.length > 0) return
    setBusy(true)
    try {
      // The ids are ours and stay the same when the answer is lost and the button pressed again.
      onEntered(await apiPost<Manifest>('/manifests/backfill', toSend(sheet, await idsOf(sheet))))
    } catch (problem) {
      setTrouble(problem)
      setBusy(false)
    }
  }

  return (
    <form class="written" onSubmit={send} data-testid="written-form">
      <div class="written-boxes">
        <Box id="written-number" label={p.number} value={sheet.number} onInput={(number) => set({ number })} />
        <Box id="written-at" label={p.writtenAt} when value={sheet.writtenAt} onInput={(writtenAt) => set({ writtenAt })} />
        <Box id="written-generator" label={p.generatorSigned} value={sheet.generatorName} onInput={(generatorName) => set({ generatorName })} />
      </div>
      <h2>{p.rows}</h2>
      {sheet.rows.map((row, index) => (
        <RowFields key={row.id} row={row} index={index} only={sheet.rows.length === 1} set={(one) => set({ rows: swap(sheet.rows, index, one) })} drop={() => set({ rows: swap(sheet.rows, index, null) })} />
      ))}
      <Button look="plain" icon="plus" onClick={() => set({ rows: [...sheet.rows, emptyRow(uuid7())] })} testid="written-add-row">{p.addRow}</Button>
      <h2>{d.ship.carrier}</h2>
      {sheet.legs.map((leg, index) => (
        <LegFields key={index} leg={leg} index={index} only={sheet.legs.length === 1} set={(one) => set({ legs: swap(sheet.legs, index, one) })} drop={() => set({ legs: swap(sheet.legs, index, null) })} />
      ))}
      <Button look="plain" icon="plus" onClick={() => set({ legs: [...sheet.legs, emptyLeg] })} testid="written-add-leg">{d.ship.addLeg}</Button>
      <h2>{d.ship.receiver}</h2>
      <PartyFinder id="written-receiver" label={w.what.receiver} role="receiver" error={null} chosen={sheet.receiver} onChoose={(receiver) => set({ receiver })} testid="written-receiver" />
      <TreatmentSelect label={w.ship.treatment} value={sheet.treatment} error={null} onChoose={(treatment) => set({ treatment })} />
      <div class="written-boxes">
        <Box id="written-received" label={p.receivedAt} when value={sheet.receivedAt} onInput={(receivedAt) => set({ receivedAt })} />
        <Box id="written-receiver-name" label={p.receiverSigned} value={sheet.receiverName} onInput={(receiverName) => set({ receiverName })} />
        <Field id="written-cause" label={p.cause}>
          <select id="written-cause" value={sheet.cause} onChange={(event) => set({ cause: event.currentTarget.value })}>
            <option value="">{d.common.none}</option>
            {CAUSES.map((cause) => <option key={cause} value={cause}>{p.causes[cause]}</option>)}
          </select>
        </Field>
      </div>
      <Box id="written-remark" label={p.remark} value={sheet.remark} onInput={(remark) => set({ remark })} />
      {missing.length > 0 && (
        <Notice meaning="watch" title={p.lacks} testid="written-missing" live>{missing.map((one) => p.missing[one]).join(' ')}</Notice>
      )}
      {trouble !== null && <Trouble error={trouble} />}
      <Button type="submit" look="main" busy={busy} testid="written-send">{p.enter}</Button>
    </form>
  )
}

/** What was written by hand during an outage, entered afterwards. It has happened: nothing here can be refused for its sake. */
export default function WrittenPage() {
  const { d, session } = useDesk()
  const p = d.papers
  const [entered, setEntered] = useState<Manifest | null>(null)
  if (entered) {
    return (
      <div data-testid="written-done">
        <Head eyebrow={p.title} title={entered.number} big><p class="lead">{p.done}</p></Head>
        <a class="button main" href={`/app/desk/manifest/${encodeURIComponent(entered.number)}`} data-testid="open-manifest">{d.ship.openIt}</a>
        <Button onClick={() => setEntered(null)} testid="written-another">{p.another}</Button>
      </div>
    )
  }
  return (
    <div class="written-page" data-testid="written-page">
      <Head title={p.title}><p class="soft">{p.how}</p></Head>
      <Entry onEntered={setEntered} />
      {session.person.role === 'manager' && <Order />}
    </div>
  )
}
