import type { Language } from '../words'
import type { ActsWords } from '../words/mirror.acts'
import { useTable, type Tables } from '../words/table'

const LOAD: Tables<ActsWords> = {
  zh: async () => (await import('../words/zh.acts')).acts,
  en: async () => (await import('../words/en.acts')).acts,
}

/** Loads the words before there is need of them: without a network they could not come any more. */
export function fetchActsWords(language: Language): Promise<ActsWords> {
  return LOAD[language]()
}

/** The words of acts on many, of acts told again, and of labels that are somebody else's; null until they are there. */
export function useActsWords(): ActsWords | null {
  return useTable(LOAD)
}
