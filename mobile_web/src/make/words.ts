import { useEffect, useState } from 'preact/hooks'
import { useLanguage, type Language } from '../words'
import type { RollsWords } from '../words/mirror.rolls'

const LOAD: Record<Language, () => Promise<RollsWords>> = {
  zh: async () => (await import('../words/zh.rolls')).rolls,
  en: async () => (await import('../words/en.rolls')).rolls,
}

/** The words of rolls, numbers on a phone and the roadside, for the language that is read; null until they are there. */
export function useRollsWords(): RollsWords | null {
  const language = useLanguage()
  const [have, setHave] = useState<{ language: Language; r: RollsWords } | null>(null)
  useEffect(() => {
    let wanted = true
    void LOAD[language]().then((r) => wanted && setHave({ language, r }))
    return () => {
      wanted = false
    }
  }, [language])
  return have?.language === language ? have.r : null
}
