import { createStore } from '../store'

/** What was looked at last, so that a handler who looked away can go back to it with one tap. */
export interface LastSeen {
  code: string
  title: string
}

export const lastSeen = createStore<LastSeen | null>(null)
