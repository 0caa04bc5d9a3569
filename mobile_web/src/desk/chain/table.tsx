import { useState } from 'preact/hooks'
import { showMass } from '../../quantity'
import { Button } from '../../ui/parts'
import { nameIn, sentenceIn } from '../../words'
import { codeOf } from '../codes'
import { useDesk } from '../desk'
import { partiesIn, sayFact } from '../facts'
import { momentIn } from '../format'
import { Severity, Who } from '../parts'
import { shownNodes, type Trace, type TraceFact, type TraceLine } from '../shapes'
import { moves } from './moments'

const FIRST = 60

function placeOf(fact: TraceFact, language: 'zh' | 'en'): string {
  if (fact.place === null) return ''
  const named = nameIn(language, fact.place)
  return named !== '' ? named : `${fact.place.latitude.toFixed(4)}, ${fact.place.longitude.toFixed(4)}`
}

function Lines({ lines, codes }: { lines: readonly TraceLine[]; codes: ReadonlyMap<string, string> }) {
  const { d } = useDesk()
  const parents = lines.filter((line) => line.direction === 'in')
  const children = lines.filter((line) => line.direction === 'out')
  const show = (line: TraceLine) => {
    const code = codes.get(line.batch)
    return (
      <li key={`${line.batch} ${line.direction}`}>
        {code === undefined ? <span class="soft">{d.chain.ends.outside}</span> : <a class="code" href={`/app/desk/batch/${line.batch}`}>{code}</a>}{' '}
        {line.grams !== null && <span class="grams" data-grams={line.grams}>{showMass(line.grams)}</span>}
      </li>
    )
  }
  const made = parents.length > 0 && children.length > 0
  return (
    <ul class="plain fact-lines">
      {parents.map(show)}
      {made && <li class="soft">{d.chain.into}</li>}
      {children.map(show)}
    </ul>
  )
}

function FactRow({ fact, trace, codes }: { fact: TraceFact; trace: Trace; codes: ReadonlyMap<string, string> }) {
  const tools = useDesk()
  const { w, d, language } = tools
  return (
    <tr class={moves(fact) ? undefined : 'evidence-row'} data-testid="chain-fact" data-kind={fact.kind} data-verdict={fact.verdict}>
      <td class="when"><time dateTime={fact.observed_at}>{momentIn(language, fact.observed_at)}</time></td>
      <td class="wide">
        <span data-row tabIndex={-1}>{sayFact(tools, fact, partiesIn(trace.facts))}</span>
        {!moves(fact) && <span class="soft small"> ({d.chain.evidenceOnly})</span>}
        {fact.findings.map((finding) => (
          <p key={finding.id ?? finding.code} class="fact-finding">
            <Severity severity={finding.severity} /> <span>{sentenceIn(language, finding)}</span>
          </p>
        ))}
      </td>
      <td><Lines lines={fact.lines} codes={codes} /></td>
      <td>{fact.enterprise === null ? <span class="soft">{w.common.unknown}</span> : <Who party={fact.enterprise} />}</td>
      <td class="soft">{placeOf(fact, language)}</td>
      <td>{fact.manifest_number !== null && <a class="code" href={`/app/desk/manifest/${encodeURIComponent(fact.manifest_number)}`}>{fact.manifest_number}</a>}</td>
      <td class="right soft">{fact.index}</td>
    </tr>
  )
}

/** The chain as a table: the same facts as the picture, for readers that speak, for print and for the exact figure. */
export function FactTable({ trace }: { trace: Trace }) {
  const { d } = useDesk()
  const [all, setAll] = useState(false)
  const codes = new Map(shownNodes(trace).map((node) => [node.id, codeOf(node)]))
  const facts = [...trace.facts].sort((a, b) => Date.parse(a.observed_at) - Date.parse(b.observed_at) || (a.index ?? 0) - (b.index ?? 0))
  const shown = all ? facts : facts.slice(0, FIRST)
  return (
    <div class="table-scroll">
      <table class="rows facts-table" data-testid="chain-table" data-facts={facts.length}>
        <caption class="sr">{d.chain.table}</caption>
        <thead>
          <tr>
            <th scope="col">{d.chain.when}</th>
            <th scope="col">{d.chain.what}</th>
            <th scope="col">{d.chain.batches}</th>
            <th scope="col">{d.chain.who}</th>
            <th scope="col">{d.chain.place}</th>
            <th scope="col">{d.chain.manifest}</th>
            <th scope="col" class="right">{d.chain.entry}</th>
          </tr>
        </thead>
        <tbody>{shown.map((fact) => <FactRow key={fact.id} fact={fact} trace={trace} codes={codes} />)}</tbody>
      </table>
      {shown.length < facts.length && <Button onClick={() => setAll(true)} testid="chain-table-all">{d.common.whole(facts.length)}</Button>}
    </div>
  )
}
