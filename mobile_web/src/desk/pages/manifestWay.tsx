import { Icon } from '../../ui/icons'
import type { Manifest, ManifestCarrier, ManifestLine, Party } from '../../wire'
import { codeOf, refOf } from '../codes'
import { useDesk } from '../desk'
import { treatmentName } from '../facts'
import { momentIn } from '../format'
import { ClassTag, Grams, State, Who } from '../parts'

interface Stop {
  role: string
  party: Party
  says: string
  look: string
}

/** Who has what is still under way; nobody where all of it has come to an end, or it is in several hands. */
export function holderNow(manifest: Manifest): string | null {
  const moving = manifest.lines.filter((line) => ['in_transit', 'deposited', 'arrived', 'refused', 'returning'].includes(line.batch.state))
  const holders = new Set(moving.map((line) => line.batch.holder?.id ?? ''))
  return holders.size === 1 ? ([...holders][0] ?? null) : null
}

/** The last leg that has begun is where it is; a carrier may drive several. */
function hereAt(manifest: Manifest): ManifestCarrier | null {
  const holder = holderNow(manifest)
  return manifest.carriers.filter((leg) => leg.party.id === holder && leg.took_over_at != null).at(-1) ?? null
}

/** Generator, legs in order, stores on the way, receiver: stations on a line. Legs that are not driven any more are struck. */
export function Way({ manifest }: { manifest: Manifest }) {
  const { w, d, language } = useDesk()
  const here = hereAt(manifest)
  const leg = (each: ManifestCarrier): Stop => {
    const lapsed = each.lapsed === true
    const says = [each.plate ?? '', each.took_over_at == null ? '' : d.manifest.tookOver(momentIn(language, each.took_over_at)), lapsed ? d.road.lapsed : '', each === here ? d.road.stationNow : '']
    return {
      role: each.what === 'store' ? d.road.store : w.what.carrier,
      party: each.party,
      says: says.filter((part) => part !== '').join(' · '),
      look: [each.what === 'store' ? 'store' : '', lapsed ? 'lapsed' : '', each === here ? 'here' : ''].join(' ').trim(),
    }
  }
  const stops: Stop[] = [
    { role: w.what.generator, party: manifest.generator, says: manifest.issued_at === null ? '' : d.manifest.issued(momentIn(language, manifest.issued_at)), look: '' },
    ...manifest.carriers.map(leg),
    { role: w.what.receiver, party: manifest.receiver, says: manifest.returns == null ? treatmentName(w, manifest.treatment) : d.road.goesHome, look: '' },
  ]
  return (
    <ol class="plain way-line" data-testid="manifest-way">
      {stops.map((stop, index) => (
        <li key={index} class={stop.look} data-testid="station" data-look={stop.look}>
          <span class="soft small">{stop.role}</span>
          <b><Who party={stop.party} /></b>
          <span class="soft small">{stop.says}</span>
        </li>
      ))}
    </ol>
  )
}

/** The manifest this one brings home from, and those that bring home what was refused on it. */
export function PaperLinks({ manifest }: { manifest: Manifest }) {
  const { d } = useDesk()
  const back = manifest.returned_by ?? []
  if (manifest.returns == null && back.length === 0) return null
  const link = (number: string) => <a class="code" href={`/app/desk/manifest/${encodeURIComponent(number)}`}>{number}</a>
  return (
    <ul class="plain paper-links">
      {manifest.returns != null && (
        <li data-testid="returns"><Icon name="undo" size={20} /><span>{split(d.road.returns('\u0000'), link(manifest.returns.number))}</span></li>
      )}
      {back.map((each) => (
        <li key={each.id} data-testid="returned-by"><Icon name="undo" size={20} /><span>{split(d.road.returnedBy('\u0000'), link(each.number))} <State state={each.state} of="manifest" /></span></li>
      ))}
    </ul>
  )
}

/** A sentence with a link in the place of its blank. */
function split(sentence: string, link: preact.ComponentChildren) {
  const [before, after] = sentence.split('\u0000')
  return <>{before}{link}{after}</>
}

function maybe(grams: number | null | undefined) {
  return grams == null ? <span class="soft">–</span> : <Grams grams={grams} />
}

/** Every line followed by the parts of it that were refused. */
export function inFamilies(lines: readonly ManifestLine[]): ManifestLine[] {
  const known = new Set(lines.map((line) => line.batch.id))
  const children = (line: ManifestLine): ManifestLine[] => lines.filter((each) => each.part_of === line.batch.id)
  const withParts = (line: ManifestLine): ManifestLine[] => [line, ...children(line).flatMap(withParts)]
  return lines.filter((line) => line.part_of == null || !known.has(line.part_of)).flatMap(withParts)
}

export function Lines({ lines }: { lines: readonly ManifestLine[] }) {
  const { d } = useDesk()
  const outcomes: Record<string, string> = d.manifest.outcomes
  // The refused part of a line is counted with the line it came from.
  const own = lines.filter((line) => line.part_of == null)
  const sum = (pick: (line: ManifestLine) => number | null | undefined) => own.reduce((all, line) => all + (pick(line) ?? 0), 0)
  const codes = new Map(lines.map((line) => [line.batch.id, codeOf(line.batch)]))
  return (
    <div class="table-scroll">
      <table class="rows" data-testid="manifest-lines">
        <thead>
          <tr>
            <th>{d.stock.code}</th>
            <th>{d.stock.thing}</th>
            <th class="right">{d.manifest.planned}</th>
            <th class="right">{d.manifest.loaded}</th>
            <th class="right">{d.manifest.accepted}</th>
            <th class="right">{d.manifest.refused}</th>
            <th>{d.manifest.outcome}</th>
          </tr>
        </thead>
        <tbody>
          {inFamilies(lines).map((line) => (
            <tr key={line.batch.id} class={line.part_of == null ? undefined : 'child-line'} data-testid={line.part_of == null ? 'line' : 'line-part'}>
              <td>
                <a class="code" href={`/app/desk/batch/${refOf(line.batch)}`} data-row>{codeOf(line.batch)}</a>
                {line.part_of != null && <small>{d.road.partOf(codes.get(line.part_of) ?? '…')}</small>}
              </td>
              <td class="wide"><ClassTag wasteClass={line.batch.class} /></td>
              <td class="right">{line.part_of == null ? <Grams grams={line.planned_grams} /> : maybe(null)}</td>
              <td class="right">{line.part_of == null ? maybe(line.loaded_grams) : maybe(null)}</td>
              <td class="right">{maybe(line.accepted_grams)}</td>
              <td class="right">{maybe(line.refused_grams)}</td>
              <td class="nowrap">{line.outcome == null ? '' : (outcomes[line.outcome] ?? '')} {line.part_of != null && <State state={line.batch.state} of="batch" />}</td>
            </tr>
          ))}
        </tbody>
        {own.length > 1 && (
          <tfoot>
            <tr>
              <td colSpan={2}>{d.manifest.total}</td>
              <td class="right"><Grams grams={sum((line) => line.planned_grams)} /></td>
              <td class="right"><Grams grams={sum((line) => line.loaded_grams)} /></td>
              <td class="right"><Grams grams={sum((line) => line.accepted_grams)} /></td>
              <td class="right"><Grams grams={sum((line) => line.refused_grams)} /></td>
              <td />
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  )
}
