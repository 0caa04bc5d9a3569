import type { RollsWords } from '../words/mirror.rolls'
import { useTable, type Tables } from '../words/table'

const LOAD: Tables<RollsWords> = {
  zh: async () => (await import('../words/zh.rolls')).rolls,
  en: async () => (await import('../words/en.rolls')).rolls,
}

/** The words of rolls, numbers on a phone and the roadside, for the language that is read; null until they are there. */
export function useRollsWords(): RollsWords | null {
  return useTable(LOAD)
}
