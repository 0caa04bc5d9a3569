import { instantHere } from '../ids'
import type { Draft } from '../sync'
import type { Uuid } from '../wire'

/** The record of a correction, as the server reads it. */
export function correctionDraft(batch: Uuid, fact: Uuid, grams: number, reason: string): Draft {
  return { kind: 'corrected', observed_at: instantHere(), manifest: null, lines: [{ batch }], details: { corrects: fact, grams, reason: reason.trim() } }
}
