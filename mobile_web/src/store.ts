import { useEffect, useState } from 'preact/hooks'

/** A value several screens look at. Small on purpose: what belongs to one screen stays in that screen's own state. */
export interface Store<T> {
  get: () => T
  set: (value: T) => void
  subscribe: (listener: (value: T) => void) => () => void
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial
  const listeners = new Set<(value: T) => void>()
  return {
    get: () => value,
    set: (next) => {
      value = next
      for (const listener of listeners) listener(next)
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState(store.get)
  useEffect(() => {
    // The value may have moved between the first drawing and this effect.
    setValue(() => store.get())
    return store.subscribe((next) => setValue(() => next))
  }, [store])
  return value
}
