import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../ui/icons'
import type { Settled } from '../outbox/outbox'
import { outbox, receiptFor } from '../sync'
import { Notice } from '../ui/parts'
import { useLanguage, useWords } from '../words'
import { Findings } from '../what/finding'
import type { Fact, Receipt, Uuid } from '../wire'
import { sayReceipt } from './answer'

/** What became of a record, kept current: null while no receipt has come. Shown to its own person, it counts as seen. */
export function useBecame(id: Uuid | null, person: Uuid): Settled<Fact, Receipt> | null {
  const [settled, setSettled] = useState<Settled<Fact, Receipt> | null>(null)
  useEffect(() => {
    let current = true
    const look = async () => {
      const found = id === null ? null : await receiptFor(id)
      if (!current) return
      setSettled(found)
      if (found?.unread === true && found.person === person) await outbox.seen(found.id)
    }
    const again = () => void look().catch(() => undefined)
    again()
    const stop = outbox.onChange(again)
    return () => {
      current = false
      stop()
    }
  }, [id, person])
  return settled
}

/** On the screen that told a record: that it is unsent, then its verdict and what is odd, and the way to the whole answer.
 * `quiet`: nothing before there is a verdict. */
export function Became({ id, person, quiet = false }: { id: Uuid; person: Uuid; quiet?: boolean }) {
  const w = useWords()
  const language = useLanguage()
  const settled = useBecame(id, person)
  if (settled === null && quiet) return null
  if (settled === null) return <p class="chip unknown" data-testid="verdict" data-verdict="unsent">{w.answer.unsent}</p>
  const { receipt } = settled
  const said = sayReceipt(w, language, receipt)
  return (
    <div class="stack" data-testid="verdict" data-verdict={receipt.verdict}>
      <Notice meaning={said.meaning} title={said.title} live>{said.how}</Notice>
      <Findings findings={receipt.findings} />
      <a class="line-link" href={`/app/answer/${id}`} data-testid="to-answer"><Icon name="forward" size={20} /> {w.answer.title}</a>
    </div>
  )
}
