import type { Draft } from '../sync'
import { figureIn } from '../quantity'
import { ON_MANIFEST, type OfferedAct, type Subject, type SubjectLine } from '../what/subject'
import type { ActKind } from '../wire'
import { draftFor, gramsOf, type ActForm } from './form'

// One act for many: which acts are open to all of them, and which facts one form becomes. No screen in here.

/** A manifest is issued on a page of its own; what was combined is taken apart one by one. */
const ALONE: ReadonlySet<ActKind> = new Set<ActKind>(['manifest_issued', 'dissolved'])

/** The acts that are open to every one of them, the likeliest first. What is odd about one is odd about all. */
export function commonActs(subjects: readonly Subject[]): OfferedAct[] {
  const [first, ...others] = subjects
  // A manifest known by its label alone tells none of its lines: it is recorded by itself.
  if (subjects.some((subject) => subject.lines.length === 0)) return []
  return (first?.acts ?? []).flatMap((act) => {
    const same = others.map((subject) => subject.acts.find((each) => each.kind === act.kind))
    const all = [act, ...same]
    if (ALONE.has(act.kind) || !all.every((each) => each?.may === true && each.here)) return []
    const likely = all.every((each) => each?.likely === true)
    return [{ ...act, likely, why: all.find((each) => each?.why != null)?.why ?? null }]
  }).sort((a, b) => Number(b.likely) - Number(a.likely))
}

/** The value all of them share; null where they differ. */
function shared<T>(subjects: readonly Subject[], of: (subject: Subject) => T | null): T | null {
  const [first, ...others] = subjects.map(of)
  return first !== undefined && others.every((each) => each === first) ? first : null
}

/** All of them as one, for the form. A batch that came twice (its label and its manifest's) is there once. */
export function asOne(subjects: readonly Subject[]): Subject {
  const lines = new Map<string, SubjectLine>()
  for (const subject of subjects) for (const line of subject.lines) if (!lines.has(line.batch)) lines.set(line.batch, line)
  const manifest = shared(subjects, (each) => each.manifest)
  return {
    what: 'manifest',
    manifest,
    holder: shared(subjects, (each) => each.holder),
    // On different papers "the next leg" is another one each time.
    legs: manifest === null ? [] : (subjects[0]?.legs ?? []),
    treatment: shared(subjects, (each) => each.treatment),
    plate: shared(subjects, (each) => each.plate),
    lines: [...lines.values()],
    acts: commonActs(subjects),
  }
}

/** One subject for each fact: a manifest's batches go together, a treatment takes in all of them, else each by itself. */
export function perFact(kind: ActKind, subjects: readonly Subject[]): Subject[] {
  if (kind === 'treated') return [asOne(subjects)]
  const groups = new Map<string, Subject[]>()
  const met = new Set<string>()
  for (const subject of subjects) {
    const lines = subject.lines.filter((line) => !met.has(line.batch))
    for (const line of lines) met.add(line.batch)
    const parts = ON_MANIFEST.has(kind) && subject.manifest !== null ? [{ key: subject.manifest, lines }] : lines.map((line) => ({ key: line.batch, lines: [line] }))
    for (const { key, lines: some } of parts) if (some.length > 0) groups.set(key, [...(groups.get(key) ?? []), { ...subject, lines: some }])
  }
  return [...groups.values()].map(asOne)
}

/** At a gate the whole load is taken in by what the books have; a line that is otherwise is changed by hand. */
export function byTheBooks(kind: ActKind, form: ActForm, subject: Subject): ActForm {
  if (kind !== 'received') return form
  const amounts = { ...form.amounts }
  for (const line of subject.lines) {
    const have = amounts[line.batch]
    if (have?.text === '') amounts[line.batch] = { ...have, text: figureIn(line.grams, have.unit), measured: line.measured }
  }
  return { ...form, amounts }
}

/** The facts of one form, in the order the batches were scanned. Call it once: it makes new ids. */
export function draftsFor(kind: ActKind, form: ActForm, groups: readonly Subject[]): { subject: Subject; draft: Draft }[] {
  const told = kind === 'not_collected' ? groups.filter((group) => group.lines.some((line) => form.left.includes(line.batch))) : groups
  return told.map((subject) => {
    // Where a part of the load is refused, the papers of which nothing is are received whole.
    const some = subject.lines.some((line) => typeof gramsOf(form.refused[line.batch]) === 'number')
    const own = form.outcome === 'part' && !some ? { ...form, outcome: 'whole' as const } : form
    return { subject, draft: draftFor(kind, own, subject, null) }
  })
}
