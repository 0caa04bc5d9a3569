import './roadside.css'
import { useState } from 'preact/hooks'
import { apiGet, Unreachable } from '../api'
import { CodeCamera } from '../make/camera'
import { keep, kept } from '../make/held'
import { useRollsWords } from '../make/words'
import { showMass } from '../quantity'
import { judgeText } from '../scan/judge'
import type { PageProps } from '../shell'
import { Button, Field, MeaningChip, Notice, Screen, Waiting, type Meaning } from '../ui/parts'
import { Trouble } from '../ui/trouble'
import { className, partyName } from '../what/subject'
import { LOCALE, nameIn, sentenceIn, useLanguage, useWords } from '../words'
import type { RollsWords } from '../words/mirror.rolls'
import { guess, keyOf, type Asked } from './asked'
import type { Roadside, RoadsideItem } from './shape'

const KEPT_MAX = 50

interface Seen {
  answer: Roadside
  offline: boolean
  signed: boolean
}

/** Asks the park; without a network, what this phone kept of the same plate, number or code. */
async function look(asked: Asked): Promise<Seen | null> {
  const signed = asked.kind === 'code' && (await judgeText(asked.text).catch(() => null))?.verdict === 'genuine'
  try {
    const answer = await apiGet<Roadside>('/roadside', { [asked.kind]: asked.text })
    await remember(asked, answer).catch(() => undefined)
    return { answer, offline: false, signed }
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    const answer = (await answers())[keyOf(asked)]
    return answer === undefined ? null : { answer, offline: true, signed }
  }
}

async function answers(): Promise<Record<string, Roadside>> {
  return (await kept<Record<string, Roadside>>('roadside')) ?? {}
}

/** Kept under what was asked, and under the numbers and plates it names: whichever is read next without a network. */
async function remember(asked: Asked, answer: Roadside): Promise<void> {
  const names = [keyOf(asked)]
  for (const { manifest, carriers } of answer.items) {
    if (answer.items.length > 1) break
    names.push(keyOf({ kind: 'number', text: manifest.number }))
    if (manifest.human_code !== null) names.push(keyOf({ kind: 'code', text: manifest.human_code }))
    for (const carrier of carriers) if (carrier.plate != null) names.push(keyOf({ kind: 'plate', text: carrier.plate }))
  }
  const rest = Object.entries(await answers()).filter(([name]) => !names.includes(name))
  await keep('roadside', Object.fromEntries([...rest, ...names.map((name) => [name, answer] as const)].slice(-KEPT_MAX)))
}

export default function RoadsidePage({ query }: PageProps) {
  const w = useWords()
  const r = useRollsWords()
  const [text, setText] = useState(query.get('plate') ?? '')
  const [seeing, setSeeing] = useState(false)
  const [busy, setBusy] = useState(false)
  const [seen, setSeen] = useState<Seen | null | undefined>(undefined)
  const [error, setError] = useState<unknown>(null)
  if (r === null) return <Waiting />

  async function submit(given: string): Promise<void> {
    if (busy || given.trim() === '') return
    setBusy(true)
    setError(null)
    setSeen(undefined)
    setSeeing(false)
    await look(guess(given)).then(setSeen, setError)
    setBusy(false)
  }

  return (
    <form onSubmit={(event) => (event.preventDefault(), void submit(text))} noValidate>
      <Screen title={r.road.title} testid="roadside"
        dock={
          <div class="row">
            <div class="grow stack"><Button icon="scan" onClick={() => setSeeing(!seeing)} testid="roadside-scan">{seeing ? r.stopScan : r.scan}</Button></div>
            <div class="grow stack"><Button look="main" type="submit" icon="search" busy={busy} testid="roadside-submit">{r.road.submit}</Button></div>
          </div>
        }>
        {seeing && <CodeCamera paused={busy} onText={(read) => void submit(read)} />}
        {seen && <Found seen={seen} r={r} />}
        {seen === null && <Notice meaning="unknown" title={r.road.nothingKept} testid="nothing-kept" live />}
        {error !== null && <Trouble error={error} />}
        <Field id="roadside-ask" label={r.road.ask} help={r.road.help}>
          <input id="roadside-ask" class="code" data-testid="roadside-input" value={text} maxLength={300} autocomplete="off" autocapitalize="characters" spellcheck={false}
            onInput={(event) => setText(event.currentTarget.value)} />
        </Field>
        {busy && <p role="status" class="soft">{w.common.loading}</p>}
      </Screen>
    </form>
  )
}

function Found({ seen: { answer, offline, signed }, r }: { seen: Seen; r: RollsWords }) {
  const language = useLanguage()
  const { meaning, reasons } = answer.verdict
  const when = new Date(answer.as_of).toLocaleString(LOCALE[language], { dateStyle: 'short', timeStyle: 'short' })
  return (
    <>
      <div class="road-verdict" data-testid="road-verdict" data-meaning={meaning} data-offline={offline} role="alert">
        <Notice meaning={meaning} title={r.road[meaning]}>
          {reasons.length === 0 ? r.road.fineHow : (
            <ul class="plain">{reasons.map((reason) => <li key={reason.code + reason.zh} data-testid="road-reason" data-code={reason.code}>{sentenceIn(language, reason)}</li>)}</ul>
          )}
        </Notice>
      </div>
      {offline && <Notice meaning="watch" title={r.road.asOf(when)} testid="as-of" />}
      {signed && <Notice meaning="fine" title={r.road.signed} testid="signed-here" />}
      {answer.items.map((item) => <Item key={item.manifest.id} item={item} r={r} />)}
    </>
  )
}

function Item({ item, r }: { item: RoadsideItem; r: RollsWords }) {
  const w = useWords()
  const language = useLanguage()
  const { manifest, minutes, step } = item
  const act: Record<string, string> = w.act
  return (
    <section class="sheet road-item" data-testid="road-item" data-state={manifest.state}>
      <h2 class="code">{manifest.number}</h2>
      <p>{partyName(w, language, manifest.generator)} → {partyName(w, language, manifest.receiver)}</p>
      <p data-testid="on-road">{minutes === null ? r.road.notOnRoad : r.road.onRoad(Math.floor(minutes / 60), minutes % 60, item.limit_hours)}</p>
      <p data-testid="road-step"><b>{r.road.next}</b> {step === null ? r.road.over : r.road.by(act[step.act] ?? step.act, step.by === null ? '' : nameIn(language, step.by))}</p>
      <h3>{r.road.load}</h3>
      <ul class="plain">
        {manifest.lines.map((line) => <li key={line.batch.id}><b>{showMass(line.batch.grams, line.batch.measured)}</b> {className(w, language, line.batch)}</li>)}
      </ul>
      <h3>{r.road.carriers}</h3>
      <ul class="plain">
        {item.carriers.map((carrier, at) => {
          const meaning: Meaning = carrier.lacks === null ? 'fine' : 'stop'
          return <li key={at}>{partyName(w, language, carrier.party)} <span class="code">{carrier.plate}</span> <MeaningChip meaning={meaning} testid="road-permit">{carrier.lacks === null ? r.road.valid : r.road.invalid}</MeaningChip></li>
        })}
      </ul>
      {item.findings.length > 0 && <h3>{r.road.findings}</h3>}
      <ul class="plain">{item.findings.map((finding, at) => <li key={at} data-testid="finding">{sentenceIn(language, finding)}</li>)}</ul>
      <details class="fold" data-testid="road-facts">
        <summary>{r.road.facts}</summary>
        <p class="soft small">{r.road.proof}</p>
        <ul class="plain">
          {item.facts.map((fact) => (
            <li key={fact.id} class="road-fact" data-index={fact.index}>#{fact.index} {act[fact.kind] ?? fact.kind} · {language === 'zh' ? fact.by_zh : (fact.by_en ?? fact.by_zh)} <span class="code small">{fact.leaf}</span></li>
          ))}
        </ul>
      </details>
    </section>
  )
}
