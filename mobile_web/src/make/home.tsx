import './make.css'
import { useState } from 'preact/hooks'
import { apiGet, apiPost, Refused } from '../api'
import { uuid7 } from '../ids'
import { navigate } from '../router'
import type { PageProps } from '../shell'
import { showMass } from '../quantity'
import { PartyFinder } from '../ui/find'
import { Button, Field, Notice, Screen, Waiting } from '../ui/parts'
import { Trouble } from '../ui/trouble'
import { useAsk } from '../ui/useAsk'
import { nameIn, sentenceIn, useLanguage, useWords } from '../words'
import { className, partyName } from '../what/subject'
import type { Manifest, ManifestLine, NewLeg, Party } from '../wire'
import { LabelPicture } from './picture'

// The way home of what was refused, in one step: who has it now drives it, and nothing else need be said.

/** What was refused on a manifest and still stands where it was refused. */
export function waitsToGoHome(manifest: Manifest): ManifestLine[] {
  return manifest.lines.filter((line) => line.outcome === 'refused' && line.batch.state === 'refused')
}

/** The carrier and plate that have it: the last truck of whoever holds it. */
export function whoHasIt(manifest: Manifest): { party: Party | null; plate: string } {
  const holder = waitsToGoHome(manifest)[0]?.batch.holder ?? null
  const legs = manifest.carriers.filter((leg) => leg.party.id === holder?.id && leg.took_over_at != null)
  return { party: holder, plate: legs.at(-1)?.plate ?? '' }
}

/** The body of the request. Left as it was, the carrier is the server's to say: it knows who has it. */
export function homeLegs(has: { party: Party | null; plate: string }, carrier: Party | null, plate: string): NewLeg[] | null {
  const typed = plate.replaceAll(' ', '').toUpperCase()
  if (carrier?.id == null || (carrier.id === has.party?.id && typed === has.plate)) return null
  return [{ enterprise: carrier.id, ...(typed === '' ? {} : { plate: typed }) }]
}

export default function SendHome({ parts }: PageProps) {
  const w = useWords()
  const id = parts['manifest'] ?? ''
  const [asked, again] = useAsk(id, (signal) => apiGet<Manifest>(`/manifests/${encodeURIComponent(id)}`, {}, signal))
  const [issued, setIssued] = useState<Manifest | null>(null)
  if (issued) return <Issued manifest={issued} />
  if (asked.status === 'have') return <Planning manifest={asked.value} onIssued={setIssued} />
  return (
    <Screen title={w.road.sendHomeTitle} backTo="/app/scan">
      {asked.status === 'failed' ? <Trouble error={asked.error} onRetry={again} /> : <Waiting />}
    </Screen>
  )
}

/** A return consignment in the making: who takes it home, and sending it in one step. */
export function useSendHome(manifest: Manifest, onMade: (made: Manifest) => void) {
  const has = whoHasIt(manifest)
  const [id] = useState(uuid7)
  const [carrier, setCarrier] = useState<Party | null>(has.party)
  const [plate, setPlate] = useState(has.plate)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const lines = waitsToGoHome(manifest)
  const grams = lines.reduce((sum, line) => sum + line.batch.grams, 0)

  async function send(): Promise<void> {
    setBusy(true)
    setError(null)
    try {
      const carriers = homeLegs(has, carrier, plate)
      onMade(await apiPost<Manifest>(`/manifests/${manifest.id}/return`, { id, ...(carriers === null ? {} : { carriers }) }))
    } catch (problem) {
      setError(problem)
      setBusy(false)
    }
  }

  return { has, lines, grams, carrier, setCarrier, plate, setPlate, busy, error, send }
}

function Planning({ manifest, onIssued }: { manifest: Manifest; onIssued: (manifest: Manifest) => void }) {
  const w = useWords()
  const language = useLanguage()
  const { has, lines, grams, carrier, setCarrier, plate, setPlate, busy, error, send } = useSendHome(manifest, onIssued)

  if (lines.length === 0) {
    return (
      <Screen title={w.road.sendHomeTitle} backTo="/app/scan">
        <Notice meaning="unknown" title={w.road.sendHomeNone} testid="nothing-to-return" />
        {(manifest.returned_by ?? []).map((back) => <p key={back.id} class="code">{back.number}</p>)}
      </Screen>
    )
  }
  return (
    <Screen
      title={w.road.sendHomeTitle}
      backTo="/app/scan"
      testid="send-home"
      dock={<Button look="main" icon="undo" busy={busy} disabled={carrier === null} onClick={() => void send()} testid="send-home-submit">{busy ? w.road.sendHomeBusy : w.road.sendHomeSubmit}</Button>}
    >
      <p class="home-lead">{w.road.sendHomeLead(showMass(grams, lines.every((line) => line.batch.measured)), partyName(w, language, manifest.generator))}</p>
      <p class="soft">{w.road.sendHomeHow}</p>
      <ul class="plain sheet home-lines">
        {lines.map((line) => (
          <li key={line.batch.id} class="list-item">
            <span class="grow">{className(w, language, line.batch)}</span>
            <b>{showMass(line.batch.grams, line.batch.measured)}</b>
          </li>
        ))}
      </ul>
      <PartyFinder id="carrier" label={w.road.sendHomeBy} role="carrier" error={atCarrier(error, language)} chosen={carrier} onChoose={setCarrier} testid="carrier" />
      {carrier !== null && carrier.id === has.party?.id && <p class="help home-has">{w.road.sendHomeHas(nameIn(language, carrier))}</p>}
      <Field id="plate" label={`${w.doing.plate} (${w.common.optional})`} help={w.doing.plateHelp}>
        <input id="plate" data-testid="plate" value={plate} maxLength={20} autocapitalize="characters" spellcheck={false} onInput={(event) => setPlate(event.currentTarget.value)} />
      </Field>
      {error !== null && <Trouble error={error} />}
    </Screen>
  )
}

/** The sentence that belongs to the carrier, where the server points there. */
function atCarrier(error: unknown, language: 'zh' | 'en'): string | null {
  if (!(error instanceof Refused)) return null
  const part = [error.problem, ...(error.problem.errors ?? [])].find((each) => each.pointer?.startsWith('/carriers') === true)
  return part ? sentenceIn(language, part) : null
}

function Issued({ manifest }: { manifest: Manifest }) {
  const w = useWords()
  const language = useLanguage()
  const carrier = manifest.carriers.map((each) => partyName(w, language, each.party)).join(' → ')
  return (
    <Screen
      title={w.road.sendHomeDone}
      testid="issued"
      dock={
        <>
          <Button icon="print" onClick={() => print()} testid="print">{w.common.print}</Button>
          <Button look="main" icon="scan" onClick={() => navigate('/app/scan')} testid="scan-next">{w.answer.scanNext}</Button>
        </>
      }
    >
      <div role="status">
        <p class="soft">{w.ship.number}</p>
        <p class="number code" data-testid="manifest-number">{manifest.number}</p>
        <p>{carrier} → {partyName(w, language, manifest.receiver)}</p>
        <p class="soft">{w.road.sendHomeNext}</p>
      </div>
      <LabelPicture src={`/api/v1/manifests/${manifest.id}/label.png`} code={manifest.human_code} text={manifest.label_text} help={w.ship.showDriver} />
    </Screen>
  )
}
