import './make.css'
import { useEffect, useState } from 'preact/hooks'
import { instantHere, uuid7 } from '../ids'
import { showMass } from '../quantity'
import { outbox, record, type Draft } from '../sync'
import { Button, Choices, Field, Notice, Screen, Waiting } from '../ui/parts'
import { nameIn, useLanguage, useWords } from '../words'
import type { Session, Uuid } from '../wire'
import { Dots } from './dots'
import { heldBlocks, noteShipped, onHand, refreshHeld, takeNumber, type HeldBlock, type HeldNumber, type OnHand } from './held'
import { useRollsWords } from './words'

interface Known {
  asOf: string | null
  blocks: HeldBlock[]
  batches: OnHand[]
  device: Uuid
}

async function look(session: Session): Promise<Known> {
  await refreshHeld(session).catch(() => undefined)
  const [held, batches, device] = await Promise.all([heldBlocks(session), onHand(session), outbox.device()])
  return { asOf: held?.asOf ?? null, blocks: held?.blocks ?? [], batches, device }
}

export interface Choice {
  batches: OnHand[]
  carrier: Uuid | null
  receiver: Uuid | null
  plate: string
}

/** The block whose numbers fit: hazardous and general waste are numbered apart. `mixed`: no manifest may carry both. */
export function blockFor(blocks: readonly HeldBlock[], batches: readonly OnHand[]): HeldBlock | 'mixed' | null {
  const kinds = new Set(batches.map((batch) => batch.hazardous))
  if (kinds.size > 1) return 'mixed'
  const [hazardous] = kinds
  return blocks.find((block) => hazardous === undefined || block.hazardous === hazardous) ?? null
}

/** The fact as it is kept and sent: an ordinary envelope whose details are the plan with its number. */
export function issuedDraft(manifest: Uuid, block: HeldBlock, number: string, choice: Choice): Draft {
  const plate = choice.plate.replaceAll(' ', '').toUpperCase()
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
  }
}

export default function ShipOffline({ session }: { session: Session }) {
  const r = useRollsWords()
  const [known, setKnown] = useState<Known | null>(null)
  const [issued, setIssued] = useState<HeldNumber | null>(null)
  useEffect(() => {
    if (issued === null) void look(session).then(setKnown)
  }, [session, issued])
  if (r === null || known === null) return <Waiting />
  if (issued) return <Shown number={issued} onAnother={() => setIssued(null)} />
  if (known.blocks.length === 0) {
    return (
      <Screen title={r.ship.title} backTo="/app/scan" testid="ship-offline">
        <Notice meaning="watch" title={r.ship.none} testid="no-numbers">{r.ship.noneHow}</Notice>
        <p class="code device-id" data-testid="device-id">{known.device}</p>
      </Screen>
    )
  }
  return <Form session={session} known={known} onIssued={setIssued} />
}

const dayIn = (language: 'zh' | 'en', text: string) => new Date(text).toLocaleDateString(language === 'zh' ? 'zh-CN' : 'en-GB')

function Form({ session, known, onIssued }: { session: Session; known: Known; onIssued: (number: HeldNumber) => void }) {
  const w = useWords()
  const r = useRollsWords()
  const language = useLanguage()
  const [choice, setChoice] = useState<Choice>({ batches: [], carrier: null, receiver: null, plate: '' })
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
      const number = await takeNumber(block)
      if (number === null) throw new Error('no number left')
      await record(session.person.id, `${w.act.manifest_issued} · ${number.number}`, issuedDraft(uuid7(), block, number.number, choice))
      await noteShipped(choice.batches.map((batch) => batch.id))
      onIssued(number)
    } catch {
      setFailed(true)
      setBusy(false)
    }
  }

  const toggle = (batch: OnHand) =>
    set({ batches: choice.batches.includes(batch) ? choice.batches.filter((each) => each !== batch) : [...choice.batches, batch] })
  return (
    <Screen title={r.ship.title} backTo="/app/scan" testid="ship-offline"
      dock={
        <>
          {missing && <Notice meaning="watch" title={block === 'mixed' ? r.ship.kinds : r.ship.missing} testid="missing" live />}
          {failed && <Notice meaning="stop" title={r.ship.cannot} testid="cannot-save" live />}
          <Button look="main" icon="truck" busy={busy} onClick={() => void submit()} testid="offline-submit">{r.ship.submit}</Button>
        </>
      }>
      <p class="soft small" data-testid="numbers-left" data-left={left}>
        {r.ship.left(left)}{terms ? ` · ${r.ship.until(dayIn(language, terms.until))}` : ''}{known.asOf === null ? '' : ` · ${r.ship.asOf(dayIn(language, known.asOf))}`}
      </p>
      <h2>{r.ship.batches}</h2>
      {known.batches.length === 0 && <Notice meaning="unknown" title={r.ship.batchesNone} />}
      <ul class="plain sheet" data-testid="batch-list">
        {known.batches.map((batch) => (
          <li key={batch.id}>
            <label class="pick" data-testid="pick-batch" data-batch={batch.id}>
              <input type="checkbox" checked={choice.batches.includes(batch)} onChange={() => toggle(batch)} />
              <span class="grow"><b>{showMass(batch.grams, batch.measured)}</b> <span class="code small">{batch.code}</span> <span class="soft">{batch.name}</span></span>
            </label>
          </li>
        ))}
      </ul>
      <Choices legend={r.ship.carrier} name="offline-carrier" value={choice.carrier} columns={2} onChoose={(carrier) => set({ carrier })}
        options={(terms?.carriers ?? []).flatMap((party) => (party.id === null ? [] : [{ value: party.id, label: nameIn(language, party) }]))} />
      <Choices legend={r.ship.receiver} name="offline-receiver" value={choice.receiver} columns={2} onChoose={(receiver) => set({ receiver })}
        options={(terms?.receivers ?? []).flatMap((party) => (party.id === null ? [] : [{ value: party.id, label: nameIn(language, party) }]))} />
      <Field id="plate" label={`${r.ship.plate} (${w.common.optional})`} help={w.doing.plateHelp}>
        <input id="plate" data-testid="plate" value={choice.plate} maxLength={20} autocapitalize="characters" spellcheck={false} onInput={(event) => set({ plate: event.currentTarget.value })} />
      </Field>
    </Screen>
  )
}

function Shown({ number, onAnother }: { number: HeldNumber; onAnother: () => void }) {
  const w = useWords()
  const r = useRollsWords()
  if (r === null) return <Waiting />
  return (
    <Screen title={r.ship.issued} testid="issued-offline" dock={<Button onClick={onAnother} testid="another">{w.ship.another}</Button>}>
      <Notice meaning="fine" title={r.ship.issued} live>{r.ship.issuedHow}</Notice>
      <p class="soft">{r.ship.number}</p>
      <p class="number code" data-testid="manifest-number">{number.number}</p>
      <Dots side={number.side} dots={number.dots} title={r.ship.code} text={number.label_text} />
      <p class="code label-code" data-testid="human-code">{number.human_code}</p>
    </Screen>
  )
}
