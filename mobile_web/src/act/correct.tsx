import '../make/make.css'
import './act.css'
import { useState } from 'preact/hooks'
import { apiGet, Unreachable } from '../api'
import { usePocketWords } from '../pocket/words'
import { navigate } from '../router'
import type { PageProps } from '../shell'
import { record } from '../sync'
import { showMass } from '../quantity'
import { Button, Field, Notice, Screen, Waiting } from '../ui/parts'
import { Icon } from '../ui/icons'
import { Trouble } from '../ui/trouble'
import { useAsk } from '../ui/useAsk'
import { LOCALE, useLanguage, useWords } from '../words'
import { className, partyName, rememberedLabel } from '../what/subject'
import type { HistoryFact, Page, Proposal, Session, ShortBatch, Uuid } from '../wire'
import { AmountField, Keypad } from './amount'
import { historyOf, type Figure } from './corrections'
import { differenceOf } from './difference'
import { correctionDraft } from './draftCorrection'
import { errorWords } from './fields'
import { emptyAmount, gramsOf, type Amount, type FormError } from './form'

// Propose another figure for an earlier record. Nothing is overwritten: it is a record of its own, and waits for consent.

interface Known {
  batch: ShortBatch
  figures: Figure[]
}

async function askKnown(code: string, signal: AbortSignal): Promise<Known | null> {
  const answer = await rememberedLabel(code, signal)
  const [only, second] = answer.manifest?.lines ?? []
  const batch = answer.batch ?? (second === undefined ? only?.batch : undefined) ?? null
  if (batch === null) return null
  const [facts, proposals] = await Promise.all([
    apiGet<Page<HistoryFact>>(`/batches/${batch.id}/facts`, {}, signal),
    apiGet<Page<Proposal>>('/proposals', { batch: batch.id, limit: 100 }, signal),
  ])
  return { batch, figures: historyOf(facts.items, proposals.items).figures }
}

export default function Correct({ parts, session }: PageProps) {
  const w = useWords()
  const p = usePocketWords()
  const code = parts['code'] ?? ''
  const [asked, again] = useAsk(code, (signal) => askKnown(code, signal))
  const back = `/app/what/${encodeURIComponent(code)}`
  if (asked.status === 'have' && asked.value && asked.value.figures.length > 0) {
    return <Proposing known={asked.value} code={code} back={back} session={session} />
  }
  return (
    <Screen title={w.road.correct} backTo={back}>
      {asked.status === 'failed' && asked.error instanceof Unreachable && p && <Notice meaning="unknown" title={p.noNetwork} testid="no-network" />}
      {asked.status === 'failed' && <Trouble error={asked.error} onRetry={again} />}
      {asked.status === 'asking' && <Waiting />}
      {asked.status === 'have' && <Notice meaning="unknown" title={w.road.correctNone}>{w.road.correctNoneHow}</Notice>}
    </Screen>
  )
}

type Wrong = Partial<Record<'fact' | 'grams' | 'reason', string>>

function Proposing({ known, code, back, session }: { known: Known; code: string; back: string; session: Session }) {
  const w = useWords()
  const language = useLanguage()
  const { batch, figures } = known
  const [fact, setFact] = useState<Uuid | null>(figures.length === 1 ? (figures[0]?.fact.id ?? null) : null)
  const [amount, setAmount] = useState<Amount>(() => emptyAmount(batch.grams, true))
  const [reason, setReason] = useState('')
  const [wrong, setWrong] = useState<Wrong>({})
  const [typing, setTyping] = useState(false)
  const [busy, setBusy] = useState(false)
  const [unsaved, setUnsaved] = useState(false)
  const figure = figures.find((each) => each.fact.id === fact) ?? null
  const grams = gramsOf(amount)
  const difference = figure && typeof grams === 'number' ? differenceOf(grams, figure.grams) : null

  async function propose(): Promise<void> {
    const found: Wrong = {}
    if (figure === null) found.fact = w.road.needFact
    if (grams === null) found.grams = w.doing.needGrams
    else if (typeof grams !== 'number') found.grams = errorWords(w, grams satisfies FormError) ?? ''
    else if (figure?.grams === grams) found.grams = w.road.sameFigure
    if (reason.trim() === '') found.reason = w.road.needReason
    setWrong(found)
    if (figure === null || typeof grams !== 'number' || Object.keys(found).length > 0) {
      requestAnimationFrame(() => document.querySelector('.wrong')?.scrollIntoView({ block: 'center' }))
      return
    }
    setBusy(true)
    setUnsaved(false)
    try {
      const about = `${w.road.correct} · ${className(w, language, batch)} · ${w.road.changes(showMass(figure.grams), showMass(grams))}`
      const row = await record(session.person.id, about, correctionDraft(batch.id, figure.fact.id, grams, reason))
      navigate(`/app/answer/${row.id}?code=${encodeURIComponent(code)}`, { replace: true })
    } catch {
      setUnsaved(true)
      setBusy(false)
    }
  }

  return (
    <Screen
      title={w.road.correct}
      backTo={back}
      testid="correct"
      dock={
        <>
          {unsaved && <Notice meaning="stop" title={w.doing.cannotSave} testid="cannot-save" live>{w.doing.cannotSaveHow}</Notice>}
          {figure && difference && typeof grams === 'number' && (
            <p class="change-line" data-testid="change">{w.road.changes(showMass(figure.grams), showMass(grams))} <span class="soft">({difference.more ? '+' : '−'}{difference.percent})</span></p>
          )}
          {typing && <Keypad amount={amount} onChange={(next) => setAmount(next)} />}
          <Button look="main" busy={busy} onClick={() => void propose()} testid="confirm">{busy ? w.doing.saving : w.road.correctSubmit}</Button>
        </>
      }
    >
      <p class="about-line"><b>{className(w, language, batch)}</b><span class="code small">{batch.human_code}</span></p>
      <FigureChoice figures={figures} chosen={fact} error={wrong.fact ?? null} onChoose={(id) => { setFact(id); setWrong({}) }} />
      <AmountField id="grams" label={w.road.correctNow} amount={amount} books={figure?.grams ?? null} error={wrong.grams ?? null} active={typing}
        onActive={() => setTyping(true)} onChange={(next) => { setAmount(next); setWrong({}) }} testid="grams-input" how={false} />
      <Field id="reason" label={w.road.correctWhy} help={w.road.correctWhyHelp} error={wrong.reason ?? null}>
        <textarea id="reason" data-testid="reason" rows={2} maxLength={500} value={reason}
          onFocus={() => setTyping(false)} onInput={(event) => { setReason(event.currentTarget.value); setWrong({}) }} />
      </Field>
      <p class="help">{w.road.correctAsks}</p>
    </Screen>
  )
}

/** The figures of a batch's history, the newest first, each with who told it and when. */
function FigureChoice({ figures, chosen, error, onChoose }: { figures: readonly Figure[]; chosen: Uuid | null; error: string | null; onChoose: (fact: Uuid) => void }) {
  const w = useWords()
  const language = useLanguage()
  const when = (text: string) => new Date(text).toLocaleString(LOCALE[language], { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })
  return (
    <fieldset class={error === null ? 'field' : 'field wrong'}>
      <legend>{w.road.correctWhich}</legend>
      {error !== null && <p class="error" role="alert"><Icon name="stop" size={18} /> {error}</p>}
      <ul class="plain sheet figures">
        {figures.map(({ fact, grams }) => (
          <li key={fact.id}>
            <label class="pick" data-testid={`figure-${fact.kind}`} data-grams={grams}>
              <input type="radio" name="figure" checked={chosen === fact.id} onChange={() => onChoose(fact.id)} />
              <span class="grow">
                <b>{w.road.correctSaid(w.act[fact.kind], showMass(grams))}</b>
                <span class="soft small figure-who">{partyName(w, language, fact.enterprise)} · {when(fact.observed_at)}</span>
              </span>
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  )
}
