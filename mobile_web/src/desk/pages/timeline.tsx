import { showMass } from '../../quantity'
import { sentenceIn } from '../../words'
import { useDesk } from '../desk'
import { awaitsConsent, partiesIn, sayFact } from '../facts'
import { lateHours, momentIn } from '../format'
import { moves } from '../chain/moments'
import { Severity } from '../parts'
import type { TraceFact } from '../shapes'
import { AWAITS } from '../../act/corrections'
import { CorrectionLine, type Corrections } from './correctForm'
import { Pieces } from './pieces'

/** Under a correction: before and after where the whole history is known, else the new figure alone. */
function Corrected({ fact, corrections }: { fact: TraceFact; corrections: Corrections | undefined }) {
  const { d } = useDesk()
  if (fact.kind !== 'corrected' || fact.details.grams === undefined) return null
  const known = corrections?.of.get(fact.id)
  const reason = fact.details.reason ?? ''
  if (known) return <CorrectionLine correction={known} proposal={corrections?.proposals.get(fact.id)} reason={reason} />
  return <p class="soft small">{d.batch.corrected(showMass(fact.details.grams), reason)}</p>
}

/** What befell a batch or manifest, the latest first, as sentences; what was corrected shows both figures. */
export function Timeline({ facts, none, corrections }: { facts: readonly TraceFact[]; none: string; corrections?: Corrections }) {
  const tools = useDesk()
  const { d, language } = tools
  if (facts.length === 0) return <p class="soft">{none}</p>
  const parties = partiesIn(facts)
  // Struck is what was replaced, not what somebody only wishes to replace.
  const replaced = corrections
    ? [...corrections.of.values()].filter((each) => each.state === 'agreed').map((each) => each.root)
    : facts.filter((fact) => fact.kind === 'corrected' && moves(fact) && !awaitsConsent(fact)).map((fact) => fact.details.corrects)
  const corrected = new Set(replaced)
  const sorted = [...facts].sort((a, b) => (b.index ?? Number.MAX_SAFE_INTEGER) - (a.index ?? Number.MAX_SAFE_INTEGER))
  return (
    <ol class="plain timeline" data-testid="timeline">
      {sorted.map((fact) => {
        const late = lateHours(fact.observed_at, fact.recorded_at)
        return (
          <li key={fact.id} class={moves(fact) ? 'told' : 'told evidence-row'} data-testid="fact" data-kind={fact.kind} data-verdict={fact.verdict}>
            <time dateTime={fact.observed_at}>{momentIn(language, fact.observed_at)}</time>
            <div>
              <p data-row tabIndex={-1} class={corrected.has(fact.id) ? 'struck' : undefined}>{sayFact(tools, fact, parties)}</p>
              <Corrected fact={fact} corrections={corrections} />
              <p class="soft small">
                {[
                  corrected.has(fact.id) ? d.batch.correctedLater : '',
                  moves(fact) ? '' : d.chain.evidenceOnly,
                  fact.details.text ?? '',
                  late === null ? '' : d.batch.recordedLater(late),
                  fact.index === null ? '' : `${d.chain.entry} ${fact.index}`,
                ]
                  .filter((part) => part !== '')
                  .join(' · ')}
              </p>
              <Pieces evidence={fact.evidence} />
              {fact.findings.filter((finding) => finding.code !== AWAITS || (corrections?.of.get(fact.id)?.state ?? 'open') === 'open').map((finding) => (
                <p key={finding.id ?? finding.code} class="fact-finding">
                  <Severity severity={finding.severity} /> <span>{sentenceIn(language, finding)}</span>
                </p>
              ))}
            </div>
          </li>
        )
      })}
    </ol>
  )
}
