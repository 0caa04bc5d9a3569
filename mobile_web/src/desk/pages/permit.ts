import type { Permit } from '../shapes'

const SOON_DAYS = 60
const DAY = 86_400_000

export type Validity = 'in_force' | 'ends_soon' | 'ended' | 'not_yet'

/** Whether a permit holds on a day. Its last day is a day on which it still holds. */
export function validity(permit: Pick<Permit, 'valid_from' | 'valid_to'>, now: number): Validity {
  const end = Date.parse(permit.valid_to) + DAY
  if (now >= end) return 'ended'
  if (now < Date.parse(permit.valid_from)) return 'not_yet'
  return end - now < SOON_DAYS * DAY ? 'ends_soon' : 'in_force'
}
