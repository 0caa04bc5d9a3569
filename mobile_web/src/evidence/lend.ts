import { currentSession } from '../session'
import { outbox } from '../sync'

// What the sender of photos needs from others, in one place: as whom it may send, and which facts are still unsent.

const MANY = 100_000

const lent = {
  /** The bearer with which a person's photos may go, null where there is none. */
  bearerFor: (() => Promise.resolve(null)) as (person: string) => Promise<string | null>,
}

export function lendToEvidence(parts: Partial<typeof lent>): void {
  Object.assign(lent, parts)
}

/** The headers to send as this person; null where that is not possible now. A cookie serves only whoever is logged in. */
export async function asPerson(person: string): Promise<Record<string, string> | null> {
  const bearer = await lent.bearerFor(person)
  if (bearer !== null) return { Authorization: `Bearer ${bearer}` }
  return currentSession()?.person.id === person ? {} : null
}

/** The ids of the facts of these people that have no receipt yet. */
export async function unsentFacts(people: Iterable<string>): Promise<Set<string>> {
  const found = new Set<string>()
  for (const person of people) for (const row of await outbox.oldest(person, MANY)) found.add(row.id)
  return found
}
