import { useEffect, useState } from 'preact/hooks'
import { sendPhotos } from './evidence/useUnsentPhotos'
import { alsoSend, outbox, startSending } from './sync'
import type { Standing } from './outbox/outbox'

// Photos ride on the same wake-ups as the facts, and never hold one up.
alsoSend(sendPhotos)

export const NONE: Standing = { own: 0, others: 0, carried: 0, apart: 0, unread: 0, oldest: null }

/** How many records this person has not sent, and all else that the queue holds, kept current. Unknown storage counts
 * as none: `record` would have said so. */
export function useUnsent(person: string): Standing {
  const [standing, setStanding] = useState(NONE)
  useEffect(() => {
    const look = () => outbox.standing(person).then(setStanding, () => undefined)
    void look()
    return outbox.onChange(look)
  }, [person])
  return standing
}

/** Sends what is left over from earlier, at start and at every reason to try again. */
export function useSending(person: string | null): void {
  useEffect(() => (person === null ? undefined : startSending(person)), [person])
}
