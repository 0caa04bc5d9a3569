import { PartyFinder } from '../ui/find'
import { Button } from '../ui/parts'
import { useWords } from '../words'
import type { LegKind, NewLeg, Party } from '../wire'

// Whoever comes after the first carrier: other carriers, and stores that keep the load between them.

export interface MoreLeg {
  what: LegKind
  party: Party | null
}

/** What the server reads; a leg for which nobody was chosen is not asked for. */
export function moreToSend(legs: readonly MoreLeg[]): NewLeg[] {
  return legs.flatMap(({ what, party }) => (party?.id == null ? [] : [{ enterprise: party.id, ...(what === 'store' ? { what } : {}) }]))
}

export function MoreLegs({ legs, onChange }: { legs: readonly MoreLeg[]; onChange: (legs: MoreLeg[]) => void }) {
  const w = useWords()
  const add = (what: LegKind) => onChange([...legs, { what, party: null }])
  return (
    <>
      {legs.map((leg, at) => (
        <div key={at} class="stack" data-testid={`more-leg-${leg.what}`}>
          <PartyFinder id={`leg-${at}`} label={leg.what === 'store' ? w.road.storeLeg : w.road.carrierLeg} role={leg.what === 'store' ? 'receiver' : 'carrier'}
            error={null} chosen={leg.party} onChoose={(party) => onChange(legs.map((each, index) => (index === at ? { ...each, party } : each)))} testid={`leg-${at}`} />
          <Button look="plain" icon="close" onClick={() => onChange(legs.filter((_, index) => index !== at))} testid="drop-leg">{w.road.dropLeg}</Button>
        </div>
      ))}
      <Button look="plain" icon="store" onClick={() => add('store')} testid="add-store">{w.road.addStore}</Button>
      <Button look="plain" icon="truck" onClick={() => add('carrier')} testid="add-leg">{w.road.addCarrier}</Button>
    </>
  )
}
