import { fold } from '../scan/human'
import type { Batch, LabelAnswer, Manifest, Pack, PackBatch, PackManifest, Party, Uuid, WasteClass } from '../wire'

// A pack as the screens know things: batches and manifests with their parties and classes by name again.

export interface Dictionary {
  classes: ReadonlyMap<number, WasteClass>
  enterprises: ReadonlyMap<number, Party>
}

export interface Unfolded extends Dictionary {
  batches: ReadonlyMap<Uuid, Batch>
  manifests: ReadonlyMap<Uuid, Manifest>
}

function unknownParty(number: number): Party {
  return { id: null, number, name_zh: null, name_en: null }
}

export function unfold(pack: Pack): Unfolded {
  const classes = new Map(pack.classes.map((each) => [each.number, each]))
  const enterprises = new Map(pack.enterprises.map((each) => [each.number ?? 0, each]))
  const party = (number: number) => enterprises.get(number) ?? unknownParty(number)
  const batches = new Map(pack.batches.map((each) => [each.id, batchOf(each, classes, party)]))
  const manifests = new Map(pack.manifests.map((each) => [each.id, manifestOf(each, batches, party)]))
  return { classes, enterprises, batches, manifests }
}

function batchOf(packed: PackBatch, classes: ReadonlyMap<number, WasteClass>, party: (number: number) => Party): Batch {
  return {
    ...packed,
    human_code: packed.human_code ?? '',
    label_text: null,
    class: packed.class === null ? null : (classes.get(packed.class) ?? null),
    generator: party(packed.generator),
    holder: party(packed.holder),
    next: [],
  }
}

function manifestOf(packed: PackManifest, batches: ReadonlyMap<Uuid, Batch>, party: (number: number) => Party): Manifest {
  return {
    ...packed,
    generator: party(packed.generator),
    receiver: party(packed.receiver),
    carriers: packed.carriers.map((leg) => ({ ...leg, party: party(leg.party) })),
    label_text: null,
    // A line whose batch was cut off says nothing that could be acted on.
    lines: packed.lines.flatMap((line) => {
      const batch = batches.get(line.batch)
      return batch ? [{ ...line, batch }] : []
    }),
    findings: [],
    next: [],
  }
}

/** What a name (a label's id, a human code, an id, a manifest's number) stands for in a pack. */
export function namedIn(pack: Pack, known: Unfolded, name: string): LabelAnswer | null {
  const typed = fold(name)
  const is = (thing: { id: Uuid; label_id: Uuid | null; human_code: string | null }) =>
    thing.id === name || thing.label_id === name || fold(thing.human_code ?? '') === typed
  const packed = pack.batches.find(is)
  const batch = packed && known.batches.get(packed.id)
  if (batch) return { verdict: 'genuine', what: 'batch', batch, manifest: null }
  const paper = pack.manifests.find((each) => is(each) || fold(each.number) === typed)
  const manifest = paper && known.manifests.get(paper.id)
  return manifest ? { verdict: 'genuine', what: 'manifest', batch: null, manifest } : null
}
