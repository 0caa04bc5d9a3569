import { createStore } from '../store'

/** Whether a new version of the app waits to be used. */
export const updateReady = createStore(false)

/** Pages on which nothing is being filled in: only there is anybody told of something else. */
export function calmPath(path: string): boolean {
  return /^\/(?:app\/(?:scan|me|answer\/.*))?$/.test(path) || path === '/app/outbox'
}
