import { useEffect } from 'preact/hooks'
import type { Session } from '../wire'

/** Fills the pocket of whoever is at the phone. The pocket itself is loaded after the first screen has been drawn. */
export function usePocket(session: Session): void {
  useEffect(() => {
    let over = false
    let stop: (() => void) | null = null
    void import('./keep').then(
      ({ keepPacked }) => {
        if (!over) stop = keepPacked(session)
      },
      () => undefined,
    )
    return () => {
      over = true
      stop?.()
    }
  }, [session])
}
