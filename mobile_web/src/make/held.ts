import { openDB, type IDBPDatabase } from 'idb'
import { apiGet } from '../api'
import { outbox } from '../sync'
import type { Batch, ClassKey, Page, Party, Session, Uuid, WasteClass } from '../wire'

// What this phone holds for hours without a network: numbers it may issue with their codes, the labels of its
// enterprise's rolls, the batches on hand and the classes used before. The pocket will keep the last two once it is
// there; until then they are read through this one file.

export interface HeldNumber {
  number: string
  human_code: string
  label_text: string
  /** The code as dots, made by the server: no program that makes codes is needed here. */
  side: number
  dots: string
}

export interface HeldBlock {
  id: Uuid
  hazardous: boolean
  until: string
  treatment: string
  carriers: Party[]
  receivers: Party[]
  classes: ClassKey[]
  numbers: HeldNumber[]
}

interface Held {
  as_of: string
  items: HeldBlock[]
}

/** A batch that can be shipped, as far as this phone knows it. */
export interface OnHand {
  id: Uuid
  code: string | null
  name: string
  grams: number
  measured: boolean
  hazardous: boolean
}

const RECENT_MAX = 8
const ROLLS_MAX = 5

let opened: Promise<IDBPDatabase> | null = null

function store(): Promise<IDBPDatabase> {
  opened ??= openDB('held', 1, { upgrade: (db) => void db.createObjectStore('kept') }).catch((error: unknown) => {
    opened = null
    throw error
  })
  return opened
}

/** What is kept under a name; null where nothing is. */
export async function kept<T>(name: string): Promise<T | null> {
  return ((await (await store()).get('kept', name)) as T | undefined) ?? null
}

export async function keep(name: string, value: unknown): Promise<void> {
  await (await store()).put('kept', value, name)
}

function own(session: Session): string {
  return session.enterprise?.id ?? 'nobody'
}

/** Asks for everything anew, while there is a network. Throws where there is none; what is kept then stays. */
export async function refreshHeld(session: Session): Promise<void> {
  if (session.enterprise === null || !['handler', 'manager'].includes(session.person.role)) return
  const device = await outbox.device()
  const [held, rolls, batches] = await Promise.all([
    apiGet<Held>('/number-blocks/held', { device }),
    apiGet<{ items: { id: Uuid; open: number }[] }>('/label-rolls'),
    apiGet<Page<Batch>>('/batches', { state: 'on_site', holder: own(session), limit: 200 }),
  ])
  await keep(`held ${own(session)}`, held)
  await keep(`batches ${own(session)}`, batches.items.map(onHandOf))
  const labels: Record<string, Uuid> = {}
  for (const roll of rolls.items.filter((each) => each.open > 0).slice(0, ROLLS_MAX)) {
    const whole = await apiGet<{ labels: { id: Uuid; human_code: string; batch: Uuid | null }[] }>(`/label-rolls/${roll.id}`)
    for (const label of whole.labels) if (label.batch === null) labels[label.human_code] = label.id
  }
  await keep(`labels ${own(session)}`, labels)
}

function onHandOf(batch: Batch): OnHand {
  const { id, grams, measured } = batch
  return { id, code: batch.human_code, name: batch.class?.code ?? '', grams, measured, hazardous: batch.class?.hazardous === true }
}

/** The label of a human code, where it is on one of the rolls this phone knows. */
export async function rollLabel(session: Session, code: string): Promise<Uuid | null> {
  return (await kept<Record<string, Uuid>>(`labels ${own(session)}`))?.[code] ?? null
}

/** Labels this phone has put on drums already, sent or not: the next drum takes another. */
export async function takenLabels(): Promise<Uuid[]> {
  return (await kept<Uuid[]>('taken')) ?? []
}

export async function takeLabel(label: Uuid): Promise<void> {
  await keep('taken', [...(await takenLabels()), label].slice(-2_000))
}

export async function heldBlocks(session: Session, now = Date.now()): Promise<{ asOf: string; blocks: HeldBlock[] } | null> {
  const held = await kept<Held>(`held ${own(session)}`)
  if (held === null) return null
  const used = new Set(await usedNumbers())
  return { asOf: held.as_of, blocks: openBlocks(held.items, used, now) }
}

/** The blocks that still hold, each with the numbers nobody has used on this phone. */
export function openBlocks(blocks: readonly HeldBlock[], used: ReadonlySet<string>, now: number): HeldBlock[] {
  return blocks
    .filter((block) => Date.parse(block.until) > now)
    .map((block) => ({ ...block, numbers: block.numbers.filter((each) => !used.has(each.number)) }))
    .filter((block) => block.numbers.length > 0)
}

async function usedNumbers(): Promise<string[]> {
  return (await kept<string[]>('used')) ?? []
}

/** Takes the first number of a block that is not used, in one transaction: two open tabs never get the same. */
export async function takeNumber(block: HeldBlock): Promise<HeldNumber | null> {
  const tx = (await store()).transaction('kept', 'readwrite', { durability: 'strict' })
  const used = ((await tx.store.get('used')) as string[] | undefined) ?? []
  const free = block.numbers.find((each) => !used.includes(each.number)) ?? null
  if (free !== null) await tx.store.put([...used, free.number].slice(-5_000), 'used')
  await tx.done
  return free
}

/** What can go on a truck: what the server last said is here and what this phone has made since, less what it shipped. */
export async function onHand(session: Session): Promise<OnHand[]> {
  const known = (await kept<OnHand[]>(`batches ${own(session)}`)) ?? []
  const made = (await kept<OnHand[]>(`made ${own(session)}`)) ?? []
  const gone = new Set((await kept<Uuid[]>('shipped')) ?? [])
  const all = new Map([...known, ...made].map((batch) => [batch.id, batch]))
  return [...all.values()].filter((batch) => !gone.has(batch.id))
}

/** A batch made on this phone: it can be shipped before the server has heard of it. */
export async function noteMade(session: Session, batch: OnHand): Promise<void> {
  const made = (await kept<OnHand[]>(`made ${own(session)}`)) ?? []
  await keep(`made ${own(session)}`, [...made, batch].slice(-200))
}

export async function noteShipped(batches: readonly Uuid[]): Promise<void> {
  await keep('shipped', [...((await kept<Uuid[]>('shipped')) ?? []), ...batches].slice(-2_000))
}

export async function recentClasses(session: Session): Promise<WasteClass[]> {
  return (await kept<WasteClass[]>(`classes ${own(session)}`)) ?? []
}

export async function rememberClass(session: Session, wasteClass: WasteClass): Promise<void> {
  const key = (each: WasteClass) => `${each.scheme} ${each.edition} ${each.code}`
  const others = (await recentClasses(session)).filter((each) => key(each) !== key(wasteClass))
  await keep(`classes ${own(session)}`, [wasteClass, ...others].slice(0, RECENT_MAX))
}
