import './make.css'
import { useEffect, useState } from 'preact/hooks'
import { recordWith } from '../evidence/evidence'
import { EvidenceFields } from '../evidence/fields'
import { useEvidence } from '../evidence/useEvidence'
import { instantHere, uuid7 } from '../ids'
import { forgetDraft, useDraft } from '../people/draft'
import { showMass } from '../quantity'
import { outbox, type Draft } from '../sync'
import { Button, Choices, Field, Notice, Screen, Waiting } from '../ui/parts'
import { LOCALE, nameIn, useLanguage, useWords } from '../words'
import type { RollsWords } from '../words/mirror.rolls'
import type { Evidence, Session, Uuid } from '../wire'
import { Dots } from './dots'
import { Became } from '../act/became'
import { onHandHere } from '../pocket/made'
import { refreshPack } from '../pocket/pocket'
import { heldBlocks, refreshHeld, takeNumber, type HeldBlock, type HeldNumber } from './held'
import { onHandOf, type OnHand } from './onHand'
import { useRollsWords } from './words'

interface Known {
  asOf: string | null
  blocks: HeldBlock[]
  batches: OnHand[]
  device: Uuid
}

const PATIENCE_MS = 6_000

async function look(session: Session): Promise<Known> {
  const fresh = Promise.allSettled([refreshHeld(session), refreshPack(session)])
  // On a network that hardly carries anything, what is kept here does.
  await Promise.race([fresh, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))])
  const [held, batches, device] = await Promise.all([heldBlocks(session), onHandHere(), outbox.device()])
  return { asOf: held?.asOf ?? null, blocks: held?.blocks ?? [], batches: batches.map(onHandOf), device }
}

/** A manifest this screen has just issued. */
interface Issued {
  number: HeldNumber
  /** The record that tells of it. */
  fact: Uuid
}

export interface Choice {
  batches: OnHand[]
  carrier: Uuid | null
  receiver: Uuid | null
  plate: string
  note: string
}

const DRAFT = 'ship-offline'
const EMPTY: Choice = { batches: [], carrier: null, receiver: null, plate: '', note: '' }

/** The block whose numbers fit: hazardous and general waste are numbered apart. `mixed`: no manifest may carry both. */
export function blockFor(blocks: readonly HeldBlock[], batches: readonly OnHand[]): HeldBlock | 'mixed' | null {
  const kinds = new Set(batches.map((batch) => batch.hazardous))
  if (kinds.size > 1) return 'mixed'
  const [hazardous] = kinds
  return blocks.find((block) => hazardous === undefined || block.hazardous === hazardous) ?? null
}

/** The fact as it is kept and sent: an ordinary envelope whose details are the plan with its number. */
export function issuedDraft(manifest: Uuid, block: HeldBlock, number: string, choice: Choice, pieces: readonly Evidence[] = []): Draft {
  const plate = choice.plate.replaceAll(' ', '').toUpperCase()
  const note = choice.note.trim()
  return {
    kind: 'manifest_issued',
    observed_at: instantHere(),
    manifest,
    lines: choice.batches.map((batch) => ({ batch: batch.id, grams: batch.grams, measured: batch.measured })),
    details: {
      number,
      carriers: [{ enterprise: choice.carrier, ...(plate === '' ? {} : { plate }) }],
      receiver: choice.receiver,
      treatment: block.treatment,
    },
    evidence: [...pieces],
    // Free words may name people, so they never enter the log itself.
    ...(note === '' ? {} : { private: { note } }),
  }
}

/** `first`: the batch somebody came from, which goes along unless they take it off. */
export default function ShipOffline({ session, first }: { session: Session; first: Uuid | null }) {
  const r = useRollsWords()
  const [known, setKnown] = useState<Known | null>(null)
  const [issued, setIssued] = useState<Issued | null>(null)
  useEffect(() => {
    if (issued === null) void look(session).then(setKnown)
  }, [session, issued])
  if (r === null || known === null) return <Waiting />
  if (issued) return <Shown issued={issued} person={session.person.id} onAnother={() => setIssued(null)} />
  if (known.blocks.length === 0) {
    return (
      <Screen title={r.ship.title} backTo="/app/scan" testid="ship-offline">
        <Notice meaning="watch" title={r.ship.none} testid="no-numbers">{r.ship.noneHow}</Notice>
        <p class="code device-id" data-testid="device-id">{known.device}</p>
      </Screen>
    )
  }
  return <Form session={session} known={known} first={first} onIssued={setIssued} />
}

const dayIn = (language: 'zh' | 'en', text: string) => new Date(text).toLocaleDateString(LOCALE[language])

interface FormProps {
  session: Session
  known: Known
  first: Uuid | null
  onIssued: (issued: Issued) => void
}

function Form({ session, known, first, onIssued }: FormProps) {
  const w = useWords()
  const r = useRollsWords()
  const language = useLanguage()
  const me = session.person.id
  const [choice, setChoice] = useDraft<Choice>(me, DRAFT, () => ({ ...EMPTY, batches: known.batches.filter((batch) => batch.id === first) }))
  const evidence = useEvidence({ person: me, name: DRAFT })
  const [missing, setMissing] = useState(false)
  const [failed, setFailed] = useState(false)
  const [busy, setBusy] = useState(false)
  if (r === null) return <Waiting />
  const block = blockFor(known.blocks, choice.batches)
  const terms = block === 'mixed' || block === null ? known.blocks[0] : block
  const left = block === 'mixed' || block === null ? 0 : block.numbers.length
  const set = (change: Partial<Choice>) => {
    setMissing(false)
    setChoice({ ...choice, ...change })
  }

  async function submit(): Promise<void> {
    if (block === null || block === 'mixed' || choice.batches.length === 0 || choice.carrier === null || choice.receiver === null) {
      setMissing(true)
      return
    }
    setBusy(true)
    setFailed(false)
    try {
      const number = await takeNumber(session, block)
      if (number === null) throw new Error('no number left')
      const row = await recordWith(me, `${w.act.manifest_issued} · ${number.number}`, issuedDraft(uuid7(), block, number.number, choice, evidence.pieces))
      evidence.done()
      forgetDraft(me, DRAFT)
      onIssued({ number, fact: row.id })
    } catch {
      setFailed(true)
      setBusy(false)
    }
  }

  return (
    <Screen title={r.ship.title} backTo="/app/scan" testid="ship-offline"
      dock={
        <>
          {missing && <Notice meaning="watch" title={block === 'mixed' ? r.ship.kinds : r.ship.missing} testid="missing" live />}
          {failed && <Notice meaning="stop" title={r.ship.cannot} testid="cannot-save" live />}
          <Button look="main" icon="truck" busy={busy || evidence.busy} onClick={() => void submit()} testid="offline-submit">{r.ship.submit}</Button>
        </>
      }>
      <p class="soft small" data-testid="numbers-left" data-left={left}>
        {r.ship.left(left)}{terms ? ` · ${r.ship.until(dayIn(language, terms.until))}` : ''}{known.asOf === null ? '' : ` · ${r.ship.asOf(dayIn(language, known.asOf))}`}
      </p>
      <WhatGoes r={r} batches={known.batches} chosen={choice.batches} onChoose={(batches) => set({ batches })} />
      <Choices legend={r.ship.carrier} name="offline-carrier" value={choice.carrier} columns={2} onChoose={(carrier) => set({ carrier })}
        options={(terms?.carriers ?? []).flatMap((party) => (party.id === null ? [] : [{ value: party.id, label: nameIn(language, party) }]))} />
      <Choices legend={r.ship.receiver} name="offline-receiver" value={choice.receiver} columns={2} onChoose={(receiver) => set({ receiver })}
        options={(terms?.receivers ?? []).flatMap((party) => (party.id === null ? [] : [{ value: party.id, label: nameIn(language, party) }]))} />
      <Field id="plate" label={`${r.ship.plate} (${w.common.optional})`} help={w.doing.plateHelp}>
        <input id="plate" data-testid="plate" value={choice.plate} maxLength={20} autocapitalize="characters" spellcheck={false} onInput={(event) => set({ plate: event.currentTarget.value })} />
      </Field>
      <EvidenceFields kind="manifest_issued" form={evidence} />
      <Field id="note" label={`${w.doing.note} (${w.common.optional})`}>
        <input id="note" data-testid="note" value={choice.note} maxLength={300} onInput={(event) => set({ note: event.currentTarget.value })} />
      </Field>
    </Screen>
  )
}

interface WhatGoesProps {
  r: RollsWords
  batches: readonly OnHand[]
  chosen: readonly OnHand[]
  onChoose: (batches: OnHand[]) => void
}

function WhatGoes({ r, batches, chosen, onChoose }: WhatGoesProps) {
  // What was chosen may have come back from a lock, so it is known by its id.
  const has = (batch: OnHand) => chosen.some((each) => each.id === batch.id)
  const toggle = (batch: OnHand) => onChoose(has(batch) ? chosen.filter((each) => each.id !== batch.id) : [...chosen, batch])
  return (
    <>
        <h2>{r.ship.batches}</h2>
        {batches.length === 0 && <Notice meaning="unknown" title={r.ship.batchesNone} />}
        <ul class="plain sheet" data-testid="batch-list">
          {batches.map((batch) => (
            <li key={batch.id}>
              <label class="pick" data-testid="pick-batch" data-batch={batch.id}>
                <input type="checkbox" checked={has(batch)} onChange={() => toggle(batch)} />
                <span class="grow"><b>{showMass(batch.grams, batch.measured)}</b> <span class="code small">{batch.code}</span> <span class="soft">{batch.name}</span></span>
              </label>
            </li>
          ))}
        </ul>
    </>
  )
}

function Shown({ issued: { number, fact }, person, onAnother }: { issued: Issued; person: Uuid; onAnother: () => void }) {
  const w = useWords()
  const r = useRollsWords()
  if (r === null) return <Waiting />
  return (
    <Screen title={r.ship.issued} testid="issued-offline" dock={<Button onClick={onAnother} testid="another">{w.ship.another}</Button>}>
      <Notice meaning="fine" title={r.ship.issued} live>{r.ship.issuedHow}</Notice>
      <Became id={fact} person={person} />
      <p class="soft">{r.ship.number}</p>
      <p class="number code" data-testid="manifest-number">{number.number}</p>
      <Dots side={number.side} dots={number.dots} title={r.ship.code} text={number.label_text} />
      <p class="code label-code" data-testid="human-code">{number.human_code}</p>
    </Screen>
  )
}
