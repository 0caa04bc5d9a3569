import { createStore } from '../store'

/** What was looked at last, so that a handler who looked away can go back to it with one tap. */
export interface LastSeen {
  code: string
  title: string
}

export const lastSeen = createStore<LastSeen | null>(null)

/** Whether the camera goes on after each scan. It outlives the screen: back from the list one scans on. */
export const manyInARow = createStore(false)
