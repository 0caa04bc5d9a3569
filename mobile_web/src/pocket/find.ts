import { currentSession } from '../session'
import { nameIn, type Language } from '../words'
import type { Party, PartyRole, Place, WasteClass } from '../wire'
import { dictionary, packed } from './pocket'

// Searches in what this phone keeps, for the fields of an act without a network.

const LIMIT = 20

function holds(text: string, query: string): boolean {
  return text.toLowerCase().includes(query.toLowerCase())
}

export async function partiesHere(query: string, role: PartyRole): Promise<Party[]> {
  const { enterprises } = await dictionary()
  const fits = [...enterprises.values()].filter((each) => each.roles?.includes(role) === true)
  return fits.filter((each) => holds(`${each.name_zh ?? ''} ${each.name_en ?? ''}`, query)).slice(0, LIMIT)
}

export async function classesHere(query: string): Promise<WasteClass[]> {
  const { classes } = await dictionary()
  return [...classes.values()].filter((each) => holds(`${each.code} ${each.name_zh} ${each.name_en ?? ''}`, query)).slice(0, LIMIT)
}

/** One's own stores; those of others are not in the pocket. */
export async function storesHere(query: string, enterprise: string | null, language: Language): Promise<Place[]> {
  if (enterprise !== currentSession()?.enterprise?.id) return []
  const stores = (await packed())?.kept.pack.stores ?? []
  return stores.filter((each) => holds(nameIn(language, each), query))
}
