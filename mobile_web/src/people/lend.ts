import { lendToSync } from '../sync'
import type { Fact } from '../wire'

// How facts of several people leave one phone: each with the token of whoever recorded it, signed by the phone itself.

export interface Lent {
  /** The token that can only send, also while its person is locked out; null for whoever has none here: their cookie. */
  bearerFor: (person: string) => Promise<string | null>
  signFact: (fact: Fact) => Promise<Fact & { signature?: string }>
}

// Only hints, so that a browser on which nobody has a PIN loads nothing of this room.
type Hint = 'people-here' | 'phone-registered' | 'phone-withdrawn'

export function hinted(hint: Hint): boolean {
  try {
    return localStorage.getItem(hint) !== null
  } catch {
    return false
  }
}

export function hint(what: Hint, so: boolean): void {
  try {
    if (so) localStorage.setItem(what, '1')
    else localStorage.removeItem(what)
  } catch {
    // A browser that keeps nothing asks for the password each time.
  }
}

export const lent: Lent = {
  bearerFor: async (person) => (hinted('people-here') ? (await import('./people')).sendingToken(person) : null),
  signFact: async (fact) => (hinted('phone-registered') ? (await import('./device')).signFact(fact) : fact),
}

/** Called once at start. */
export function lendPeople(): void {
  lendToSync(lent)
}
