import { useEffect, useState } from 'preact/hooks'
import { useLanguage, type Language } from '../words'
import type { ScanWords } from '../words/mirror.scan'

const LOAD: Record<Language, () => Promise<ScanWords>> = {
  zh: async () => (await import('../words/zh.scan')).scan,
  en: async () => (await import('../words/en.scan')).scan,
}

/** The words of scanning, loaded for the language that is read; null until they are there. */
export function useScanWords(): ScanWords | null {
  const language = useLanguage()
  const [have, setHave] = useState<{ language: Language; s: ScanWords } | null>(null)
  useEffect(() => {
    let wanted = true
    // Without a network the camera still reads; what needs these words comes with the next look.
    LOAD[language]().then((s) => wanted && setHave({ language, s }), () => undefined)
    return () => {
      wanted = false
    }
  }, [language])
  return have?.language === language ? have.s : null
}
