import type { Row } from '../outbox/outbox'
import { record, recordAs, type Draft } from '../sync'
import { uuid7 } from '../ids'
import type { Evidence, Fact } from '../wire'
import { sha256Of } from './hash'
import { asPerson, unsentFacts } from './lend'
import { openPieces, type Piece } from './queue'
import { sendPiece } from './send'

// Photos and scale tickets of this phone: kept, named by a fact, sent by and by, and forgotten when the server has them.

export type What = 'photo' | 'scale_ticket'
export const pieces = openPieces()

/** Keeps a photo. When this resolves it is on disk; when it rejects (QuotaExceededError) nothing is kept. */
export async function keep(blob: Blob, what: What): Promise<Evidence> {
  const content = await blob.arrayBuffer()
  const piece = { sha256: await sha256Of(content), bytes: content.byteLength, media: blob.type }
  await pieces.add(piece, content)
  return { ...piece, what }
}

/** Forgets a photo that no fact names. */
export async function forget(piece: Evidence): Promise<void> {
  await pieces.drop(piece.sha256)
}

export async function pictureOf(piece: Evidence): Promise<Blob | null> {
  const content = await pieces.content(piece.sha256)
  return content && new Blob([content], { type: piece.media })
}

/** Writes a fact down with the photos it names. They are bound to it first: were the phone switched off in between, a
 * photo too many would be sent, never one too few. */
export async function recordWith(person: string, about: string, draft: Draft): Promise<Row<Fact>> {
  const named = draft.evidence ?? []
  if (named.length === 0) return record(person, about, draft)
  const id = uuid7()
  await pieces.name(named.map((piece) => piece.sha256), person, id)
  const row = await recordAs(person, about, id, draft)
  void sendEvidence().catch(() => undefined)
  return row
}

let running: Promise<'done' | 'later'> | null = null

/** Sends the photos that facts name, the oldest first. `later` when some are left that another try may send. Facts never
 * wait for it. Asked twice at once, both wait for the same sending. */
export function sendEvidence(): Promise<'done' | 'later'> {
  running ??= acrossTabs(sendAll).finally(() => {
    running = null
  })
  return running
}

async function acrossTabs(work: () => Promise<'done' | 'later'>): Promise<'done' | 'later'> {
  const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {}
  return locks ? locks.request('evidence-send', work) : work()
}

async function sendAll(): Promise<'done' | 'later'> {
  let left = false
  const tried = new Set<string>()
  // Asked anew after each: what is recorded while others are being sent goes in the same round.
  for (let piece = await next(tried); piece; piece = await next(tried)) {
    tried.add(piece.sha256)
    const as = await asPerson(piece.person)
    const content = as && (await pieces.content(piece.sha256))
    const sent = content ? await sendPiece(piece, content, as) : ({ status: 'later' } as const)
    if (sent.status === 'arrived') await pieces.mark(piece.sha256, { arrived: true })
    else if (sent.status === 'refused') await pieces.mark(piece.sha256, { refused: sent.code })
    else left = true
    // Without a network the others would only wait for the same silence.
    if (as && sent.status === 'later') break
  }
  await cleanUp()
  return left ? 'later' : 'done'
}

async function next(tried: ReadonlySet<string>): Promise<(Piece & { person: string }) | null> {
  for (const piece of await pieces.unsent()) {
    if (piece.person !== null && piece.refused === null && !tried.has(piece.sha256)) return { ...piece, person: piece.person }
  }
  return null
}

async function cleanUp(): Promise<void> {
  const unsent = await unsentFacts(await pieces.people())
  await pieces.clean((fact) => unsent.has(fact))
}

export interface UnsentPhotos {
  count: number
  /** Of these, the ones the server will not take: the codes of its refusals. */
  refused: string[]
}

/** What is still on this phone alone, of everybody who uses it. */
export async function unsentPhotos(): Promise<UnsentPhotos> {
  const unsent = await pieces.unsent()
  return { count: unsent.length, refused: unsent.flatMap((piece) => (piece.refused === null ? [] : [piece.refused])) }
}
