import { useEffect, useState } from 'preact/hooks'
import { currentSession } from '../session'

// A half-filled act outlives a lock, a phone call and a killed tab, for whoever began it. It lies in the tab's own
// storage under that person's id, and is forgotten when they leave the page themselves, with or without recording it.

const PREFIX = 'draft/'

function read(key: string): unknown {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null') as unknown
  } catch {
    return null
  }
}

function write(key: string, value: unknown): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(value))
  } catch {
    // Without storage a lock costs the draft, as it did before there was one.
  }
}

const keyOf = (person: string, name: string) => `${PREFIX}${person}/${name}`

/** What was filled in is written down: from here on a lock must not bring it back. */
export function forgetDraft(person: string, name: string): void {
  dropDraft(keyOf(person, name))
}

/** Like `useState`, kept for this person under `name`. What is kept must survive JSON. */
export function useDraft<T>(person: string, name: string, begin: () => T): [T, (next: T | ((have: T) => T)) => void] {
  const key = keyOf(person, name)
  const [value, setValue] = useState<T>(() => (read(key) as T | null) ?? begin())
  useEffect(
    () => () => {
      // Left by its own person: done with, or given up. Locked, nobody is at work by now.
      if (currentSession()?.person.id === person) dropDraft(key)
    },
    [key, person],
  )
  return [
    value,
    (next) =>
      setValue((have) => {
        const made = typeof next === 'function' ? (next as (have: T) => T)(have) : next
        write(key, made)
        return made
      }),
  ]
}

function dropDraft(key: string): void {
  try {
    sessionStorage.removeItem(key)
  } catch {
    // Nothing was kept, then.
  }
}
