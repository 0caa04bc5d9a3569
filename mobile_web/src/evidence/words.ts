import { useEffect, useState } from 'preact/hooks'
import { useLanguage, type Language } from '../words'
import type { EvidenceWords } from '../words/mirror.evidence'

const LOAD: Record<Language, () => Promise<EvidenceWords>> = {
  zh: async () => (await import('../words/zh.evidence')).evidence,
  en: async () => (await import('../words/en.evidence')).evidence,
}

/** The words of photos and places, loaded for the language that is read; null until they are there. */
export function useEvidenceWords(): EvidenceWords | null {
  const language = useLanguage()
  const [have, setHave] = useState<{ language: Language; e: EvidenceWords } | null>(null)
  useEffect(() => {
    let wanted = true
    void LOAD[language]().then((e) => wanted && setHave({ language, e }))
    return () => {
      wanted = false
    }
  }, [language])
  return have?.language === language ? have.e : null
}
