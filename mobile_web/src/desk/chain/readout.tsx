import { showMass } from '../../quantity'
import { partyName, className } from '../../what/subject'
import { codeOf, refOf } from '../codes'
import { useDesk } from '../desk'
import { treatmentName } from '../facts'
import { shownNodes, type Trace } from '../shapes'
import { fatesOf } from './follow'

/** What is pointed at, in words: what it is, and where its grams ended as the server attributes them. */
export function Readout({ trace, batch }: { trace: Trace; batch: string | null }) {
  const { w, d, language } = useDesk()
  const node = shownNodes(trace).find((each) => each.id === batch)
  if (!node) {
    return (
      <div class="readout" data-testid="chain-readout">
        <p><b>{d.chain.follow}</b> <span class="soft">{d.chain.followHow}</span></p>
      </div>
    )
  }
  const fates = fatesOf(trace, node.id)
  const start = showMass(node.grams_at_start, node.measured)
  return (
    <div class="readout held" data-testid="chain-readout" data-batch={node.id} aria-live="polite">
      <p>
        <b class="code">{codeOf(node)}</b> {d.chain.sentence(className(w, language, { class: node.class, raw_class: node.raw_class ?? null }), start, partyName(w, language, node.generator))}
      </p>
      <ul class="plain readout-fates">
        {fates.map((fate) => (
          <li key={`${fate.output} ${fate.treatment ?? ''} ${fate.enterprise?.id ?? ''}`}>
            {d.chain.fates[fate.output](showMass(fate.grams), partyName(w, language, fate.enterprise), treatmentName(w, fate.treatment))}
          </li>
        ))}
        {fates.length === 0 && node.grams > 0 && <li>{d.chain.still(showMass(node.grams), partyName(w, language, node.holder))}</li>}
        {fates.length === 0 && node.grams === 0 && <li class="soft">{w.batchState[node.state]}</li>}
      </ul>
      <p class="readout-links">
        <a href={`/app/desk/batch/${refOf(node)}`}>{d.chain.openBatch}</a>
        <a href={`/app/desk/chain/${refOf(node)}`}>{d.chain.itsChain}</a>
      </p>
    </div>
  )
}
