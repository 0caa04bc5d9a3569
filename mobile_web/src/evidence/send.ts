import { apiHeaders, apiUrl, readProblem, Refused, Unreachable } from '../api'
import type { Piece } from './queue'

// One photo on its way, in parts that a bad network can carry; after whatever happens it goes on where the server says.

export const PART_BYTES = 256 * 1024
const PATIENCE_MS = 60_000
/** More turns than parts: somebody else may be sending the same photo, and the server may have to be asked anew. */
const SLACK_TURNS = 20

export interface UploadState {
  offset: number
  bytes: number
  complete: boolean
}

export type SentPiece = { status: 'arrived' } | { status: 'later' } | { status: 'refused'; code: string }

/** Refusals that another try will not change. All others (no session, full disk, too fast) pass. */
const FINAL: ReadonlySet<number> = new Set([413, 415, 422])
const WRONG_OFFSET = 'evidence_offset_wrong'
const WRONG_HASH = 'evidence_hash_wrong'
const NOT_BEGUN = 'evidence_not_begun'

type Headers = Record<string, string>

export async function sendPiece(piece: Piece, content: ArrayBuffer, as: Headers): Promise<SentPiece> {
  try {
    return await whole(piece, content, as)
  } catch (error) {
    if (error instanceof Refused && FINAL.has(error.problem.status)) return { status: 'refused', code: error.problem.code }
    if (error instanceof Refused || error instanceof Unreachable) return { status: 'later' }
    throw error
  }
}

async function whole(piece: Piece, content: ArrayBuffer, as: Headers): Promise<SentPiece> {
  let state = await begin(piece, as)
  let spoilt = false
  const turns = Math.ceil(piece.bytes / PART_BYTES) + SLACK_TURNS
  for (let turn = 0; turn < turns && !state.complete; turn++) {
    try {
      state = await sendPart(piece, content, state.offset, as)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const { code, params } = error.problem
      if (code === WRONG_OFFSET && typeof params?.['offset'] === 'number') state = { ...state, offset: params['offset'] }
      else if (code === NOT_BEGUN) state = await begin(piece, as)
      else if (code === WRONG_HASH && !spoilt) {
        // A part was garbled on the way; the server has begun anew. Twice, it is this phone's copy that is wrong.
        spoilt = true
        state = { ...state, offset: 0 }
      } else throw error
    }
  }
  return { status: state.complete ? 'arrived' : 'later' }
}

async function begin(piece: Piece, as: Headers): Promise<UploadState> {
  const body = JSON.stringify({ bytes: piece.bytes, media: piece.media })
  return answered(await ask('POST', piece, { ...apiHeaders(true), ...as }, body))
}

async function sendPart(piece: Piece, content: ArrayBuffer, offset: number, as: Headers): Promise<UploadState> {
  const headers = { ...apiHeaders(false), ...as, 'Content-Type': 'application/octet-stream', 'Upload-Offset': String(offset) }
  return answered(await ask('PATCH', piece, headers, content.slice(offset, offset + PART_BYTES)))
}

async function ask(method: string, piece: Piece, headers: Headers, body: string | ArrayBuffer): Promise<Response> {
  try {
    return await fetch(apiUrl(`/evidence/${piece.sha256}`), {
      method,
      headers,
      body,
      credentials: 'same-origin',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
  } catch (error) {
    throw new Unreachable(String(error))
  }
}

async function answered(response: Response): Promise<UploadState> {
  if (!response.ok) throw new Refused(await readProblem(response))
  const state = (await response.json().catch(() => null)) as Partial<UploadState> | null
  // A captive portal answers anything with its own page, and says that all is well.
  if (typeof state?.offset !== 'number' || typeof state.complete !== 'boolean') throw new Unreachable('no state of an upload')
  return { offset: state.offset, bytes: state.bytes ?? 0, complete: state.complete }
}

/** A photo that has arrived, for a page to show. */
export async function fetchPicture(sha256: string, signal: AbortSignal): Promise<Blob> {
  const response = await fetch(apiUrl(`/evidence/${sha256}`), { headers: apiHeaders(false), credentials: 'same-origin', signal })
  if (!response.ok) throw new Refused(await readProblem(response))
  return response.blob()
}
