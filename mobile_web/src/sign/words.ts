import { useEffect, useState } from 'preact/hooks'
import { useLanguage, type Language } from '../words'
import type { SignWords } from '../words/mirror.sign'

const LOAD: Record<Language, () => Promise<SignWords>> = {
  zh: async () => (await import('../words/zh.sign')).sign,
  en: async () => (await import('../words/en.sign')).sign,
}

/** The words of signing, loaded for the language that is read; null until they are there. */
export function useSignWords(): SignWords | null {
  const language = useLanguage()
  const [have, setHave] = useState<{ language: Language; s: SignWords } | null>(null)
  useEffect(() => {
    let wanted = true
    void LOAD[language]().then((s) => wanted && setHave({ language, s }))
    return () => {
      wanted = false
    }
  }, [language])
  return have?.language === language ? have.s : null
}
