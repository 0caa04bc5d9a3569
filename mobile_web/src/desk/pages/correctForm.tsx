import './proposals.css'
import { useState } from 'preact/hooks'
import { historyOf, type Correction, type Figure } from '../../act/corrections'
import { correctionDraft } from '../../act/draftCorrection'
import { differenceOf } from '../../act/difference'
import { gramsOf } from '../../act/form'
import { errorWords } from '../../act/fields'
import { showMass } from '../../quantity'
import { Button, Field, Notice } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { sentenceIn } from '../../words'
import { partyName } from '../../what/subject'
import type { HistoryFact, Proposal, Uuid } from '../../wire'
import { codeOf } from '../codes'
import { useDesk } from '../desk'
import { momentIn } from '../format'
import type { WholeBatch } from '../shapes'
import { tell } from '../tell'

/** Propose another figure for an earlier record of a batch. Nothing is overwritten. */
export function CorrectForm({ batch, figures, onTold, onCancel }: { batch: WholeBatch; figures: readonly Figure[]; onTold: () => void; onCancel: () => void }) {
  const { w, d, language, session } = useDesk()
  const [fact, setFact] = useState<Uuid | null>(figures.length === 1 ? (figures[0]?.fact.id ?? null) : null)
  const [text, setText] = useState('')
  const [reason, setReason] = useState('')
  const [wrong, setWrong] = useState<{ fact?: string; grams?: string; reason?: string }>({})
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const [note, setNote] = useState<string | null>(null)
  const figure = figures.find((each) => each.fact.id === fact) ?? null
  const grams = gramsOf({ text, unit: 'kg', measured: true })
  const difference = figure && typeof grams === 'number' ? differenceOf(grams, figure.grams) : null

  async function send(event: Event): Promise<void> {
    event.preventDefault()
    const found: typeof wrong = {}
    if (figure === null) found.fact = w.road.needFact
    if (grams === null) found.grams = w.doing.needGrams
    else if (typeof grams !== 'number') found.grams = errorWords(w, grams) ?? ''
    else if (grams === figure?.grams) found.grams = w.road.sameFigure
    if (reason.trim() === '') found.reason = w.road.needReason
    setWrong(found)
    if (figure === null || typeof grams !== 'number' || Object.keys(found).length > 0) return
    setBusy(true)
    setError(null)
    try {
      const about = `${d.road.correct} · ${codeOf(batch)}`
      const receipt = await tell(session.person.id, about, correctionDraft(batch.id, figure.fact.id, grams, reason))
      if (receipt === null) setNote(d.road.unsent)
      else if (receipt.problem) setNote(sentenceIn(language, receipt.problem))
      else onTold()
    } catch (problem) {
      setError(problem)
    }
    setBusy(false)
  }

  return (
    <form class="side-form correct-form" onSubmit={send} noValidate data-testid="correct-form">
      <fieldset class={wrong.fact === undefined ? 'field' : 'field wrong'}>
        <legend>{d.road.figure}</legend>
        {wrong.fact !== undefined && <p class="error" role="alert">{wrong.fact}</p>}
        {figures.map((each) => (
          <label key={each.fact.id} class="figure-pick" data-testid={`figure-${each.fact.kind}`} data-grams={each.grams}>
            <input type="radio" name="figure" checked={fact === each.fact.id} onChange={() => setFact(each.fact.id)} />
            <span>
              {w.road.correctSaid(w.act[each.fact.kind], showMass(each.grams))}
              <small>{partyName(w, language, each.fact.enterprise)} · {momentIn(language, each.fact.observed_at)}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <Field id="correct-grams" label={d.road.figureNow} error={wrong.grams ?? null}>
        <input id="correct-grams" inputMode="decimal" autocomplete="off" value={text} onInput={(event) => setText(event.currentTarget.value)} data-testid="correct-grams" />
      </Field>
      {figure && difference && typeof grams === 'number' && (
        <p data-testid="change"><b>{w.road.changes(showMass(figure.grams), showMass(grams))}</b> <span class="soft">({difference.more ? '+' : '−'}{difference.percent})</span></p>
      )}
      <Field id="correct-reason" label={w.road.correctWhy} help={w.road.correctWhyHelp} error={wrong.reason ?? null}>
        <textarea id="correct-reason" rows={2} maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} data-testid="correct-reason" />
      </Field>
      <p class="help">{w.road.correctAsks}</p>
      {note !== null && <Notice meaning="watch" title={note} live />}
      {error !== null && <Trouble error={error} />}
      <div class="proposal-acts">
        <Button type="submit" look="main" busy={busy} testid="correct-send">{busy ? d.road.sending : d.road.correctSend}</Button>
        <Button onClick={onCancel} testid="correct-cancel">{w.common.cancel}</Button>
      </div>
    </form>
  )
}

export interface Corrections {
  figures: readonly Figure[]
  of: ReadonlyMap<Uuid, Correction>
  proposals: ReadonlyMap<Uuid, Proposal>
}

export function correctionsOf(facts: readonly HistoryFact[], proposals: readonly Proposal[]): Corrections {
  const { figures, corrections } = historyOf(facts, proposals)
  return { figures, of: corrections, proposals: new Map(proposals.map((proposal) => [proposal.id, proposal])) }
}

/** A correction in a history: the figure before and after, what became of it, and whose answer is still out. */
export function CorrectionLine({ correction, proposal, reason }: { correction: Correction; proposal: Proposal | undefined; reason: string }) {
  const { w, d, language } = useDesk()
  const { state } = correction
  const waits = state === 'open' ? (proposal?.answers ?? []).filter(({ answer }) => answer === null).map(({ party }) => partyName(w, language, party)) : []
  const look = state === 'agreed' ? 'over' : state === 'open' ? 'moving' : 'wrong'
  const after = showMass(correction.after)
  return (
    <p class="corrected-line" data-testid="correction" data-state={state}>
      <span>{correction.before !== null && <>{state === 'agreed' ? <s>{showMass(correction.before)}</s> : showMass(correction.before)} → </>}{state === 'agreed' ? <b>{after}</b> : after}</span>
      <span class={`state ${look}`}>{d.road.state[state]}</span>
      <span class="soft small">{[reason, waits.length > 0 ? d.road.waitsFor(d.common.list(waits)) : ''].filter((part) => part !== '').join(' · ')}</span>
    </p>
  )
}
