import { useEffect, useState } from 'preact/hooks'
import { outbox, startSending } from './sync'
import type { Standing } from './outbox/outbox'

export const NONE: Standing = { own: 0, others: 0, carried: 0, apart: 0, unread: 0, oldest: null }

/** How many records this person has not sent, and all else that the queue holds, kept current. Unknown storage counts
 * as none: `record` would have said so. */
export function useUnsent(person: string): Standing {
  const [standing, setStanding] = useState(NONE)
  useEffect(() => {
    const look = () => void outbox.standing(person).then(setStanding, () => undefined)
    look()
    return outbox.onChange(look)
  }, [person])
  return standing
}

/** Sends what is left over from earlier, at start and at every reason to try again. */
export function useSending(person: string): void {
  useEffect(() => startSending(person), [person])
}
