import type { Permit } from '../shapes'

const SOON_DAYS = 90
const DAY = 86_400_000

export type Validity = 'in_force' | 'ends_soon' | 'ended' | 'not_yet' | 'not_confirmed'

/** Whether a permit holds on a day. Its last day is a day on which it still holds. */
export function validity(permit: Pick<Permit, 'valid_from' | 'valid_to' | 'ended_on' | 'confirmed'>, now: number): Validity {
  const end = endOf(permit)
  if (now >= end) return 'ended'
  if (permit.confirmed === false) return 'not_confirmed'
  if (now < Date.parse(permit.valid_from)) return 'not_yet'
  return end - now < SOON_DAYS * DAY ? 'ends_soon' : 'in_force'
}

/** The first moment at which it no longer holds: ended before its time, or run out. */
function endOf(permit: Pick<Permit, 'valid_to' | 'ended_on'>): number {
  const whole = Date.parse(permit.valid_to) + DAY
  return permit.ended_on == null ? whole : Math.min(whole, Date.parse(permit.ended_on))
}

/** The last day on which it holds. */
export function lastDay(permit: Pick<Permit, 'valid_to' | 'ended_on'>): string {
  return new Date(endOf(permit) - DAY).toISOString().slice(0, 10)
}

/** How many days are left of it, its last included; 0 once it is over. */
export function daysLeft(permit: Pick<Permit, 'valid_to' | 'ended_on'>, now: number): number {
  return Math.max(Math.ceil((endOf(permit) - now) / DAY), 0)
}
