// Filters that read as a sentence: words with blanks between them. What fills the blanks lives in the address, so that
// a view can be bookmarked, sent and gone back to.

export interface Option {
  value: string
  label: string
}

export type Blank =
  | { name: string; kind: 'choice'; options: readonly Option[]; start?: string }
  | { name: string; kind: 'text'; placeholder: string; label: string }

export type SentencePart = string | Blank
export type Values = Record<string, string>

function blanksOf(parts: readonly SentencePart[]): Blank[] {
  return parts.filter((part) => typeof part !== 'string')
}

function startOf(blank: Blank): string {
  return blank.kind === 'choice' ? (blank.start ?? '') : ''
}

/** What the blanks hold, read from an address; a value that is no option of its blank is not believed. */
export function valuesFrom(parts: readonly SentencePart[], query: URLSearchParams): Values {
  const values: Values = {}
  for (const blank of blanksOf(parts)) {
    const given = query.get(blank.name)
    const fits = blank.kind === 'text' || blank.options.some((option) => option.value === given)
    values[blank.name] = given !== null && fits ? given : startOf(blank)
  }
  return values
}

/** The tail of an address that holds the values; what stands at its start is left out, so plain addresses stay plain. */
export function tailOf(parts: readonly SentencePart[], values: Values): string {
  const query = new URLSearchParams()
  for (const blank of blanksOf(parts)) {
    const value = values[blank.name] ?? startOf(blank)
    if (value !== startOf(blank)) query.set(blank.name, value)
  }
  const tail = query.toString()
  return tail === '' ? '' : `?${tail}`
}

function saidOf(blank: Blank, values: Values): string {
  const value = values[blank.name] ?? ''
  if (blank.kind === 'text') return value === '' ? blank.placeholder : value
  return blank.options.find((option) => option.value === value)?.label ?? value
}

/** The whole sentence as text: the name of the view, for a reader that speaks and for a file. */
export function say(parts: readonly SentencePart[], values: Values, between: string): string {
  return parts.map((part) => (typeof part === 'string' ? part : saidOf(part, values))).join(between)
}
