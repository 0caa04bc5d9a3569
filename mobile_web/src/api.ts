import type { ProblemBody } from './wire'

// The only caller of fetch for reads and plans; facts leave through sync.ts. It knows nothing of screens: the session
// module lends it the CSRF token and hears when the server no longer knows us.

const BASE = '/api/v1'
const PATIENCE_MS = 15_000

/** The server answered, and the answer is a refusal with a code and a sentence. */
export class Refused extends Error {
  readonly problem: ProblemBody

  constructor(problem: ProblemBody) {
    super(problem.code)
    this.problem = problem
  }
}

/** No answer that could be understood: no network, a captive portal, a crash. What was asked may be asked again. */
export class Unreachable extends Error {}

const context = {
  csrf: '',
  /** Of whoever unlocked this phone; null in a browser that works with a cookie. */
  bearer: null as string | null,
  language: 'zh' as 'zh' | 'en',
  onSignedOut: (() => undefined) as (code: string) => void,
}

export function lendToApi(parts: Partial<typeof context>): void {
  Object.assign(context, parts)
}

/** The server no longer knows us: whoever heard it says so here, and the session module shows the log-in. */
export function announceSignedOut(code = 'not_logged_in'): void {
  context.onSignedOut(code)
}

export function apiHeaders(hasBody: boolean): Record<string, string> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': context.language }
  if (hasBody) headers['Content-Type'] = 'application/json'
  if (context.bearer !== null) headers['Authorization'] = `Bearer ${context.bearer}`
  if (context.csrf !== '') headers['X-CSRF-Token'] = context.csrf
  return headers
}

type Query = Record<string, string | number | boolean | null | undefined>

export function apiUrl(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value != null && value !== '') search.set(name, String(value))
  }
  const tail = search.toString()
  return BASE + path + (tail === '' ? '' : `?${tail}`)
}

export async function readProblem(response: Response): Promise<ProblemBody> {
  const kind = response.headers.get('Content-Type') ?? ''
  if (!kind.includes('json')) throw new Unreachable(`status ${response.status} without a problem`)
  const body = (await response.json().catch(() => null)) as Partial<ProblemBody> | null
  if (body === null || typeof body.code !== 'string') throw new Unreachable(`status ${response.status}`)
  return { ...body, code: body.code, status: response.status }
}

export interface Answer<T> {
  body: T
  etag: string | null
  next: string | null
}

interface CallOptions {
  query?: Query
  body?: unknown
  etag?: string
  /** The ETag of what is here already: the same is not sent again. */
  unless?: string
  signal?: AbortSignal
  patience?: number
}

async function ask(method: string, path: string, options: CallOptions): Promise<Response> {
  const headers = apiHeaders(options.body !== undefined)
  if (options.etag !== undefined) headers['If-Match'] = options.etag
  if (options.unless !== undefined) headers['If-None-Match'] = options.unless
  const patience = AbortSignal.timeout(options.patience ?? PATIENCE_MS)
  const init: RequestInit = {
    method,
    headers,
    credentials: 'same-origin',
    signal: options.signal ? AbortSignal.any([options.signal, patience]) : patience,
  }
  if (options.body !== undefined) init.body = JSON.stringify(options.body)
  try {
    return await fetch(apiUrl(path, options.query), init)
  } catch (error) {
    if (options.signal?.aborted === true) throw error
    throw new Unreachable(String(error))
  }
}

/** The `rel="next"` address of a `Link` header, ready to be passed to `apiNext`. */
export function nextLink(header: string | null): string | null {
  return /<([^>]+)>\s*;\s*rel="?next"?/.exec(header ?? '')?.[1] ?? null
}

async function answered(method: string, path: string, options: CallOptions): Promise<Response> {
  const response = await ask(method, path, options)
  if (response.ok || (response.status === 304 && options.unless !== undefined)) return response
  const problem = await readProblem(response)
  if (response.status === 401 && path !== '/session') announceSignedOut(problem.code)
  throw new Refused(problem)
}

/** What is at an address, or null where it is still what `unless` names. */
export async function apiUnless(path: string, unless: string | null): Promise<{ body: unknown; etag: string | null } | null> {
  const response = await answered('GET', path, unless === null ? {} : { unless })
  if (response.status === 304) return null
  const body: unknown = await response.json().catch(() => {
    throw new Unreachable('an answer that is not JSON')
  })
  return { body, etag: response.headers.get('ETag') }
}

export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
  const response = await answered(method, path, options)
  const etag = response.headers.get('ETag')
  const next = nextLink(response.headers.get('Link'))
  if (response.status === 204) return { body: undefined as T, etag, next }
  const body = (await response.json().catch(() => {
    throw new Unreachable('an answer that is not JSON')
  })) as T
  return { body, etag, next }
}

export async function apiGet<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return (await call<T>('GET', path, signal ? { query, signal } : { query })).body
}

/** Follows a `Link: rel="next"` address given by an earlier answer. */
export async function apiNext<T>(link: string): Promise<Answer<T>> {
  const url = new URL(link, location.origin)
  return call<T>('GET', url.pathname.slice(BASE.length), { query: Object.fromEntries(url.searchParams) })
}

export async function apiPost<T>(path: string, body: unknown): Promise<T> {
  return (await call<T>('POST', path, { body })).body
}

/** Asks for a file, which may take the server a while to make. */
export async function apiFile(path: string, body: unknown, patience: number): Promise<Blob> {
  return asBlob(await answered('POST', path, { body, patience }))
}

/** Fetches a picture or paper of the API, which a plain link or `<img>` could only do with a cookie. `address` is one
 * of ours, with its query: /api/v1/batches/…/label.png */
export async function apiPicture(address: string, signal?: AbortSignal): Promise<Blob> {
  const url = new URL(address, location.origin)
  const query = Object.fromEntries(url.searchParams)
  return asBlob(await answered('GET', url.pathname.slice(BASE.length), signal ? { query, signal } : { query }))
}

async function asBlob(response: Response): Promise<Blob> {
  return response.blob().catch((error: unknown) => {
    throw new Unreachable(String(error))
  })
}
