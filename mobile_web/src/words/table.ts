import { useEffect, useState } from 'preact/hooks'
import { useLanguage, type Language } from '.'

/** How a room's own table of words is loaded: a file for each language, and only the one that is read. */
export type Tables<T> = Record<Language, () => Promise<T>>

/** A room's own words in the language that is read; null until they are there. `tables` is the room's constant: another
 * object at every drawing would load them anew. */
export function useTable<T>(tables: Tables<T>): T | null {
  const language = useLanguage()
  const [have, setHave] = useState<{ language: Language; words: T } | null>(null)
  useEffect(() => {
    let wanted = true
    // Without a network they may not come; the next screen that needs them asks again.
    tables[language]().then((words) => wanted && setHave({ language, words }), () => undefined)
    return () => {
      wanted = false
    }
  }, [tables, language])
  return have?.language === language ? have.words : null
}
