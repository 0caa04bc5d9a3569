import type { ScanWords } from '../words/mirror.scan'
import { useTable, type Tables } from '../words/table'

const LOAD: Tables<ScanWords> = {
  zh: async () => (await import('../words/zh.scan')).scan,
  en: async () => (await import('../words/en.scan')).scan,
}

/** The words of scanning, loaded for the language that is read; null until they are there. */
export function useScanWords(): ScanWords | null {
  return useTable(LOAD)
}
