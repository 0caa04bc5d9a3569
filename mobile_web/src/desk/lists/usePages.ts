import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { apiNext, call } from '../../api'
import type { Page } from '../../wire'

export interface Pages<T> {
  /** Null before the first answer. While another question is asked, what was there stays in sight. */
  items: T[] | null
  asking: boolean
  error: unknown
  more: (() => void) | null
  again: () => void
  /** Puts another in the place of one that was changed here. */
  replace: (which: (item: T) => boolean, by: T) => void
}

type Query = Record<string, string | number | boolean | null | undefined>

/** A list that is fetched a page at a time, following `Link: rel="next"`. */
export function usePages<T>(path: string, query: Query): Pages<T> {
  const key = `${path}?${JSON.stringify(query)}`
  const [items, setItems] = useState<T[] | null>(null)
  const [next, setNext] = useState<string | null>(null)
  const [asking, setAsking] = useState(true)
  const [error, setError] = useState<unknown>(null)
  const [round, setRound] = useState(0)
  // An answer to a question that is no longer asked must not land in the list of another.
  const current = useRef('')
  useEffect(() => {
    const mine = `${key} ${round}`
    current.current = mine
    const stop = new AbortController()
    setAsking(true)
    setError(null)
    call<Page<T>>('GET', path, { query, signal: stop.signal })
      .then(({ body, next: link }) => {
        if (current.current !== mine) return
        setItems(body.items)
        setNext(link)
        setAsking(false)
      })
      .catch((problem: unknown) => {
        if (current.current !== mine) return
        setError(problem)
        setAsking(false)
      })
    return () => {
      stop.abort()
      if (current.current === mine) current.current = ''
    }
    // The key stands for the path and the query, which are new objects at every drawing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, round])
  const fetchMore = () => {
    if (next === null || asking) return
    const mine = current.current
    setAsking(true)
    apiNext<Page<T>>(next)
      .then(({ body, next: link }) => {
        if (current.current !== mine) return
        setItems((have) => [...(have ?? []), ...body.items])
        setNext(link)
        setAsking(false)
      })
      .catch((problem: unknown) => {
        if (current.current !== mine) return
        setError(problem)
        setAsking(false)
      })
  }
  return {
    items,
    asking,
    error,
    more: next === null ? null : fetchMore,
    again: useCallback(() => setRound((n) => n + 1), []),
    replace: (which, by) => setItems((have) => have?.map((item) => (which(item) ? by : item)) ?? null),
  }
}
