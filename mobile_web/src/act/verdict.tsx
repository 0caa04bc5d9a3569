import { useEffect, useState } from 'preact/hooks'
import { NextTry, WhatItWaitsFor } from '../me/waits'
import { momentIn, useOutboxWords } from '../me/words'
import type { Row, Settled } from '../outbox/outbox'
import { navigate } from '../router'
import { lookAgain, outbox } from '../sync'
import { Button } from '../ui/parts'
import { nameIn, sentenceIn, useLanguage } from '../words'
import type { OutboxWords } from '../words/mirror.outbox'
import type { Fact, Receipt, Session } from '../wire'

// Beneath the verdict: what it means for the person who stands there, and what to do now.

/** The code the record was about: from the address, or the end of what the row is called. */
export function codeOf(query: URLSearchParams, about: string): string | null {
  const last = about.split(' · ').at(-1) ?? ''
  return query.get('code') ?? (/^[0-9A-Z-]{10,}$/.test(last) ? last : null)
}

/** Where the same can be told once more, corrected; null where only the desk can. */
export function againAt(fact: Fact, code: string | null): string | null {
  if (fact.kind === 'generated') return `/app/new?again=${fact.id}`
  // Its number is not to be had: the load goes under another.
  if (fact.kind === 'manifest_issued') return `/app/ship?batch=${fact.lines[0]?.batch ?? ''}`
  if (fact.kind === 'corrected' && code !== null) return `/app/correct/${encodeURIComponent(code)}`
  const alone = fact.kind === 'signed' || fact.kind === 'corrected' || code === null
  return alone ? null : `/app/act/${fact.kind}/${encodeURIComponent(code)}?again=${fact.id}`
}

function WaitsFor({ o, receipt }: { o: OutboxWords; receipt: Receipt }) {
  const [row, setRow] = useState<Row<Fact> | null>(null)
  useEffect(() => {
    const id = receipt.waits_for
    if (id != null) {
      void outbox.pending().then(
        (rows) => setRow(rows.find((one) => one.id === id || one.fact.lines.some((line) => line.batch === id) || one.fact.details['label'] === id) ?? null),
        () => undefined,
      )
    }
  }, [receipt.waits_for])
  return (
    <>
      <p data-testid="waits-for-record">{row ? o.what.waitsFor(row.about) : o.what.waitsElse}</p>
      <Button onClick={() => void lookAgain().catch(() => undefined)} testid="ask-again">{o.what.askAgain}</Button>
    </>
  )
}

export function AfterVerdict({ settled, session, code }: { settled: Settled<Fact, Receipt>; session: Session; code: string | null }) {
  const o = useOutboxWords()
  const language = useLanguage()
  const { receipt, fact } = settled
  const again = againAt(fact, code)
  const who = session.person.role === 'handler' && session.enterprise ? o?.what.manager : nameIn(language, session.park)
  if (!o) return null
  return (
    <section class="stack" data-testid="what-now">
      {receipt.verdict === 'waiting' && <WaitsFor o={o} receipt={receipt} />}
      {receipt.verdict === 'quarantined' && <p>{o.what.quarantinedDo(who ?? '')}</p>}
      {receipt.verdict === 'turned_away' && again !== null && (
        <>
          <p>{o.what.correctHow}</p>
          <Button icon="pencil" onClick={() => navigate(again)} testid="do-again">{o.what.correct}</Button>
        </>
      )}
      {settled.open && receipt.verdict !== 'waiting' && <p class="soft">{o.what.byFile}</p>}
    </section>
  )
}

/** A row that is still here: since when, how often tried, what it waits for, and when it is tried again. */
export function StillHere({ row }: { row: Row<Fact> }) {
  const o = useOutboxWords()
  const language = useLanguage()
  if (!o) return null
  const problem = row.heard?.problem as { code: string; zh?: string; en?: string } | undefined
  return (
    <section class="stack" data-testid="still-here">
      <p>{o.since(momentIn(language, row.savedAt))} {row.attempts === 0 ? o.notTried : o.tried(row.attempts)} · <NextTry o={o} /></p>
      <WhatItWaitsFor o={o} />
      {problem && <p>{sentenceIn(language, problem)}</p>}
      {row.heard?.what === 'refused' && <p>{o.refused}</p>}
    </section>
  )
}
