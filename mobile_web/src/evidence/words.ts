import type { EvidenceWords } from '../words/mirror.evidence'
import { useTable, type Tables } from '../words/table'

const LOAD: Tables<EvidenceWords> = {
  zh: async () => (await import('../words/zh.evidence')).evidence,
  en: async () => (await import('../words/en.evidence')).evidence,
}

/** The words of photos and places, loaded for the language that is read; null until they are there. */
export function useEvidenceWords(): EvidenceWords | null {
  return useTable(LOAD)
}
