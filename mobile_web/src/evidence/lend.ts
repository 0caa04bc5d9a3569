import { lent } from '../people/lend'
import { currentSession } from '../session'
import { outbox } from '../sync'

// What the sender of photos needs from others, in one place: as whom it may send, and which facts are still unsent.

/** The headers to send as this person; null where that is not possible now. A cookie serves only whoever is logged in. */
export async function asPerson(person: string): Promise<Record<string, string> | null> {
  const bearer = await lent.bearerFor(person)
  if (bearer !== null) return { Authorization: `Bearer ${bearer}` }
  return currentSession()?.person.id === person ? {} : null
}

/** The ids of the facts of these people that have no receipt yet. */
export async function unsentFacts(people: Iterable<string>): Promise<Set<string>> {
  const theirs = new Set(people)
  return new Set((await outbox.pending()).filter((row) => theirs.has(row.person)).map((row) => row.id))
}
