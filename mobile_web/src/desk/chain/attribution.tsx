import { useState } from 'preact/hooks'
import { showGrams, showMass } from '../../quantity'
import { codeOf } from '../codes'
import { Button } from '../../ui/parts'
import { useDesk } from '../desk'
import { treatmentName } from '../facts'
import { Who } from '../parts'
import { shownNodes, type Attribution, type Trace } from '../shapes'

interface Origin {
  id: string
  code: string
  rows: Attribution[]
}

/** By origin, and within it by what became of its grams, how and with whom; the most first. */
export function byOrigin(trace: Trace): Origin[] {
  const codes = new Map(shownNodes(trace).map((node) => [node.id, codeOf(node)]))
  const origins = new Map<string, Origin>()
  for (const row of trace.attribution) {
    const origin = origins.get(row.origin) ?? { id: row.origin, code: codes.get(row.origin) ?? row.origin, rows: [] }
    const same = origin.rows.find((each) => each.output === row.output && each.treatment === row.treatment && each.enterprise?.id === row.enterprise?.id)
    if (same) same.grams += row.grams
    else origin.rows.push({ ...row })
    origins.set(row.origin, origin)
  }
  return [...origins.values()]
}

const FIRST = 4

export function AttributionTable({ trace }: { trace: Trace }) {
  const { w, d } = useDesk()
  const [all, setAll] = useState(false)
  const origins = byOrigin(trace)
  if (origins.length === 0) return <p class="soft">{d.chain.attributionNone}</p>
  return (
    <div class="table-scroll">
      <table class="rows" data-testid="attribution">
        <caption class="sr">{d.chain.attribution}</caption>
        <thead>
          <tr>
            <th scope="col">{d.chain.origin}</th>
            <th scope="col">{d.chain.became}</th>
            <th scope="col">{d.chain.where}</th>
            <th scope="col" class="right">{d.chain.grams}</th>
          </tr>
        </thead>
        <tbody>
          {(all ? origins : origins.slice(0, FIRST)).map((origin) =>
            [...origin.rows].sort((a, b) => b.grams - a.grams).map((row, index) => (
              <tr key={`${row.output} ${row.batch} ${index}`} class={index === 0 ? 'group-start' : undefined} data-testid="attribution-row" data-grams={row.grams}>
                <td>{index === 0 && <a class="code" href={`/app/desk/batch/${origin.id}`}>{origin.code}</a>}</td>
                <td>{d.chain.endWords[row.output]}{row.treatment !== null && <span class="soft"> · {treatmentName(w, row.treatment)}</span>}</td>
                <td><Who party={row.enterprise} /></td>
                <td class="right" title={d.common.exact(showGrams(row.grams))}>{showMass(row.grams)}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
      {!all && origins.length > FIRST && <Button onClick={() => setAll(true)} testid="attribution-all">{d.common.whole(origins.length)}</Button>}
    </div>
  )
}
