import type { AskedAnswer } from '../pocket/ask'
import { subjectOf, type Subject } from '../what/subject'
import type { Language, Words } from '../words'
import type { Manifest, Uuid } from '../wire'

// What is known of the codes of a list, handed on from the list to the act: nobody asks fifty times twice.

const known = new Map<string, AskedAnswer | null>()

/** Looks up every code, and tells of each as it is known. */
export async function lookUp(codes: readonly string[], tell: (code: string, answer: AskedAnswer | null) => void, signal?: AbortSignal): Promise<void> {
  const { askMany } = await import('../pocket/ask')
  await askMany(codes, (code, answer) => {
    known.set(code, answer)
    tell(code, answer)
  }, signal)
}

/** After a record everything may be otherwise. */
export function forgetAsked(): void {
  known.clear()
}

/** The subjects of these codes with their manifests; null for a code nobody here knows. */
export async function subjectsFor(w: Words, language: Language, codes: readonly string[], signal?: AbortSignal): Promise<(Subject | null)[]> {
  const answers = new Map(codes.map((code) => [code, known.get(code)]))
  const unasked = codes.filter((code) => answers.get(code) === undefined)
  if (unasked.length > 0) await lookUp(unasked, (code, answer) => answers.set(code, answer), signal)
  const papers = new Map<Uuid, Promise<Manifest | null>>()
  return Promise.all(
    codes.map(async (code) => {
      const answer = answers.get(code)
      if (!answer) return null
      return subjectOf(w, language, await withPaper(answer, papers, signal))
    }),
  )
}

/** With the manifest the batch is on, which knows the legs: each asked for once, however many batches it carries. */
async function withPaper(answer: AskedAnswer, papers: Map<Uuid, Promise<Manifest | null>>, signal?: AbortSignal): Promise<AskedAnswer> {
  const id = answer.batch?.manifest?.id
  if (id === undefined || answer.manifest !== null) return answer
  const { paperFor } = await import('../pocket/ask')
  const paper = papers.get(id) ?? paperFor(id, answer.known, signal)
  papers.set(id, paper)
  return { ...answer, manifest: await paper }
}
