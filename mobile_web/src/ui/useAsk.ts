import { useCallback, useEffect, useState } from 'preact/hooks'

export type Asked<T> = { status: 'asking' } | { status: 'have'; value: T } | { status: 'failed'; error: unknown }

/** Asks once per `key`; an answer that comes after the question has changed is dropped. */
export function useAsk<T>(key: string, question: (signal: AbortSignal) => Promise<T>): [Asked<T>, () => void] {
  const [round, setRound] = useState(0)
  const [asked, setAsked] = useState<Asked<T>>({ status: 'asking' })
  useEffect(() => {
    const stop = new AbortController()
    setAsked({ status: 'asking' })
    question(stop.signal)
      .then((value) => {
        if (!stop.signal.aborted) setAsked({ status: 'have', value })
      })
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setAsked({ status: 'failed', error })
      })
    return () => stop.abort()
    // The key stands for everything the question depends on; the closure itself is new at every drawing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, round])
  return [asked, useCallback(() => setRound((n) => n + 1), [])]
}
