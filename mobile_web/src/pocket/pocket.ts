import { apiUnless, Refused } from '../api'
import { currentSession } from '../session'
import { sealKey } from '../sign/kept'
import { outbox } from '../sync'
import { readPayload, type Label } from '../scan/code'
import { fold } from '../scan/human'
import type { Batch, Fact, LabelAnswer, Manifest, Pack, PackRules, Party, Session, Uuid, Verdict, WasteClass } from '../wire'
import { keepPack, keepSeen, ownerKey, seenBy, shelf, type KeptPack, type Owner } from './store'
import { namedIn, unfold, type Dictionary, type Unfolded } from './unfold'

// What this phone knows without a network. A cache of the park's own answers, one for each person in an enterprise: where
// it fails, or storage is refused, the phone only knows less.

/** The shape of `GET /pack` this app reads; any other is not kept. */
export const PACK_VERSION = 1
const PAYLOAD_LETTERS = 160

interface Open {
  kept: KeptPack
  known: Unfolded
}

/** The pack unfolded once, for whom it belongs to. */
let open: Open | null = null

export function ownerOf(session: Session): Owner {
  return { person: session.person.id, enterprise: session.enterprise?.id ?? null }
}

function me(): Owner | null {
  const session = currentSession()
  return session && ownerOf(session)
}

/** Another person or a pack of another time: the next question unfolds anew. */
export function forgetOpen(): void {
  open = null
}

async function opened(owner: Owner): Promise<Open | null> {
  const key = ownerKey(owner)
  if (open?.kept.owner === key) return open
  const kept = await shelf().then((db) => db.get('packs', key)).catch(() => undefined)
  if (kept?.pack.version !== PACK_VERSION) return null
  open = { kept, known: unfold(kept.pack) }
  return open
}

/** What is in the pocket of whoever is at this phone now. */
export async function packed(): Promise<Open | null> {
  const owner = me()
  return owner && opened(owner)
}

/** Asks for the pack, or for what has changed in it. What does not come is asked for at the next occasion. */
export async function refreshPack(session: Session): Promise<'fresh' | 'same' | 'unreachable'> {
  const owner = ownerOf(session)
  const have = await opened(owner)
  // From when it was asked for: a record that was heard while it came need not be in it.
  const asOf = new Date().toISOString()
  try {
    const answer = await apiUnless('/pack', have?.kept.etag ?? null)
    if (answer === null) {
      if (have) await keep({ ...have.kept, asOf })
      return 'same'
    }
    const pack = answer.body as Pack | null
    // Nor is somebody else's, which came because the log-in changed while we asked.
    if (pack?.version !== PACK_VERSION || pack.person !== owner.person) return 'unreachable'
    // Whoever signs on this phone later seals for this key, network or not.
    sealKey({ ...session, seal: pack.seal })
    await keep({ ...owner, owner: ownerKey(owner), etag: answer.etag, asOf, pack })
    return 'fresh'
  } catch (error) {
    if (error instanceof Refused && error.problem.status === 403) await forget(owner)
    return 'unreachable'
  }
}

async function keep(kept: KeptPack): Promise<void> {
  open = { kept, known: unfold(kept.pack) }
  // A full disk leaves it in memory, for as long as the app is open.
  await keepPack(kept).catch(() => undefined)
}

/** Somebody who may no longer see it does not see it here either. */
async function forget(owner: Owner): Promise<void> {
  open = null
  await shelf().then((db) => db.delete('packs', ownerKey(owner))).catch(() => undefined)
}

/** The label a scanned code carries; null for what was typed. */
export function labelIn(code: string): Label | null {
  if (code.length !== PAYLOAD_LETTERS) return null
  const read = readPayload(code)
  return 'problem' in read ? null : read.scanned.claims
}

/** The name a code is looked up by: the id of its label, or what was typed without its dashes. */
export function nameOf(code: string): string {
  return labelIn(code)?.labelId ?? fold(code)
}

/** Keeps what the park has just said, for the time without a network. Never awaited by a screen, and never fails one. */
export async function remember(said: LabelAnswer | Batch | Manifest, code?: string): Promise<void> {
  const owner = me()
  const answer = asAnswer(said)
  const thing = answer.what === 'manifest' ? answer.manifest : answer.batch
  if (!owner || !thing || answer.verdict !== 'genuine') return
  const label = (answer.label as { label_id?: string } | null | undefined)?.label_id
  const number = 'number' in thing ? fold(thing.number) : undefined
  const names = [thing.id, label, number, fold(thing.human_code ?? ''), code === undefined ? undefined : nameOf(code)]
  const now = Date.now()
  await keepSeen({
    key: `${ownerKey(owner)} ${thing.id}`,
    owner: ownerKey(owner),
    names: [...new Set(names.filter((name): name is string => name !== undefined && name !== ''))],
    asOf: new Date(now).toISOString(),
    usedAt: now,
    answer,
  }).catch(() => undefined)
}

function asAnswer(said: LabelAnswer | Batch | Manifest): LabelAnswer {
  if ('verdict' in said) return said
  const manifest = 'lines' in said
  return { verdict: 'genuine', what: manifest ? 'manifest' : 'batch', batch: manifest ? null : said, manifest: manifest ? said : null }
}

/** What this phone knows of a code, and since when; null where it knows nothing. */
export async function knownLabel(code: string): Promise<{ answer: LabelAnswer; asOf: string | null } | null> {
  const owner = me()
  if (!owner) return null
  const name = nameOf(code)
  const have = await opened(owner)
  const inPack = have && namedIn(have.kept.pack, have.known, name)
  const seen = await seenBy(ownerKey(owner), name, Date.now()).catch(() => null)
  // Whichever the park said last; what left the pack since is over or gone elsewhere, and the pack cannot say which.
  if (have && inPack && (seen === null || seen.asOf <= have.kept.asOf)) return { answer: inPack, asOf: have.kept.asOf }
  return seen && { answer: seen.answer, asOf: seen.asOf }
}

export async function knownManifest(id: Uuid): Promise<Manifest | null> {
  const have = await packed()
  const inPack = have?.known.manifests.get(id)
  if (inPack) return inPack
  const owner = me()
  const seen = owner && (await seenBy(ownerKey(owner), id, Date.now()).catch(() => null))
  return seen?.answer.manifest ?? null
}

/** Waste classes and enterprises by the short numbers that labels carry. */
export async function dictionary(): Promise<Dictionary> {
  const have = await packed()
  return have?.known ?? { classes: new Map<number, WasteClass>(), enterprises: new Map<number, Party>() }
}

export async function rules(): Promise<PackRules | null> {
  return (await packed())?.kept.pack.rules ?? null
}

/** A record the park has heard. `at`: when its receipt came, by this phone's clock. `waits`: it is held there, and in no
 * books yet. */
export interface HeardFact {
  fact: Fact
  at: number
  waits: boolean
}

export interface ToldHere {
  /** Oldest first. */
  unsent: Fact[]
  heard: HeardFact[]
}

/** Receipts of records that count, or will. */
const STANDS: ReadonlySet<Verdict> = new Set<Verdict>(['recorded', 'already_recorded', 'waiting'])

/** Whose records on this phone are those of whoever asks: one's own, and those of colleagues of the same enterprise. A
 * colleague's count, a stranger's are not shown. */
export async function oursHere(): Promise<(person: Uuid) => boolean> {
  const owner = me()
  if (!owner) return () => false
  const packs = await shelf().then((db) => db.getAll('packs')).catch((): KeptPack[] => [])
  const ours = new Set(packs.filter((kept) => kept.enterprise === owner.enterprise).map((kept) => kept.person))
  return (person) => person === owner.person || ours.has(person)
}

/** What this phone told for the enterprise of whoever asks, as far as it stands. */
export async function toldHere(): Promise<ToldHere> {
  const ours = await oursHere()
  const [rows, settled] = await Promise.all([outbox.pending(), outbox.settled()])
  const heard = settled.filter((one) => ours(one.person) && STANDS.has(one.receipt.verdict))
  return {
    unsent: rows.filter((row) => ours(row.person)).map((row) => row.fact),
    heard: heard.map((one) => ({ fact: one.fact, at: one.settledAt, waits: one.receipt.verdict === 'waiting' })),
  }
}

/** The unsent ones alone. */
export async function unsentHere(): Promise<Fact[]> {
  return (await toldHere()).unsent
}
