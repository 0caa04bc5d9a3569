import { currentSession } from '../session'
import type { Draft } from '../sync'
import type { PackRules } from '../wire'
import { dictionary, ownerOf, rules } from './pocket'
import { ownerKey, shelf, type Habits } from './store'

// What somebody filled in last, so that the next of fifty drums needs no typing: the plate, the carrier, the treatment.

/** What an act screen wants to know beside the batch itself. */
export interface Ready {
  habits: Habits | null
  rules: PackRules | null
}

export async function ready(): Promise<Ready> {
  const [habits, known] = await Promise.all([habitsOf(), rules().catch(() => null)])
  return { habits, rules: known }
}

async function habitsOf(): Promise<Habits | null> {
  const session = currentSession()
  if (!session) return null
  return (await shelf().then((db) => db.get('habits', ownerKey(ownerOf(session)))).catch(() => undefined)) ?? null
}

/** Learns from a record that was saved. A phone that cannot keep it asks again; nothing else is lost. */
export async function learn(draft: Draft): Promise<void> {
  const session = currentSession()
  const { plate, carrier, treatment } = draft.details
  if (!session || ![plate, carrier, treatment].some((each) => typeof each === 'string')) return
  const owner = ownerKey(ownerOf(session))
  const have = (await habitsOf()) ?? { owner, plate: null, carrier: null, treatment: null }
  if (draft.kind === 'picked_up' && typeof plate === 'string') have.plate = plate
  if (typeof treatment === 'string') have.treatment = treatment
  if (draft.kind === 'handed_over' && typeof carrier === 'string' && carrier !== session.enterprise?.id) {
    const party = [...(await dictionary()).enterprises.values()].find((each) => each.id === carrier)
    if (party) have.carrier = { id: carrier, name_zh: party.name_zh, name_en: party.name_en }
  }
  await shelf().then((db) => db.put('habits', have)).catch(() => undefined)
}
