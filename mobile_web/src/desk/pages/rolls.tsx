import './labels.css'
import { useState } from 'preact/hooks'
import { apiFile, apiGet, apiPost } from '../../api'
import { uuid7 } from '../../ids'
import { useRollsWords } from '../../make/words'
import { Button, Field, Waiting } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { useAsk } from '../../ui/useAsk'
import { LOCALE } from '../../words'
import type { RollsWords } from '../../words/mirror.rolls'
import type { Instant, Party, Uuid } from '../../wire'
import { useDesk } from '../desk'
import { Head, Section } from '../parts'
import { GrantForm } from './grant'
import type { Layout } from './labels'

interface Roll {
  id: Uuid
  enterprise: Party
  count: number
  used: number
  open: number
  spoilt: number
  issued_at: Instant
  withdrawn_at: Instant | null
  withdrawn_why: string | null
}

interface Block {
  id: Uuid
  first: number
  last: number
  series: string
  holder_kind: string
  holder: string
  device: Uuid | null
  until: Instant | null
  closed_at: Instant | null
  open: number
  used: number
  returned: number
  spoilt: number
}

const PATIENCE_MS = 120_000

/** Label rolls and the numbers on phones: given out, looked at, taken back. */
export default function RollsPage() {
  const r = useRollsWords()
  if (r === null) return <Waiting />
  return (
    <div data-testid="rolls-page">
      <Head title={r.desk.title} />
      <Rolls r={r} />
      <Blocks r={r} />
    </div>
  )
}

function useDay(): (instant: Instant) => string {
  const { language } = useDesk()
  return (instant) => new Date(instant).toLocaleDateString(LOCALE[language])
}

function Rolls({ r }: { r: RollsWords }) {
  const { session, language } = useDesk()
  const day = useDay()
  const [asked, again] = useAsk('rolls', (signal) => apiGet<{ items: Roll[] }>('/label-rolls', {}, signal))
  const [layouts] = useAsk('layouts', (signal) => apiGet<{ items: Layout[] }>('/label-layouts', {}, signal))
  const [count, setCount] = useState('100')
  const [layout, setLayout] = useState('each')
  const [error, setError] = useState<unknown>(null)
  const tells = session.enterprise !== null
  const tried = (work: Promise<unknown>) => void work.then(() => {
      setError(null)
      again()
    }, setError)

  async function printOut(roll: Roll): Promise<void> {
    const zpl = layout === 'zpl'
    const file = await apiFile(`/label-rolls/${roll.id}/print`, zpl ? { format: 'zpl' } : { layout }, PATIENCE_MS)
    const link = document.createElement('a')
    link.href = URL.createObjectURL(file)
    link.download = zpl ? 'roll.zpl' : 'roll.pdf'
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), PATIENCE_MS)
  }

  return (
    <Section title={r.desk.rolls}>
      <p class="soft">{r.desk.rollsHow}</p>
      {tells && (
        <div class="row">
          <Field id="roll-count" label={r.desk.count}>
            <input id="roll-count" type="number" min={1} max={1000} value={count} data-testid="roll-count" onInput={(event) => setCount(event.currentTarget.value)} />
          </Field>
          <Button look="main" icon="plus" onClick={() => tried(apiPost('/label-rolls', { id: uuid7(), count: Number(count) }))} testid="roll-order">{r.desk.order}</Button>
          <Field id="roll-layout" label={r.desk.layout}>
            <select id="roll-layout" value={layout} data-testid="roll-layout" onChange={(event) => setLayout(event.currentTarget.value)}>
              {layouts.status === 'have' && layouts.value.items.map((each) => <option key={each.name} value={each.name}>{language === 'zh' ? each.zh : each.en}</option>)}
              <option value="zpl">ZPL</option>
            </select>
          </Field>
        </div>
      )}
      {error !== null && <Trouble error={error} />}
      {asked.status === 'failed' && <Trouble error={asked.error} onRetry={again} />}
      {asked.status === 'have' && asked.value.items.length === 0 && <p class="soft">{r.desk.none}</p>}
      {asked.status === 'have' && asked.value.items.length > 0 && (
        <table class="rows" data-testid="rolls">
          <thead><tr><th>{r.desk.when}</th><th class="right">{r.desk.count}</th><th class="right">{r.desk.used}</th><th class="right">{r.desk.open}</th><th class="right">{r.desk.spoilt}</th><th /></tr></thead>
          <tbody>
            {asked.value.items.map((roll) => (
              <tr key={roll.id} data-testid="roll-row" data-roll={roll.id} data-open={roll.open} data-used={roll.used}>
                <td>{day(roll.issued_at)}</td>
                <td class="right">{roll.count}</td><td class="right">{roll.used}</td><td class="right">{roll.open}</td><td class="right">{roll.spoilt}</td>
                <td>
                  {roll.withdrawn_at !== null && <span class="soft">{r.desk.withdrawn}: {roll.withdrawn_why}</span>}
                  {roll.open > 0 && tells && <Button look="plain" icon="print" onClick={() => void printOut(roll).catch(setError)} testid="roll-print">{r.desk.print}</Button>}
                  {roll.open > 0 && session.person.role !== 'handler' && (
                    <Ending word={r.desk.withdraw} why={r.desk.why} testid="roll-withdraw" onEnd={(reason) => tried(apiPost(`/label-rolls/${roll.id}/withdraw`, { reason }))} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}

/** An ending asks for its reason first: it cannot be taken back. */
function Ending({ word, why, testid, onEnd }: { word: string; why: string; testid: string; onEnd: (reason: string) => void }) {
  const [reason, setReason] = useState<string | null>(null)
  if (reason === null) return <Button look="plain" onClick={() => setReason('')} testid={testid}>{word}</Button>
  return (
    <span class="row">
      <input aria-label={why} placeholder={why} value={reason} maxLength={500} data-testid={`${testid}-why`} onInput={(event) => setReason(event.currentTarget.value)} />
      <Button look="danger" disabled={reason.trim() === ''} onClick={() => onEnd(reason.trim())} testid={`${testid}-send`}>{word}</Button>
    </span>
  )
}

function Blocks({ r }: { r: RollsWords }) {
  const { session } = useDesk()
  const day = useDay()
  const [asked, again] = useAsk('blocks', (signal) => apiGet<{ items: Block[] }>('/number-blocks', {}, signal))
  const [error, setError] = useState<unknown>(null)
  const close = (block: Block, outcome: 'returned' | 'spoilt', reason: string) =>
    void apiPost(`/number-blocks/${block.id}/close`, { outcome, reason }).then(() => {
      setError(null)
      again()
    }, setError)
  return (
    <Section title={r.desk.numbers}>
      <p class="soft">{r.desk.numbersHow}</p>
      {session.person.role === 'manager' && session.enterprise !== null && <GrantForm r={r} onGiven={again} />}
      {error !== null && <Trouble error={error} />}
      {asked.status === 'failed' && <Trouble error={asked.error} onRetry={again} />}
      {asked.status === 'have' && (
        <table class="rows" data-testid="blocks">
          <thead><tr><th>{r.desk.holder}</th><th>{r.desk.until}</th><th class="right">{r.desk.used}</th><th class="right">{r.desk.open}</th><th class="right">{r.desk.returned}</th><th class="right">{r.desk.spoilt}</th><th /></tr></thead>
          <tbody>
            {asked.value.items.map((block) => (
              <tr key={block.id} data-testid="block-row" data-block={block.id} data-open={block.open} data-used={block.used}>
                <td>{block.holder} <span class="soft code">{block.series} {block.first}–{block.last}</span></td>
                <td>{block.until === null ? '—' : day(block.until)}</td>
                <td class="right">{block.used}</td><td class="right">{block.open}</td><td class="right">{block.returned}</td><td class="right">{block.spoilt}</td>
                <td>
                  {block.closed_at !== null && <span class="soft">{r.desk.closed}</span>}
                  {block.closed_at === null && (
                    <>
                      <Ending word={r.desk.takeBack} why={r.desk.why} testid="block-return" onEnd={(reason) => close(block, 'returned', reason)} />
                      <Ending word={r.desk.lost} why={r.desk.why} testid="block-lost" onEnd={(reason) => close(block, 'spoilt', reason)} />
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}
