import './act.css'
import './many.css'
import { useEffect, useState } from 'preact/hooks'
import type { Row, Settled } from '../outbox/outbox'
import { navigate } from '../router'
import type { PageProps } from '../shell'
import { outbox, sendUnsent } from '../sync'
import { Icon } from '../ui/icons'
import { Button, Screen, Waiting, type Meaning } from '../ui/parts'
import { useLanguage, useWords } from '../words'
import type { Fact, Receipt } from '../wire'
import { sayReceipt } from './answer'
import { SUMS, sumsOf, becameOf, type Became } from './sums'
import { useActsWords } from './words'

interface Known {
  id: string
  settled: Settled<Fact, Receipt> | null
  row: Row<Fact> | null
}

const MEANING: Record<Became, Meaning> = {
  saved: 'unknown', recorded: 'fine', odd: 'watch', waiting: 'unknown', conflict: 'watch', turned_away: 'stop', quarantined: 'watch',
}

async function look(ids: readonly string[]): Promise<Known[]> {
  return Promise.all(
    ids.map(async (id) => {
      const settled = await outbox.receiptOf(id)
      return { id, settled, row: settled ? null : await outbox.rowOf(id) }
    }),
  )
}

/** What became of the records of one act for many, as far as it is known; reached again after a reload it still knows. */
function useAnswers(ids: readonly string[], person: string): Known[] | null {
  const [known, setKnown] = useState<Known[] | null>(null)
  const key = ids.join(',')
  useEffect(() => {
    let over = false
    const refresh = async (): Promise<void> => {
      const found = await look(ids).catch(() => null)
      if (!over && found) setKnown(found)
    }
    const stop = outbox.onChange(refresh)
    void refresh()
    void sendUnsent(person).catch(() => undefined).then(refresh)
    return () => {
      over = true
      stop()
    }
    // The ids are one text; the list is new at every drawing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, person])
  return known
}

export default function Answers({ parts, session }: PageProps) {
  const w = useWords()
  const a = useActsWords()
  const ids = (parts['ids'] ?? '').split(',').filter((id) => id !== '')
  const known = useAnswers(ids, session.person.id)
  if (!a || !known) return <Screen title={w.answer.title} testid="answers"><Waiting /></Screen>
  const sums = sumsOf(known.map(({ settled }) => settled?.receipt ?? null))
  return (
    <Screen
      title={a.answersTitle}
      testid="answers"
      dock={<Button look="main" icon="scan" onClick={() => navigate('/app/scan')} testid="scan-next">{w.answer.scanNext}</Button>}
    >
      <ul class="plain stack" role="status">
        {SUMS.filter((became) => sums[became] > 0).map((became) => (
          <li key={became} class={`chip ${MEANING[became]}`} data-testid={`sum-${became}`} data-count={sums[became]}>
            <Icon name={MEANING[became]} size={18} /> {a.sums[became](sums[became])}
          </li>
        ))}
      </ul>
      <ul class="plain sheet many-lines">
        {known.map((one) => <AnswerRow key={one.id} one={one} />)}
      </ul>
    </Screen>
  )
}

function AnswerRow({ one: { id, settled, row } }: { one: Known }) {
  const w = useWords()
  const language = useLanguage()
  const became = becameOf(settled?.receipt ?? null)
  const said = settled ? sayReceipt(w, language, settled.receipt).title : w.answer.unsent
  return (
    <li>
      <a class="answer-row" href={`/app/answer/${id}`} data-testid="answer-row" data-became={became}>
        <Icon name={MEANING[became]} size={24} />
        <span class="grow">
          <b>{said}</b>
          <span class="soft cut2">{(settled ?? row)?.about}</span>
        </span>
        <Icon name="forward" size={20} />
      </a>
    </li>
  )
}
