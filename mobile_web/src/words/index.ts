import { lendToApi } from '../api'
import { createStore, useStore } from '../store'
import type { FirstWords, Words } from './mirror'

export type Language = 'zh' | 'en'
export type { FirstWords, Mirror, Words } from './mirror'

/** How dates and figures are written for who reads a language. */
export const LOCALE: Record<Language, string> = { zh: 'zh-CN', en: 'en-GB' }

const CHOICE = 'language'
// Only the language that is read is loaded, and of it first what the camera says: the first page stays small. The rest
// comes with the first page that is loaded later, the other language at the first switch.
const LOAD_FIRST: Record<Language, () => Promise<FirstWords>> = {
  zh: async () => (await import('./zh.first')).first,
  en: async () => (await import('./en.first')).first,
}
const LOAD_ALL: Record<Language, () => Promise<Words>> = {
  zh: async () => (await import('./zh')).zh,
  en: async () => (await import('./en')).en,
}

function isLanguage(value: unknown): value is Language {
  return value === 'zh' || value === 'en'
}

function chosenHere(): Language | null {
  // Private windows may refuse storage; the choice then lasts as long as the page.
  try {
    const value = localStorage.getItem(CHOICE)
    return isLanguage(value) ? value : null
  } catch {
    return null
  }
}

function firstLanguage(): Language {
  const spoken = typeof navigator === 'undefined' ? 'zh' : navigator.language
  return chosenHere() ?? (spoken.toLowerCase().startsWith('zh') ? 'zh' : 'en')
}

interface Spoken {
  language: Language
  first: FirstWords | null
  all: Words | null
}

const spoken = createStore<Spoken>({ language: firstLanguage(), first: null, all: null })

let asked = spoken.get().language
let allWanted = false

async function apply(next: Language): Promise<void> {
  asked = next
  lendToApi({ language: next })
  const [first, all] = await Promise.all([LOAD_FIRST[next](), allWanted ? LOAD_ALL[next]() : null])
  // Another language may have been asked for meanwhile; the last wish counts, whichever file comes first.
  if (next !== asked || (allWanted && all === null)) return apply(asked)
  if (typeof document !== 'undefined') document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en'
  spoken.set({ language: next, first, all })
}

/** Resolves when the first words are there: nothing is drawn before. */
export function startWords(): Promise<void> {
  return apply(spoken.get().language)
}

/** Resolves when all words are there: whoever loads a page later waits for both. */
export async function allWords(): Promise<void> {
  allWanted = true
  if (spoken.get().all === null) await apply(asked)
}

export function chooseLanguage(next: Language): void {
  try {
    localStorage.setItem(CHOICE, next)
  } catch {
    // See chosenHere: without storage the choice simply is not remembered.
  }
  void apply(next)
}

/** A person's own language counts until somebody chooses one on this device. */
export function followPersonsLanguage(own: string | null): void {
  if (chosenHere() === null && isLanguage(own) && own !== spoken.get().language) void apply(own)
}

export function currentLanguage(): Language {
  return spoken.get().language
}

export function useLanguage(): Language {
  return useStore(spoken).language
}

/** For what is in the first load; anything else may use all words. */
export function useFirstWords(): FirstWords {
  const { first } = useStore(spoken)
  if (first === null) throw new Error('startWords() has not finished')
  return first
}

/** For pages that `Lazy` loads, because it waits for all words. */
export function useWords(): Words {
  const { all } = useStore(spoken)
  if (all === null) throw new Error('allWords() has not finished')
  return all
}

/** The name of anything that carries both; a missing translation shows the other rather than nothing. */
export function nameIn(which: Language, thing: { name_zh?: string | null; name_en?: string | null } | null | undefined): string {
  if (thing == null) return ''
  const [first, second] = which === 'zh' ? [thing.name_zh, thing.name_en] : [thing.name_en, thing.name_zh]
  return first ?? second ?? ''
}

/** The sentence of a problem or finding in the reader's language. */
export function sentenceIn(which: Language, thing: { zh?: string; en?: string; detail?: string; code: string }): string {
  const own = which === 'zh' ? thing.zh : thing.en
  return own ?? thing.detail ?? thing.code
}
