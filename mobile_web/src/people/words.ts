import { useEffect, useState } from 'preact/hooks'
import { useLanguage, type Language } from '../words'
import type { PeopleWords } from '../words/mirror.people'

const LOAD: Record<Language, () => Promise<PeopleWords>> = {
  zh: async () => (await import('../words/zh.people')).people,
  en: async () => (await import('../words/en.people')).people,
}

/** The words of this room, loaded for the language that is read; null until they are there. */
export function usePeopleWords(): PeopleWords | null {
  const language = useLanguage()
  const [have, setHave] = useState<{ language: Language; p: PeopleWords } | null>(null)
  useEffect(() => {
    let wanted = true
    void LOAD[language]().then((p) => wanted && setHave({ language, p }))
    return () => {
      wanted = false
    }
  }, [language])
  return have?.language === language ? have.p : null
}

/** A moment as people of that language write it. */
export function moment(language: Language, at: string): string {
  return new Date(at).toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB', { dateStyle: 'medium', timeStyle: 'short' })
}

export function dayOf(language: Language, at: string): string {
  return new Date(at).toLocaleDateString(language === 'zh' ? 'zh-CN' : 'en-GB', { dateStyle: 'medium' })
}
