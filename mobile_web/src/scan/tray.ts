import { createStore } from '../store'
import type { Label } from './code'
import { humanCode } from './human'
import { judgePayload, type Judged } from './judge'
import { manyInARow } from './last'
import { mayGoOn } from './verdictWords'

// The list of what was scanned one after the other: 50 drums, one act. Kept on the phone after every scan, so that a
// tab that is closed in a basement loses none; read again, every label is judged again.

export interface TrayRow {
  payload: string
  code: string
  label: Label
  verdict: Judged['verdict']
}

export interface Tray {
  rows: readonly TrayRow[]
  /** The last one turned away, until the next good one. */
  bad: Judged | null
}

/** What a scan was: each has its own sound. */
export type Heard = 'added' | 'again' | 'full' | 'bad'

/** As many as one request carries. */
export const TRAY_MAX = 50
/** A code is asked about again only when it was out of sight this long: a drum stands still in front of the camera. */
export const GONE_AFTER_MS = 1_500
const BAD_FORGOTTEN_MAX = 200

export const EMPTY: Tray = { rows: [], bad: null }

/** The tray after one more judged code. A label that is in it already is not doubled, whatever its spelling. */
export function put(tray: Tray, judged: Judged): { tray: Tray; heard: Heard } {
  const { label, payload, verdict } = judged
  if (!mayGoOn(verdict) || label === null || payload === null) return { tray: { ...tray, bad: judged }, heard: 'bad' }
  if (tray.rows.some((row) => row.label.labelId === label.labelId)) return { tray: { ...tray, bad: null }, heard: 'again' }
  if (tray.rows.length >= TRAY_MAX) return { tray: { ...tray, bad: null }, heard: 'full' }
  const row: TrayRow = { payload, code: humanCode(label.labelId), label, verdict }
  return { tray: { rows: [...tray.rows, row], bad: null }, heard: 'added' }
}

export function without(tray: Tray, labelId: string): Tray {
  return { rows: tray.rows.filter((row) => row.label.labelId !== labelId), bad: null }
}

/** Tells codes that have just come into sight from those that are still there. */
export function createSight(): (text: string, now: number) => boolean {
  const seen = new Map<string, number>()
  return (text, now) => {
    const last = seen.get(text)
    seen.set(text, now)
    if (seen.size > BAD_FORGOTTEN_MAX) for (const [old, at] of seen) if (now - at > GONE_AFTER_MS) seen.delete(old)
    return last === undefined || now - last > GONE_AFTER_MS
  }
}

export const tray = createStore<Tray>(EMPTY)

let owner = ''

function place(person: string): string {
  return `tray.${person}`
}

function keep({ rows }: Tray): void {
  try {
    if (rows.length === 0) localStorage.removeItem(place(owner))
    else localStorage.setItem(place(owner), JSON.stringify(rows.map((row) => row.payload)))
  } catch {
    // Without storage the list lasts as long as the page; nothing is recorded from it alone.
  }
}

function keptPayloads(person: string): string[] {
  try {
    const kept = JSON.parse(localStorage.getItem(place(person)) ?? '[]') as unknown
    return Array.isArray(kept) ? kept.filter((each): each is string => typeof each === 'string').slice(0, TRAY_MAX) : []
  } catch {
    return []
  }
}

/** Opens the list of this person; on a shared phone nobody goes on with the drums of another. */
export async function openTray(person: string): Promise<void> {
  if (owner === person) return
  owner = person
  tray.set(EMPTY)
  manyInARow.set(false)
  let found = EMPTY
  for (const payload of keptPayloads(person)) found = put(found, await judgePayload(payload)).tray
  // Somebody may have scanned, or gone, while the labels were judged.
  if (owner !== person || found.rows.length === 0) return
  for (const row of tray.get().rows) found = put(found, { ...row, host: null }).tray
  tray.set({ ...found, bad: null })
  manyInARow.set(true)
}

/** Adds what was scanned and says what became of it; durable when it returns. */
export function scanned(judged: Judged): Heard {
  const after = put(tray.get(), judged)
  if (after.heard === 'added') keep(after.tray)
  tray.set(after.tray)
  return after.heard
}

export function takeOut(labelId: string): void {
  const after = without(tray.get(), labelId)
  keep(after)
  tray.set(after)
}

export function undoLast(): void {
  const last = tray.get().rows.at(-1)
  if (last) takeOut(last.label.labelId)
}

export function emptyTray(): void {
  keep(EMPTY)
  tray.set(EMPTY)
}

/** What the screens of acts take over: the codes in the order they were scanned, each good for `/app/what/{code}`. */
export function handedOver(): { codes: string[] } {
  return { codes: tray.get().rows.map((row) => row.payload) }
}
