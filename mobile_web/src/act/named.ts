import { apiGet } from '../api'
import { usedClasses } from '../make/held'
import { dictionary, packed } from '../pocket/pocket'
import type { ClassKey, Fact, Page, Party, Place, Session, WasteClass } from '../wire'

// A record names classes by code, carriers and stores by id; a form shows them by name. From this phone where it knows
// them, else from the park; what nobody can name now is chosen anew.

export interface Named {
  classes: WasteClass[]
  carrier: Party | null
  store: Place | null
}

export const NOTHING_NAMED: Named = { classes: [], carrier: null, store: null }

export function sameClass(a: ClassKey, b: ClassKey): boolean {
  return a.scheme === b.scheme && a.edition === b.edition && a.code === b.code
}

/** The class keys a record names: its own, and those of what a treatment left. */
export function classesIn({ details }: Fact): ClassKey[] {
  const outputs = Array.isArray(details['outputs']) ? (details['outputs'] as { class?: unknown }[]) : []
  const all = [details['class'], ...outputs.map((output) => output.class)] as (Partial<ClassKey> | null | undefined)[]
  return all.filter((key): key is ClassKey => key?.scheme !== undefined && key.edition !== undefined && key.code !== undefined)
}

export async function namedIn(fact: Fact, session: Session): Promise<Named> {
  const { carrier, store } = fact.details
  const [classes, party, place] = await Promise.all([
    Promise.all(classesIn(fact).map((key) => classOf(key, session).catch(() => null))),
    typeof carrier === 'string' ? partyOf(carrier).catch(() => null) : null,
    typeof store === 'string' ? storeOf(store, session).catch(() => null) : null,
  ])
  return { classes: classes.filter((each) => each !== null), carrier: party, store: place }
}

async function classOf(key: ClassKey, session: Session): Promise<WasteClass | null> {
  const here = [...(await dictionary()).classes.values(), ...(await usedClasses(session))].find((each) => sameClass(each, key))
  if (here) return here
  const { items } = await apiGet<Page<WasteClass>>('/catalogue/classes', { q: key.code, limit: 20 })
  return items.find((each) => sameClass(each, key)) ?? null
}

async function partyOf(id: string): Promise<Party | null> {
  const here = [...(await dictionary()).enterprises.values()].find((each) => each.id === id)
  return here ?? apiGet<Party>(`/enterprises/${id}`)
}

async function storeOf(id: string, session: Session): Promise<Place | null> {
  const here = (await packed())?.kept.pack.stores.find((each) => each.id === id)
  if (here) return here
  const { items } = await apiGet<Page<Place>>('/places', { enterprise: session.enterprise?.id ?? null, kind: 'store' })
  return items.find((each) => each.id === id) ?? null
}
