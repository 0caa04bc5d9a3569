import { useDesk } from '../desk/desk'
import { Who } from '../desk/parts'
import { MeaningChip, type Meaning } from '../ui/parts'
import { showMass } from '../quantity'
import type { PeopleWords } from '../words/mirror.people'
import type { Party, Uuid } from '../wire'
import { moment } from './words'

export interface Quarantined {
  fact: Uuid
  kind: string
  person: string
  enterprise: Party
  device: Uuid
  device_name: string
  revoked_why: string
  came_at: string
  told: { observed_at?: string; lines?: { batch: Uuid; grams?: number | null }[] | null; manifest?: Uuid | null }
  signed: 'right' | 'wrong' | 'missing'
  state: 'held' | 'admitted' | 'set_aside'
  settled_by: string | null
  settled_at: string | null
  settled_why: string | null
}

const SIGNED: Record<Quarantined['signed'], Meaning> = { right: 'fine', wrong: 'stop', missing: 'unknown' }
const STATE: Record<Quarantined['state'], Meaning> = { held: 'watch', admitted: 'fine', set_aside: 'stop' }

/** What was told, by whom, on which phone, and what became of it. */
export function QuarantinedFact({ p, one }: { p: PeopleWords; one: Quarantined }) {
  const { w, language, park } = useDesk()
  const grams = (one.told.lines ?? []).flatMap((line) => (line.grams == null ? [] : [line.grams]))
  const sum = grams.reduce((total, each) => total + each, 0)
  const kind = (w.act as Record<string, string>)[one.kind] ?? one.kind
  return (
    <div class="grow">
      <h3>{kind}{grams.length > 0 && ` · ${showMass(sum)}`}</h3>
      <p>{p.from(one.person, one.device_name)}</p>
      {park && <Who party={one.enterprise} />}
      <p class="soft">
        {one.told.observed_at !== undefined && `${p.happened(moment(language, one.told.observed_at))} · `}
        {p.came(moment(language, one.came_at))}
      </p>
      <p class="phone-acts">
        <MeaningChip meaning={STATE[one.state]} testid="quarantine-state">{p.state[one.state]}</MeaningChip>
        <MeaningChip meaning={SIGNED[one.signed]}>{p.signed[one.signed]}</MeaningChip>
      </p>
      {one.settled_by !== null && one.settled_at !== null && <p class="soft">{p.settled(one.settled_by, moment(language, one.settled_at))}</p>}
      {one.settled_why !== null && <p>{one.settled_why}</p>}
    </div>
  )
}
