import { useRef } from 'preact/hooks'
import { useAsk, type Asked } from '../ui/useAsk'

/** As `useAsk`, but what was known stays in sight while it is asked again, so that a page never blinks. */
export function useKept<T>(key: string, question: (signal: AbortSignal) => Promise<T>): [Asked<T>, () => void] {
  const kept = useRef<T | null>(null)
  const [asked, again] = useAsk(key, question)
  if (asked.status === 'have') kept.current = asked.value
  if (asked.status === 'asking' && kept.current !== null) return [{ status: 'have', value: kept.current }, again]
  return [asked, again]
}
