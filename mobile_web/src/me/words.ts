import { useEffect, useState } from 'preact/hooks'
import { useLanguage, type Language } from '../words'
import type { OutboxWords } from '../words/mirror.outbox'

const LOAD: Record<Language, () => Promise<OutboxWords>> = {
  zh: async () => (await import('../words/zh.outbox')).outbox,
  en: async () => (await import('../words/en.outbox')).outbox,
}

/** The words of sending, receipts and files, loaded for the language that is read; null until they are there. */
export function useOutboxWords(): OutboxWords | null {
  const language = useLanguage()
  const [have, setHave] = useState<{ language: Language; o: OutboxWords } | null>(null)
  useEffect(() => {
    let wanted = true
    void LOAD[language]().then((o) => wanted && setHave({ language, o }), () => undefined)
    return () => {
      wanted = false
    }
  }, [language])
  return have?.language === language ? have.o : null
}

/** A moment as people of this language write it. */
export function momentIn(language: Language, at: number): string {
  return new Date(at).toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB', { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })
}
