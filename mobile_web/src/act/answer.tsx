import './act.css'
import { useEffect, useState } from 'preact/hooks'
import { Beyond, SavedNow } from '../pocket/after'
import { navigate } from '../router'
import type { PageProps } from '../shell'
import { outbox, receiptFor, sendUnsent, type SendResult } from '../sync'
import { Icon } from '../ui/icons'
import { Button, Notice, Screen, type Meaning } from '../ui/parts'
import { sentenceIn, useLanguage, useWords, type Language, type Words } from '../words'
import { Findings, gravest } from '../what/finding'
import type { Row, Settled } from '../outbox/outbox'
import type { Fact, Receipt } from '../wire'
import { refusedOn, WhoConsents } from './after'
import { AWAITS } from './corrections'
import { AfterVerdict, codeOf, StillHere } from './verdict'

interface Said {
  meaning: Meaning
  title: string
  how: string
}

/** A verdict in words: what became of the record, and what to do about it. */
export function sayReceipt(w: Words, language: Language, receipt: Receipt): Said {
  const { answer } = w
  switch (receipt.verdict) {
    case 'recorded': {
      const how = receipt.index == null ? answer.recordedPlain : answer.recordedHow(String(receipt.index))
      const meaning = gravest(receipt.findings)
      const odd = meaning !== 'fine'
      return { meaning, title: odd ? answer.recordedOdd : answer.recorded, how }
    }
    case 'already_recorded':
      return { meaning: 'fine', title: answer.already_recorded, how: answer.already_recordedHow }
    case 'waiting':
      return { meaning: 'unknown', title: answer.waiting, how: answer.waitingHow }
    case 'conflict':
      return { meaning: 'watch', title: answer.conflict, how: receipt.problem ? sentenceIn(language, receipt.problem) : answer.conflictHow }
    case 'quarantined':
      return { meaning: 'watch', title: answer.quarantined, how: answer.quarantinedHow }
    case 'turned_away':
      return { meaning: 'stop', title: answer.turned_away, how: receipt.problem ? sentenceIn(language, receipt.problem) : '' }
  }
}

function sayUnsent(w: Words, language: Language, result: SendResult | null): Said {
  const { answer } = w
  if (result?.status === 'refused') {
    return { meaning: 'watch', title: answer.refusedWhole, how: sentenceIn(language, result.problem) }
  }
  return { meaning: 'unknown', title: answer.unsent, how: answer.unsentHow }
}

/** Sends, then shows the receipt of one fact; reached again after a reload it still knows what became of it. */
function useReceipt(id: string, person: string) {
  const [settled, setSettled] = useState<Settled<Fact, Receipt> | null>(null)
  const [row, setRow] = useState<Row<Fact> | null>(null)
  const [result, setResult] = useState<SendResult | null>(null)
  const [busy, setBusy] = useState(true)
  const look = async () => {
    const found = await receiptFor(id)
    if (found) setSettled(found)
    // Somebody looks at it: it need not be listed as unread any longer.
    if (found?.unread === true && found.person === person) await outbox.seen(id)
    setRow(await outbox.rowOf(id))
  }
  const send = async () => {
    setBusy(true)
    try {
      await look()
      setResult(await sendUnsent(person))
      await look()
    } catch {
      // Storage that cannot be read now may be later; the row itself is safe.
      setResult({ status: 'unreachable', waits: 'silent' })
    }
    setBusy(false)
  }
  useEffect(() => {
    void send()
    return outbox.onChange(() => look().catch(() => undefined))
    // The id stands for everything asked here; the functions are new at every drawing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id, person])
  return { settled, row, result, busy, send }
}

export default function Answer({ parts, query, session }: PageProps) {
  const w = useWords()
  const language = useLanguage()
  const { settled, row, result, busy, send } = useReceipt(parts['id'] ?? '', session.person.id)
  const receipt = settled?.receipt ?? null
  const code = codeOf(query, settled?.about ?? row?.about ?? '')
  const signs = query.get('sign')
  const signing = new URLSearchParams({ side: 'generator', of: parts['id'] ?? '', code: code ?? '' })
  // The other party stands here now: they need not wait for the park.
  const sign = signs !== null && <Button onClick={() => navigate(`/app/sign/${signs}?${signing}`)} testid="sign-here">{w.answer.signHere}</Button>
  if (!receipt && busy) return <SavedNow person={session.person.id} sign={sign} />
  // That a correction waits for consent is what was meant to happen; who is asked is shown below.
  const findings = (receipt?.findings ?? []).filter((finding) => finding.code !== AWAITS)
  const said = receipt ? sayReceipt(w, language, { ...receipt, findings }) : sayUnsent(w, language, result)
  const home = settled ? refusedOn(settled.fact, settled.receipt) : null
  return (
    <Screen
      title={w.answer.title}
      testid="answer"
      dock={
        <>
          <div class="row">
            {code !== null && (
              <div class="grow stack">
                <Button onClick={() => navigate(`/app/what/${code}`)} testid="look-again">{w.answer.lookAgain}</Button>
              </div>
            )}
            {!receipt && (
              <div class="grow stack">
                <Button busy={busy} icon="outbox" onClick={() => void send()} testid="send-now">{w.answer.sendNow}</Button>
              </div>
            )}
          </div>
          {receipt?.verdict !== 'turned_away' && sign}
          <Button look={home === null ? 'main' : 'second'} icon="scan" onClick={() => navigate('/app/scan')} testid="scan-next">{w.answer.scanNext}</Button>
          {home !== null && <Button look="main" icon="undo" onClick={() => navigate(`/app/home/${home}`)} testid="send-home">{w.road.sendHome}</Button>}
        </>
      }
    >
      <div class={`answer-head ${said.meaning}`} data-testid="verdict" data-verdict={receipt?.verdict ?? 'unsent'} role="status">
        <span class="answer-mark">
          <Icon name={said.meaning} size={48} />
        </span>
        <h2>
          <span class="sr">{w.meaning[said.meaning]}: </span>
          {said.title}
        </h2>
        <p>{said.how}</p>
        {(settled ?? row) && <p class="soft">{(settled ?? row)?.about}</p>}
      </div>
      {settled && <AfterVerdict settled={settled} session={session} code={code} />}
      {!settled && row && <StillHere row={row} />}
      <Beyond settled={settled} person={session.person.id} />
      {settled?.fact.kind === 'corrected' && <WhoConsents fact={settled.fact} receipt={settled.receipt} />}
      {findings.length > 0 && (
        <section class="stack">
          <h2>{w.answer.findings}</h2>
          <Findings findings={findings} />
          <p class="help">{w.answer.findingKept}</p>
        </section>
      )}
      {receipt?.verdict === 'turned_away' && <Parts receipt={receipt} />}
    </Screen>
  )
}

/** Every single fault the server named. */
function Parts({ receipt }: { receipt: Receipt }) {
  const w = useWords()
  const language = useLanguage()
  const parts = receipt.problem?.errors ?? []
  if (parts.length === 0) return null
  return (
    <Notice meaning="stop" title={w.answer.findings}>
      <ul class="plain">
        {parts.map((part) => (
          <li key={`${part.pointer ?? ''}${part.code}`}>{sentenceIn(language, part)}</li>
        ))}
      </ul>
    </Notice>
  )
}
