import { useEffect, useState } from 'preact/hooks'
import { useLanguage, type Language } from '../words'
import type { PocketWords } from '../words/mirror.pocket'

const LOAD: Record<Language, () => Promise<PocketWords>> = {
  zh: async () => (await import('../words/zh.pocket')).pocket,
  en: async () => (await import('../words/en.pocket')).pocket,
}

/** Loads the words of the pocket before there is need of them: without a network they could not come any more. */
export function fetchPocketWords(language: Language): Promise<PocketWords> {
  return LOAD[language]()
}

/** The words of what is known without a network, for the language that is read; null until they are there. */
export function usePocketWords(): PocketWords | null {
  const language = useLanguage()
  const [have, setHave] = useState<{ language: Language; p: PocketWords } | null>(null)
  useEffect(() => {
    let wanted = true
    LOAD[language]().then(
      (p) => wanted && setHave({ language, p }),
      () => undefined,
    )
    return () => {
      wanted = false
    }
  }, [language])
  return have?.language === language ? have.p : null
}

/** "14:02 today", "14:02 yesterday", else the day too. */
export function whenIn(p: PocketWords, language: Language, instant: string, now = new Date()): string {
  const at = new Date(instant)
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB'
  const time = at.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' })
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1)
  if (at.toDateString() === now.toDateString()) return p.today(time)
  if (at.toDateString() === yesterday.toDateString()) return p.yesterday(time)
  return `${at.toLocaleDateString(locale)} ${time}`
}
