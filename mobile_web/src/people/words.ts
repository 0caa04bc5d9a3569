import { LOCALE, type Language } from '../words'
import type { PeopleWords } from '../words/mirror.people'
import { useTable, type Tables } from '../words/table'

const LOAD: Tables<PeopleWords> = {
  zh: async () => (await import('../words/zh.people')).people,
  en: async () => (await import('../words/en.people')).people,
}

/** The words of this room, loaded for the language that is read; null until they are there. */
export function usePeopleWords(): PeopleWords | null {
  return useTable(LOAD)
}

/** A moment as people of that language write it. */
export function moment(language: Language, at: string): string {
  return new Date(at).toLocaleString(LOCALE[language], { dateStyle: 'medium', timeStyle: 'short' })
}

export function dayOf(language: Language, at: string): string {
  return new Date(at).toLocaleDateString(LOCALE[language], { dateStyle: 'medium' })
}
