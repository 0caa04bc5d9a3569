import { useEffect, useMemo } from 'preact/hooks'
import { apiGet, apiUrl, Refused } from '../../api'
import { showMass } from '../../quantity'
import { navigate } from '../../router'
import { Notice, Waiting } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { className, partyName } from '../../what/subject'
import { codeOf } from '../codes'
import { useDesk, type DeskTools } from '../desk'
import type { DeskPageProps } from '../index'
import { PlacesMap } from '../map/lazy'
import { placesOfTrace } from '../map/places'
import { Account } from '../pages/account'
import { FindingsSection } from '../pages/side'
import { Head, Section } from '../parts'
import { rememberSeen } from '../recent'
import { shownNodes, type Direction, type Trace } from '../shapes'
import { useKept } from '../useKept'
import { AttributionTable } from './attribution'
import { laneKey } from './course'
import { Picture } from './picture'
import { FactTable } from './table'

const DIRECTIONS: readonly Direction[] = ['both', 'up', 'down']

/** What the chain is of: the one batch, or the manifest with all of its batches. */
function titleOf({ w, d, language }: DeskTools, trace: Trace, asked: string): string {
  const roots = shownNodes(trace).filter((node) => trace.roots.includes(node.id))
  const first = roots[0]
  if (!first) return asked
  const grams = roots.reduce((sum, node) => sum + node.grams_at_start, 0)
  if (roots.length > 1) return d.chain.several(roots.length, showMass(grams))
  return d.chain.sentence(className(w, language, { class: first.class, raw_class: first.raw_class ?? null }), showMass(grams, first.measured), partyName(w, language, first.generator))
}

function Directions({ id, direction }: { id: string; direction: Direction }) {
  const { d } = useDesk()
  const go = (to: Direction) => navigate(`/app/desk/chain/${encodeURIComponent(id)}${to === 'both' ? '' : `?direction=${to}`}`, { replace: true })
  return (
    <div class="segments no-print" role="radiogroup" aria-label={d.chain.direction}>
      {DIRECTIONS.map((each) => (
        <button key={each} type="button" role="radio" aria-checked={each === direction} onClick={() => go(each)} data-testid={`direction-${each}`}>
          {d.chain[each]}
        </button>
      ))}
    </div>
  )
}

function Told({ trace, id, direction }: { trace: Trace; id: string; direction: Direction }) {
  const tools = useDesk()
  const { d, language } = tools
  const findings = trace.facts.flatMap((fact) => fact.findings)
  const title = titleOf(tools, trace, id)
  const root = shownNodes(trace).find((node) => node.id === trace.root.id)
  const name = trace.root.number ?? (root ? codeOf(root) : id)
  const matter = useMemo(() => placesOfTrace(trace, tools), [trace, tools])
  const holders = new Set(shownNodes(trace).flatMap((node) => [laneKey(node.holder), laneKey(node.generator)])).size
  useEffect(() => {
    rememberSeen({ kind: trace.root.kind, path: `/app/desk/chain/${encodeURIComponent(id)}`, title: name, under: title })
  }, [trace, id, name, title])
  return (
    <div class="chain" data-testid="chain">
      <Head eyebrow={<>{d.chain.title} · <span class="code">{name}</span></>} title={title}>
        <div class="chain-tools">
          <p class="soft">{d.chain.reach(trace.nodes.length, holders, trace.facts.length)}</p>
          <Directions id={id} direction={direction} />
          <a class="button no-print" href={apiUrl(`/trace/${encodeURIComponent(id)}/report.pdf`, { language, direction })} target="_blank" rel="noreferrer" data-testid="print-report">{d.papers.report}</a>
        </div>
      </Head>
      {trace.truncated && <Notice meaning="watch" title={d.chain.truncated} testid="chain-truncated" />}
      {trace.masked && <Notice meaning="unknown" title={d.chain.masked} testid="chain-masked" />}
      <Picture trace={trace} />
      <FindingsSection findings={findings} title={d.chain.findings(findings.length)} />
      <div class="chain-pair">
        <Section title={d.chain.account}><Account balance={trace.balance} told /></Section>
        <Section title={d.chain.attribution}><AttributionTable trace={trace} /></Section>
      </div>
      <Section title={d.chain.map} class="no-print"><PlacesMap matter={matter} none={d.map.noneFacts} language={language} small /></Section>
      <Section title={d.chain.table}><FactTable trace={trace} /></Section>
    </div>
  )
}

export default function ChainPage({ query, parts }: DeskPageProps) {
  const { d } = useDesk()
  const id = parts['id'] ?? ''
  const given = query.get('direction')
  const direction = DIRECTIONS.find((each) => each === given) ?? 'both'
  const [asked, again] = useKept(`${id} ${direction}`, (signal) => apiGet<Trace>(`/trace/${encodeURIComponent(id)}`, { direction }, signal))
  if (asked.status === 'asking') return <Waiting />
  if (asked.status === 'failed') {
    if (asked.error instanceof Refused && asked.error.problem.status === 404) {
      return (
        <>
          <Head eyebrow={d.chain.title} title={<span class="code">{id}</span>} />
          <Notice meaning="unknown" title={d.common.notHere} testid="not-found">{d.common.notHereHow}</Notice>
        </>
      )
    }
    return <Trouble error={asked.error} onRetry={again} />
  }
  return <Told trace={asked.value} id={id} direction={direction} />
}
