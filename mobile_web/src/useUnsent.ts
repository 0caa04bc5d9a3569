import { useEffect, useState } from 'preact/hooks'
import { sendPhotos } from './evidence/useUnsentPhotos'
import { outbox, sendUnsent } from './sync'

/** How many records this person has not sent, kept current. Unknown storage counts as none: `record` would have said so. */
export function useUnsent(person: string): { own: number; others: number } {
  const [counts, setCounts] = useState({ own: 0, others: 0 })
  useEffect(() => {
    const look = () => void outbox.counts(person).then(setCounts, () => undefined)
    look()
    return outbox.onChange(look)
  }, [person])
  return counts
}

/** Sends what is left over from earlier, at start and whenever the network comes back. */
export function useSending(person: string): void {
  useEffect(() => {
    const send = () => void sendUnsent(person).then(sendPhotos).catch(() => undefined)
    send()
    addEventListener('online', send)
    return () => removeEventListener('online', send)
  }, [person])
}
