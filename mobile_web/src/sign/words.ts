import type { SignWords } from '../words/mirror.sign'
import { useTable, type Tables } from '../words/table'

const LOAD: Tables<SignWords> = {
  zh: async () => (await import('../words/zh.sign')).sign,
  en: async () => (await import('../words/en.sign')).sign,
}

/** The words of signing, loaded for the language that is read; null until they are there. */
export function useSignWords(): SignWords | null {
  return useTable(LOAD)
}
