import { LOCALE, type Language } from '../words'
import type { PocketWords } from '../words/mirror.pocket'
import { useTable, type Tables } from '../words/table'

const LOAD: Tables<PocketWords> = {
  zh: async () => (await import('../words/zh.pocket')).pocket,
  en: async () => (await import('../words/en.pocket')).pocket,
}

/** Loads the words of the pocket before there is need of them: without a network they could not come any more. */
export function fetchPocketWords(language: Language): Promise<PocketWords> {
  return LOAD[language]()
}

/** The words of what is known without a network, for the language that is read; null until they are there. */
export function usePocketWords(): PocketWords | null {
  return useTable(LOAD)
}

/** "14:02 today", "14:02 yesterday", else the day too. */
export function whenIn(p: PocketWords, language: Language, instant: string, now = new Date()): string {
  const at = new Date(instant)
  const locale = LOCALE[language]
  const time = at.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' })
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1)
  if (at.toDateString() === now.toDateString()) return p.today(time)
  if (at.toDateString() === yesterday.toDateString()) return p.yesterday(time)
  return `${at.toLocaleDateString(locale)} ${time}`
}
