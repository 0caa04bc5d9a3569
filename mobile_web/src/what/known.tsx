import { usePocketWords, whenIn } from '../pocket/words'
import type { AskedAnswer } from '../pocket/ask'
import { Notice } from '../ui/parts'
import { useLanguage, useWords } from '../words'
import { partyName } from './subject'

/** How we know what is shown: as of when, what of ours is counted in, and whether somebody was faster. */
export function KnownHow({ answer }: { answer: AskedAnswer }) {
  const w = useWords()
  const language = useLanguage()
  const p = usePocketWords()
  if (!p) return null
  const { known, asOf, unsent, overtaken } = answer
  return (
    <>
      {overtaken && (
        <Notice meaning="stop" title={p.faster} testid="overtaken" live>
          <p>{p.fasterHow(partyName(w, language, overtaken.holder), w.batchState[overtaken.state])}</p>
          <p>{p.lost.call(partyName(w, language, overtaken.holder))}</p>
        </Notice>
      )}
      {known === 'pocket' && asOf !== null && (
        <Notice meaning="unknown" title={p.asOf(whenIn(p, language, asOf))} testid="as-of">
          {p.asOfHow}
        </Notice>
      )}
      {unsent.length > 0 && (
        <p class="chip unknown" data-testid="unsent-over" data-count={unsent.length}>
          {p.unsent(unsent.length)}
        </p>
      )}
    </>
  )
}

export function NotKnownHere() {
  const p = usePocketWords()
  return p && <Notice meaning="unknown" title={p.notKnownHere} testid="not-known-here">{p.notKnownHereHow}</Notice>
}
