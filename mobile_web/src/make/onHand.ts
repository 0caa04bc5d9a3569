import type { Batch, Uuid } from '../wire'

/** A batch that can be shipped without a network, as the list shows it. */
export interface OnHand {
  id: Uuid
  code: string | null
  name: string
  grams: number
  measured: boolean
  hazardous: boolean
}

export function onHandOf(batch: Batch): OnHand {
  const { id, grams, measured } = batch
  const code = batch.human_code === '' ? null : batch.human_code
  return { id, code, name: batch.class?.code ?? batch.raw_class ?? '', grams, measured, hazardous: batch.class?.hazardous === true }
}
