import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fitted } from '../src/evidence/drawing'
import { sha256Of } from '../src/evidence/hash'
import { openPieces } from '../src/evidence/queue'
import type { Draft } from '../src/sync'

// Photos on the phone: durable, sent in parts, resumed after whatever happens, and never forgotten too early.

type EvidenceModule = typeof import('../src/evidence/evidence')
type Sync = typeof import('../src/sync')

const ME = 'zhao'
const PART = 256 * 1024
let evidence: EvidenceModule
let sync: Sync
let bearers: Record<string, string>

/** A server that keeps uploads as ours does, and can be told to fail at a request. */
class Server {
  uploads = new Map<string, { bytes: number; taken: Uint8Array }>()
  here = new Map<string, Uint8Array>()
  requests: string[] = []
  people: string[] = []
  /** Called before each request; what it returns or throws takes the place of the answer. */
  trouble: (method: string, number: number) => Response | 'lost' | null = () => null

  install(): void {
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
      const headers = init.headers as Record<string, string>
      if (url === '/api/v1/sync') return Promise.reject(new TypeError('no network for facts'))
      const method = init.method ?? 'GET'
      this.requests.push(method)
      this.people.push(headers['Authorization'] ?? 'cookie')
      const trouble = this.trouble(method, this.requests.length)
      if (trouble instanceof Response) return Promise.resolve(trouble)
      const answer = this.answer(url.split('/').pop() ?? '', method, headers, init.body)
      return trouble === 'lost' ? Promise.reject(new TypeError('the answer was lost')) : Promise.resolve(answer)
    })
  }

  private answer(hash: string, method: string, headers: Record<string, string>, body: BodyInit | null | undefined): Response {
    const whole = this.here.get(hash)
    if (whole) return json({ sha256: hash, bytes: whole.length, offset: whole.length, complete: true })
    if (method === 'POST') {
      const { bytes } = JSON.parse(body as string) as { bytes: number }
      const have = this.uploads.get(hash) ?? { bytes, taken: new Uint8Array() }
      this.uploads.set(hash, have)
      return json({ sha256: hash, bytes, offset: have.taken.length, complete: false })
    }
    const upload = this.uploads.get(hash)
    if (!upload) return problem('evidence_not_begun', 404)
    if (Number(headers['Upload-Offset']) !== upload.taken.length) return problem('evidence_offset_wrong', 409, { offset: upload.taken.length })
    const part = new Uint8Array(body as ArrayBuffer)
    upload.taken = Uint8Array.from([...upload.taken, ...part])
    if (upload.taken.length < upload.bytes) return json({ sha256: hash, bytes: upload.bytes, offset: upload.taken.length, complete: false })
    if (createHash('sha256').update(upload.taken).digest('hex') !== hash) {
      upload.taken = new Uint8Array()
      return problem('evidence_hash_wrong', 422)
    }
    this.here.set(hash, upload.taken)
    return json({ sha256: hash, bytes: upload.bytes, offset: upload.bytes, complete: true })
  }
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}

function problem(code: string, status: number, params: Record<string, unknown> = {}): Response {
  return json({ code, status, params, zh: '', en: '' }, status)
}

function photo(bytes = 600_000, seed = 1): Blob {
  return new Blob([Uint8Array.from({ length: bytes }, (_, n) => (n * 31 + seed * 7) % 251)], { type: 'image/jpeg' })
}

const DRAFT: Draft = { kind: 'picked_up', observed_at: '', manifest: null, lines: [], details: {} }

async function told(blob: Blob, person = ME): Promise<{ sha256: string; fact: string }> {
  const piece = await evidence.keep(blob, 'photo')
  const row = await evidence.recordWith(person, 'a', { ...DRAFT, evidence: [piece] })
  return { sha256: piece.sha256, fact: row.id }
}

/** The phone is switched off and on again: everything in memory is gone, what is on disk is there. */
async function restart(): Promise<void> {
  vi.resetModules()
  evidence = await import('../src/evidence/evidence')
  sync = await import('../src/sync')
  const { lent } = await import('../src/people/lend')
  lent.bearerFor = (person) => Promise.resolve(bearers[person] ?? null)
}

let server: Server

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory()
  bearers = { [ME]: 'wms_zhao' }
  server = new Server()
  server.install()
  server.trouble = () => problem('not_logged_in', 401)
  await restart()
})

afterEach(async () => {
  await evidence.sendEvidence().catch(() => undefined)
  await evidence.pieces.close()
  await sync.outbox.close()
  vi.unstubAllGlobals()
})

describe('a photo on the phone', () => {
  it('is known by the hash of its content, with WebCrypto and without', async () => {
    const bytes = await photo().arrayBuffer()
    const known = createHash('sha256').update(new Uint8Array(bytes)).digest('hex')
    expect(await sha256Of(bytes)).toBe(known)
    vi.stubGlobal('crypto', { getRandomValues: (into: Uint8Array) => into })
    expect(await sha256Of(bytes)).toBe(known)
  })

  it('is on disk when it is kept, and survives a restart', async () => {
    const piece = await evidence.keep(photo(), 'scale_ticket')
    expect(piece).toMatchObject({ bytes: 600_000, media: 'image/jpeg', what: 'scale_ticket' })
    await evidence.pieces.close()
    await restart()
    expect((await evidence.pictureOf(piece))?.size).toBe(600_000)
  })

  it('says so when the phone is full, and keeps nothing', async () => {
    const full = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError')
    })
    await expect(evidence.keep(photo(), 'photo')).rejects.toMatchObject({ name: 'QuotaExceededError' })
    full.mockRestore()
    expect(await evidence.pictureOf(await evidence.keep(photo(), 'photo'))).not.toBeNull()
  })

  it('is forgotten when it is removed before a fact names it, and not after', async () => {
    const piece = await evidence.keep(photo(), 'photo')
    await evidence.forget(piece)
    expect(await evidence.pictureOf(piece)).toBeNull()
    const { sha256 } = await told(photo())
    await evidence.forget({ sha256, bytes: 0, media: '', what: 'photo' })
    expect(await evidence.pieces.content(sha256)).not.toBeNull()
  })

  it('is made to fit 1600 pixels, upright or lying, and a small one stays as it is', () => {
    expect(fitted(4000, 3000)).toEqual({ width: 1600, height: 1200 })
    expect(fitted(3000, 4000)).toEqual({ width: 1200, height: 1600 })
    expect(fitted(800, 600)).toEqual({ width: 800, height: 600 })
    expect(fitted(10_000, 1)).toEqual({ width: 1600, height: 1 })
  })
})

describe('sending photos', () => {
  it('sends in parts of 256 KiB, as the person whose fact names it, and tells how many are left', async () => {
    const { sha256 } = await told(photo())
    await evidence.sendEvidence()
    expect(await evidence.unsentPhotos()).toEqual({ count: 1, refused: [] })
    server.trouble = () => null
    server.requests = []
    expect(await evidence.sendEvidence()).toBe('done')
    expect(server.requests).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH'])
    expect(new Set(server.people)).toEqual(new Set(['Bearer wms_zhao']))
    expect(server.here.get(sha256)?.length).toBe(600_000)
    expect(await evidence.unsentPhotos()).toEqual({ count: 0, refused: [] })
  })

  it('sends nothing that no fact names yet', async () => {
    server.trouble = () => null
    await evidence.keep(photo(), 'photo')
    await evidence.sendEvidence()
    expect(server.requests).toEqual([])
  })

  it('sends nobody else’s photo where there is no bearer of theirs', async () => {
    const { sha256 } = await told(photo(), 'wang')
    server.trouble = () => null
    server.requests = []
    expect(await evidence.sendEvidence()).toBe('later')
    expect(server.requests).toEqual([])
    bearers['wang'] = 'wms_wang'
    expect(await evidence.sendEvidence()).toBe('done')
    expect(server.here.has(sha256)).toBe(true)
  })

  it.each([1, 2, 3, 4])('goes on after the answer to request %i was lost and the phone was switched off', async (lost) => {
    const { sha256 } = await told(photo())
    await evidence.sendEvidence()
    server.requests = []
    server.trouble = (_method, number) => (number === lost ? 'lost' : null)
    expect(await evidence.sendEvidence()).toBe('later')
    await evidence.pieces.close()
    await restart()
    server.trouble = () => null
    expect(await evidence.sendEvidence()).toBe('done')
    expect(server.here.get(sha256)?.length).toBe(600_000)
    expect(server.requests.filter((method) => method === 'PATCH').length, 'no part is sent twice but the lost one').toBeLessThanOrEqual(4)
  })

  it('goes on where the server says when somebody else sends the same photo', async () => {
    const { sha256 } = await told(photo())
    await evidence.sendEvidence()
    server.requests = []
    server.trouble = (method, number) => {
      if (method === 'PATCH' && number === 2) {
        const bytes = Uint8Array.from({ length: PART }, (_, n) => (n * 31 + 7) % 251)
        server.uploads.set(sha256, { bytes: 600_000, taken: bytes })
      }
      return null
    }
    expect(await evidence.sendEvidence()).toBe('done')
    expect(server.requests).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH'])
  })

  it('begins anew once when a part was garbled, and gives up when it is this phone’s copy', async () => {
    const { sha256 } = await told(photo(1000))
    await evidence.sendEvidence()
    server.trouble = (method) => (method === 'PATCH' ? problem('evidence_hash_wrong', 422) : null)
    server.requests = []
    await evidence.sendEvidence()
    expect(server.requests).toEqual(['POST', 'PATCH', 'PATCH'])
    expect(await evidence.unsentPhotos()).toEqual({ count: 1, refused: ['evidence_hash_wrong'] })
    expect(await evidence.pieces.content(sha256), 'it is kept all the same').not.toBeNull()
  })

  it.each([
    ['a captive portal', () => new Response('<html>', { status: 200 })],
    ['a full disk', () => problem('evidence_store_full', 503)],
    ['an ended session', () => problem('not_logged_in', 401)],
    ['an error page', () => new Response('<html>', { status: 502 })],
    ['nothing', () => new Response(null, { status: 204 })],
  ])('keeps the photo for later when the answer is %s', async (_name, reply) => {
    const { sha256 } = await told(photo(1000))
    server.trouble = reply
    expect(await evidence.sendEvidence()).toBe('later')
    expect(await evidence.unsentPhotos()).toEqual({ count: 1, refused: [] })
    server.trouble = () => null
    expect(await evidence.sendEvidence()).toBe('done')
    expect(server.here.has(sha256)).toBe(true)
  })

  it('lets one that the server will not take hold up no other', async () => {
    const bad = await told(photo(1000, 1))
    const good = await told(photo(1000, 2))
    let posts = 0
    await evidence.sendEvidence()
    server.trouble = (method) => (method === 'POST' && ++posts === 1 ? problem('evidence_media_unknown', 422) : null)
    expect(await evidence.sendEvidence()).toBe('done')
    expect(server.here.has(bad.sha256)).toBe(false)
    expect(server.here.has(good.sha256)).toBe(true)
    expect((await evidence.unsentPhotos()).refused).toEqual(['evidence_media_unknown'])
  })

  it('is given up only when the server will not take it, and its record stays', async () => {
    const bad = await told(photo(1000, 1))
    await evidence.sendEvidence()
    await evidence.pieces.giveUp(bad.sha256)
    expect((await evidence.unsentPhotos()).count, 'what may still be sent is not given up').toBe(1)
    server.trouble = (method) => (method === 'POST' ? problem('evidence_media_unknown', 422) : null)
    await evidence.sendEvidence()
    await evidence.pieces.giveUp(bad.sha256)
    expect(await evidence.unsentPhotos()).toEqual({ count: 0, refused: [] })
    expect((await sync.outbox.pending()).flatMap((row) => row.fact.evidence ?? [])).toMatchObject([{ sha256: bad.sha256 }])
  })

  it('waits where too many are begun already', async () => {
    await told(photo(1000, 3))
    server.trouble = () => problem('evidence_too_many', 429)
    expect(await evidence.sendEvidence()).toBe('later')
    expect(await evidence.unsentPhotos()).toEqual({ count: 1, refused: [] })
  })

  it('sends in one round what is recorded while it sends', async () => {
    await told(photo(1000, 1))
    await evidence.sendEvidence()
    const more: Promise<unknown>[] = []
    server.trouble = (method) => {
      if (method === 'PATCH' && more.length === 0) more.push(told(photo(1000, 2)))
      return null
    }
    await evidence.sendEvidence()
    await Promise.all(more)
    await evidence.sendEvidence()
    expect(server.here.size).toBe(2)
  })

  it('sends once when asked twice at the same moment', async () => {
    await told(photo(1000))
    await evidence.sendEvidence()
    server.trouble = () => null
    server.requests = []
    await Promise.all([evidence.sendEvidence(), evidence.sendEvidence()])
    expect(server.requests).toEqual(['POST', 'PATCH'])
  })
})

describe('forgetting photos', () => {
  it('keeps what the server has until the fact that names it is received too', async () => {
    const { sha256, fact } = await told(photo(1000))
    server.trouble = () => null
    await evidence.sendEvidence()
    expect(server.here.has(sha256)).toBe(true)
    expect(await evidence.pieces.content(sha256)).not.toBeNull()
    await sync.outbox.settle([{ id: fact, verdict: 'recorded', findings: [] }])
    await evidence.sendEvidence()
    expect(await evidence.pieces.content(sha256)).toBeNull()
  })

  it('keeps what the server has not, though the fact is received', async () => {
    const { sha256, fact } = await told(photo(1000))
    await sync.outbox.settle([{ id: fact, verdict: 'recorded', findings: [] }])
    await evidence.sendEvidence()
    expect(await evidence.pieces.content(sha256)).not.toBeNull()
  })

  it('keeps a photo that two facts name until both are received', async () => {
    const first = await told(photo(1000))
    const second = await told(photo(1000))
    expect(second.sha256).toBe(first.sha256)
    server.trouble = () => null
    await sync.outbox.settle([{ id: first.fact, verdict: 'recorded', findings: [] }])
    await evidence.sendEvidence()
    expect(await evidence.pieces.content(first.sha256)).not.toBeNull()
    await sync.outbox.settle([{ id: second.fact, verdict: 'recorded', findings: [] }])
    await evidence.sendEvidence()
    expect(await evidence.pieces.content(first.sha256)).toBeNull()
  })

  it('forgets what a form left behind after a week', async () => {
    const queue = openPieces('forms')
    await queue.add({ sha256: 'a'.repeat(64), bytes: 1, media: 'image/jpeg' }, new ArrayBuffer(1), 0)
    const day = 24 * 3_600_000
    expect(await queue.clean(() => false, 6 * day)).toBe(0)
    expect(await queue.clean(() => false, 8 * day)).toBe(1)
    await queue.close()
  })

  it('never holds a fact back: it is recorded and sent whatever becomes of its photo', async () => {
    const { fact } = await told(photo(1000))
    expect((await sync.outbox.pending()).map((row) => row.id)).toEqual([fact])
    expect((await sync.outbox.pending())[0]?.fact.evidence).toHaveLength(1)
  })
})
