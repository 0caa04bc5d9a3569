import { LOCALE, type Language } from '../words'
import type { OutboxWords } from '../words/mirror.outbox'
import { useTable, type Tables } from '../words/table'

const LOAD: Tables<OutboxWords> = {
  zh: async () => (await import('../words/zh.outbox')).outbox,
  en: async () => (await import('../words/en.outbox')).outbox,
}

/** The words of sending, receipts and files, loaded for the language that is read; null until they are there. */
export function useOutboxWords(): OutboxWords | null {
  return useTable(LOAD)
}

/** A moment as people of this language write it. */
export function momentIn(language: Language, at: number): string {
  return new Date(at).toLocaleString(LOCALE[language], { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })
}
