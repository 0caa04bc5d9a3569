import { useEffect, useState } from 'preact/hooks'
import type { UnsentPhotos } from './evidence'

// In the first load, so it is only this: the rest comes when somebody asks.
const load = () => import('./evidence')

/** How many photos have not been sent, kept current. */
export function useUnsentPhotos(): UnsentPhotos {
  const [found, setFound] = useState<UnsentPhotos>({ count: 0, refused: [] })
  useEffect(() => {
    let wanted = true
    let stop: () => void = () => undefined
    void load().then(({ pieces, unsentPhotos }) => {
      if (!wanted) return
      const look = () => void unsentPhotos().then((next) => wanted && setFound(next), () => undefined)
      look()
      stop = pieces.onChange(look)
    }, () => undefined)
    return () => {
      wanted = false
      stop()
    }
  }, [])
  return found
}

/** Photos ride on the same wake-ups as the facts, after them. */
export async function sendPhotos(): Promise<'done' | 'later'> {
  return (await load()).sendEvidence()
}
