import './extras.css'
import { useEffect, useState } from 'preact/hooks'
import { apiGet } from '../api'
import { lookUp } from '../act/asked'
import { commonActs } from '../act/together'
import { useActsWords } from '../act/words'
import type { PageProps } from '../shell'
import { navigate } from '../router'
import { useStore } from '../store'
import { showMass } from '../quantity'
import { Icon } from '../ui/icons'
import { Button, Notice, Screen } from '../ui/parts'
import { subjectOf, thingName, type Subject } from '../what/subject'
import { useLanguage, useWords } from '../words'
import type { LabelAnswer, Manifest } from '../wire'
import type { ScanWords } from '../words/mirror.scan'
import { saysOf } from './says'
import { emptyTray, openTray, takeOut, tray, type TrayRow } from './tray'
import { oneManifest, type Known } from './together'
import { localVerdict } from './verdictWords'
import { useScanWords } from './words'

/** What the park says of each label; null where it knows none, absent where nobody could be asked. */
function useKnown(rows: readonly TrayRow[]): { known: Known; asking: boolean } {
  const [known, setKnown] = useState<Known>(new Map())
  const [asking, setAsking] = useState(true)
  const payloads = rows.map((row) => row.payload).join(' ')
  useEffect(() => {
    const stop = new AbortController()
    setAsking(true)
    const codes = payloads.split(' ').filter((payload) => payload !== '')
    void lookUp(codes, (code, answer) => setKnown((before) => new Map(before).set(code, answer)), stop.signal)
      .catch(() => undefined)
      .then(() => !stop.signal.aborted && setAsking(false))
    return () => stop.abort()
  }, [payloads])
  return { known, asking }
}

/** What was scanned in a row, to be gone on with: each by itself, or all together where one manifest carries them. */
export default function TrayPage({ session }: PageProps) {
  const s = useScanWords()
  const { rows } = useStore(tray)
  const { known, asking } = useKnown(rows)
  const [sure, setSure] = useState(false)
  useEffect(() => void openTray(session.person.id), [session])
  if (!s) return null
  const grams = rows.reduce((sum, row) => sum + row.label.grams, 0)
  const measured = rows.every((row) => row.label.measured)
  const clear = () => {
    if (sure) emptyTray()
    setSure(!sure)
  }
  return (
    <Screen
      title={s.listTitle}
      backTo="/app/scan"
      testid="tray"
      dock={
        <>
          <Button look="main" icon="scan" onClick={() => navigate('/app/scan')} testid="tray-scan-on">{s.scanOn}</Button>
          {rows.length > 0 && <Button look="plain" onClick={clear} testid="tray-clear">{sure ? s.clearSure : s.clear}</Button>}
        </>
      }
    >
      {rows.length === 0 ? (
        <Notice meaning="unknown" title={s.listEmpty}>{s.listEmptyHow}</Notice>
      ) : (
        <p data-testid="tray-sum">{s.listSum(rows.length, showMass(grams, measured))}</p>
      )}
      {rows.length > 0 && <Together s={s} rows={rows} known={known} />}
      {rows.length > 0 && <ForAll rows={rows} known={known} asking={asking} />}
      <ul class="tray-rows">
        {rows.map((row) => (
          <Row key={row.payload} s={s} row={row} answer={known.get(row.payload)} />
        ))}
      </ul>
    </Screen>
  )
}

function Row({ s, row, answer }: { s: ScanWords; row: TrayRow; answer: LabelAnswer | null | undefined }) {
  const w = useWords()
  const language = useLanguage()
  const name = answer?.batch ? thingName(w, language, answer.batch) : answer?.manifest ? w.what.manifestTitle(answer.manifest.number) : ''
  const verdict = localVerdict(w, { verdict: row.verdict, host: null })
  return (
    <li class="tray-row" data-testid="tray-row" data-code={row.code}>
      <a href={`/app/what/${row.payload}`} data-testid="tray-open">
        <b class="code">{row.code}</b>
        {name !== '' && <span>{name}</span>}
        <span class="help">{saysOf(s, row.label)}</span>
        {row.verdict !== 'genuine' && <span class="many-said">{verdict.title}</span>}
        {answer === null && <span class="many-said">{s.unknownHere}</span>}
      </a>
      <button type="button" onClick={() => takeOut(row.label.labelId)} aria-label={s.remove(row.code)} data-testid="tray-remove">
        <Icon name="close" />
      </button>
    </li>
  )
}

/** The acts of the manifest that carries all of them. */
function Together({ s, rows, known }: { s: ScanWords; rows: readonly TrayRow[]; known: Known }) {
  const found = oneManifest(rows.map((row) => row.payload), known)
  const manifest = useManifest(found.manifest)
  if (!found.asked) return <p class="help">{s.offlineHow}</p>
  if (found.manifest === null) return <p class="help">{s.otherManifests}</p>
  return manifest && <OnOne s={s} manifest={manifest} scanned={rows.length} />
}

function useManifest(id: string | null): Manifest | null {
  const [manifest, setManifest] = useState<Manifest | null>(null)
  useEffect(() => {
    setManifest(null)
    if (id === null) return
    const stop = new AbortController()
    // Without an answer the rows are still there, each to be opened by itself.
    apiGet<Manifest>(`/manifests/${id}`, {}, stop.signal).then(setManifest, () => undefined)
    return () => stop.abort()
  }, [id])
  return manifest
}

function OnOne({ s, manifest, scanned }: { s: ScanWords; manifest: Manifest; scanned: number }) {
  const code = manifest.human_code ?? manifest.number
  const all = manifest.lines.length
  return (
    <section data-testid="tray-manifest">
      <Notice meaning={scanned >= all ? 'fine' : 'watch'} title={s.oneManifest(manifest.number)}>
        {scanned >= all ? s.allOfIt : s.partOfIt(scanned, all)}
      </Notice>
      <Button look="plain" onClick={() => navigate(`/app/what/${encodeURIComponent(code)}`)} testid="tray-open-manifest">
        {s.openManifest}
      </Button>
    </section>
  )
}

/** The acts that are open to every one of them, each one form for all. */
function ForAll({ rows, known, asking }: { rows: readonly TrayRow[]; known: Known; asking: boolean }) {
  const w = useWords()
  const language = useLanguage()
  const a = useActsWords()
  if (!a) return null
  if (asking) return <p class="help" role="status">{a.asking(known.size, rows.length)}</p>
  const subjects = rows.map((row) => {
    const answer = known.get(row.payload)
    return answer ? subjectOf(w, language, answer) : null
  })
  const unknown = subjects.filter((subject) => subject === null).length
  if (unknown > 0) return <Notice meaning="watch" title={a.unknown(unknown)} testid="tray-unknown" />
  const acts = commonActs(subjects as Subject[])
  return (
    <section class="stack" data-testid="tray-acts">
      <h2>{a.all(rows.length)}</h2>
      {acts.length === 0 && <p>{a.none}</p>}
      {acts.map(({ kind }) => (
        <Button key={kind} icon="forward" onClick={() => navigate(`/app/act/${kind}/many`)} testid={`act-${kind}`}>{w.act[kind]}</Button>
      ))}
    </section>
  )
}
