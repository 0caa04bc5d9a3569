import type { ComponentChildren } from 'preact'
import { apiGet } from '../api'
import { humanCode } from '../scan/human'
import { useUnsent } from '../useUnsent'
import { Button, Notice, Screen } from '../ui/parts'
import { useAsk } from '../ui/useAsk'
import { useLanguage, useWords } from '../words'
import { navigate } from '../router'
import { partyName } from '../what/subject'
import type { Fact, HistoryFact, Page, Receipt } from '../wire'
import { usePocketWords, whenIn } from './words'

/** At once after the confirmation: it is saved, so much waits to be sent, and the next one may be scanned. The answer is
 * shown in its place when it comes. */
export function SavedNow({ person, sign }: { person: string; sign: ComponentChildren }) {
  const w = useWords()
  const p = usePocketWords()
  const { own } = useUnsent(person)
  return (
    <Screen
      title={w.answer.title}
      testid="answer"
      dock={
        <>
          {sign}
          <Button look="main" icon="scan" onClick={() => navigate('/app/scan')} testid="scan-next">{w.answer.scanNext}</Button>
        </>
      }
    >
      <div data-testid="saved" data-unsent={own}>
        <Notice meaning="fine" title={p?.saved ?? w.answer.unsent} testid="verdict-saved" live>
          {own > 0 && p && <p>{p.savedHow(own)}</p>}
          <p class="soft">{w.answer.sending}</p>
        </Notice>
      </div>
    </Screen>
  )
}

/** What an answer has beside its verdict: how many are unsent while none has come, and for who lost, who won. */
export function Beyond({ settled, person }: { settled: { fact: Fact; receipt: Receipt } | null; person: string }) {
  if (settled === null) return <UnsentCount person={person} />
  return lost(settled.fact, settled.receipt) ? <Lost fact={settled.fact} receipt={settled.receipt} /> : null
}

/** Whether somebody did this step before: another carrier, whose record won, or a colleague with another phone. */
export function lost(fact: Fact, receipt: Receipt): boolean {
  return receipt.verdict === 'conflict' || (receipt.verdict === 'recorded' && receipt.findings.some((each) => STEPS_DONE.has(each.code) && each.code.startsWith(fact.kind)))
}

function UnsentCount({ person }: { person: string }) {
  const p = usePocketWords()
  const { own } = useUnsent(person)
  return p && own > 0 ? <p class="chip unknown" data-testid="saved" data-unsent={own}>{p.savedHow(own)}</p> : null
}

/** The step was done already when this record of it came. */
const STEPS_DONE: ReadonlySet<string> = new Set(['picked_up_while_in_transit', 'arrived_while_arrived', 'received_while_received'])

interface Winner {
  fact: HistoryFact | null
}

async function winnerOf(fact: Fact, receipt: Receipt, signal: AbortSignal): Promise<Winner> {
  const line = fact.lines[0]
  // The park knows a batch by the code on its label too.
  const batch = line?.batch ?? (line?.label === undefined ? undefined : humanCode(line.label))
  if (batch === undefined) return { fact: null }
  const { items } = await apiGet<Page<HistoryFact>>(`/batches/${batch}/facts`, {}, signal)
  // A colleague's record of the same step is no conflict to the park, but whoever comes second has lost all the same.
  const first = (each: HistoryFact) => (receipt.winner == null ? each.kind === fact.kind && each.id !== fact.id : each.id === receipt.winner)
  return { fact: items.find(first) ?? null }
}

/** The winner as the receipt itself names it, for a phone that is offline again. */
function winnerIn(receipt: Receipt, language: 'zh' | 'en'): string | null {
  for (const { evidence } of receipt.findings) {
    const named = evidence as { winner?: unknown; winner_en?: unknown; enterprise?: unknown } | null | undefined
    const name = (language === 'en' ? named?.winner_en : null) ?? named?.winner
    if (typeof name === 'string' && name !== receipt.winner) return name
  }
  return null
}

/** For the one who lost: who was first and when, what stays in the log, and what to do about the drum now. */
function Lost({ fact, receipt }: { fact: Fact; receipt: Receipt }) {
  const w = useWords()
  const language = useLanguage()
  const p = usePocketWords()
  const [asked] = useAsk(fact.id, (signal) => winnerOf(fact, receipt, signal))
  if (!p) return null
  const winner = asked.status === 'have' ? asked.value.fact : null
  const named = winnerIn(receipt, language)
  const who = winner ? partyName(w, language, winner.enterprise) : (named ?? w.common.unknown)
  return (
    <section class="stack" data-testid="lost">
      <h2>{p.lost.title}</h2>
      {winner ? (
        <>
          <p data-testid="winner"><b>{p.lost.won(who, w.act[winner.kind])}</b></p>
          <p>{p.lost.when(whenIn(p, language, winner.observed_at))} {winner.recorded_at != null && p.lost.arrived(whenIn(p, language, winner.recorded_at))}</p>
        </>
      ) : (
        asked.status === 'failed' && <p data-testid="winner">{named === null ? p.lost.later : <b>{p.lost.won(who, w.act[fact.kind])}</b>}</p>
      )}
      <p>{p.lost.yours(whenIn(p, language, fact.observed_at))}</p>
      <p>{p.lost.kept}</p>
      <h2>{p.lost.now}</h2>
      <ul class="plain stack" data-testid="lost-now">
        {(winner ?? named) !== null && <li>{p.lost.call(who)}</li>}
        <li>{p.lost.back}</li>
        <li>{p.lost.hand}</li>
      </ul>
    </section>
  )
}
