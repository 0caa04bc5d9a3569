import type { en } from './en'
import type { first } from './en.first'

/** The shape of a table of words: the same keys, a sentence for a sentence and a function for a function. A key missing
 * from a translation, or one too many, therefore fails `tsc`. */
export type Mirror<T> = T extends string
  ? string
  : T extends (...parts: infer A) => string
    ? (...parts: A) => string
    : { readonly [K in keyof T]: Mirror<T[K]> }

export type Words = Mirror<typeof en>
/** The part of them that is there from the first moment. */
export type FirstWords = Mirror<typeof first>
