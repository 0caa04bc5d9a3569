import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { useLanguage, useWords, type Language, type Words } from '../words'
import type { DeskWords } from '../words/mirror.desk'
import { useTable, type Tables } from '../words/table'
import type { Session } from '../wire'

// What every page of the desk has at hand: the words of both vocabularies, the language, and who is working.

export interface DeskTools {
  w: Words
  d: DeskWords
  language: Language
  session: Session
  /** Whether this is the park's desk, which sees everything and changes nothing but answers. */
  park: boolean
}

const Tools = createContext<DeskTools | null>(null)
export const DeskProvider = Tools.Provider

export function useDesk(): DeskTools {
  const tools = useContext(Tools)
  if (tools === null) throw new Error('outside of the desk')
  return tools
}

const LOAD: Tables<DeskWords> = {
  zh: async () => (await import('../words/zh.desk')).desk,
  en: async () => (await import('../words/en.desk')).desk,
}

/** The desk's own words, loaded for the language that is read; null until they are there. */
export function useDeskTools(session: Session): DeskTools | null {
  const w = useWords()
  const language = useLanguage()
  const d = useTable(LOAD)
  if (d === null) return null
  const { role } = session.person
  return { w, d, language, session, park: role === 'regulator' || role === 'auditor' || role === 'inspector' }
}
