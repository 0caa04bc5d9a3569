import type { LabelAnswer, Uuid } from '../wire'

/** What the park said of each payload: null where it knows none of it, absent where it could not be asked. */
export type Known = ReadonlyMap<string, LabelAnswer | null>

/** The one manifest all of these batches are on, null where there is none such; `asked` once the park spoke of all. */
export function oneManifest(payloads: readonly string[], known: Known): { asked: boolean; manifest: Uuid | null } {
  const answers = payloads.map((payload) => known.get(payload))
  if (answers.includes(undefined)) return { asked: false, manifest: null }
  const ids = new Set(answers.map((answer) => answer?.batch?.manifest?.id ?? null))
  const [only = null] = ids
  return { asked: true, manifest: ids.size === 1 ? only : null }
}
