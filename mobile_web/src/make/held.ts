import { openDB, type IDBPDatabase } from 'idb'
import { apiGet } from '../api'
import { outbox } from '../sync'
import type { ClassKey, Party, Session, Uuid, WasteClass } from '../wire'

// What a phone is given to hold for hours without a network: the numbers it may issue with their codes, and the labels of
// its enterprise's rolls. With them, which of both were used (so that none is used twice, whatever becomes of the record)
// and the classes used before. What was made with them is no business of this file: the pocket knows it from the records.

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

const RECENT_MAX = 8
/** More than are offered: a drum made here is named by its class until the park has told of it. */
const CLASSES_MAX = 60
const ROLLS_MAX = 5
const GIVEN_MAX = 200
/** Kept by an earlier app beside the pocket, which has it all. */
const BEFORE = /^(batches |made |shipped$)/

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

let asked: { whose: string; at: number; done: Promise<void> } | null = null

/** Asks for everything anew, while there is a network; not where it was asked for less than `fresh` milliseconds ago.
 * Rejects where there is none; what is kept then stays. */
export function refreshHeld(session: Session, fresh = 0): Promise<void> {
  if (session.enterprise === null || !['handler', 'manager'].includes(session.person.role)) return Promise.resolve()
  const whose = own(session)
  if (asked?.whose === whose && Date.now() - asked.at < fresh) return asked.done
  const done = askHeld(whose)
  asked = { whose, at: Date.now(), done }
  done.catch(() => {
    if (asked?.done === done) asked = null
  })
  return done
}

async function askHeld(whose: string): Promise<void> {
  const device = await outbox.device()
  const [held, rolls] = await Promise.all([
    apiGet<Held>('/number-blocks/held', { device }),
    apiGet<{ items: { id: Uuid; open: number }[] }>('/label-rolls'),
  ])
  await keep(`held ${whose}`, held)
  const labels: Record<string, Uuid> = {}
  for (const roll of rolls.items.filter((each) => each.open > 0).slice(0, ROLLS_MAX)) {
    const whole = await apiGet<{ labels: { id: Uuid; human_code: string; batch: Uuid | null }[] }>(`/label-rolls/${roll.id}`)
    for (const label of whole.labels) if (label.batch === null) labels[label.human_code] = label.id
  }
  await keep(`labels ${whose}`, labels)
  await forgetBefore()
}

async function forgetBefore(): Promise<void> {
  const db = await store()
  const names = (await db.getAllKeys('kept')).filter((name) => typeof name === 'string' && BEFORE.test(name))
  for (const name of names) await db.delete('kept', name)
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
  const taken = await takenLabels()
  if (!taken.includes(label)) await keep('taken', [...taken, label].slice(-2_000))
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

/** Takes the first number of a block that is not used, in one transaction: two open tabs never get the same. Its code is
 * kept beside it: the park no longer lists a number that was used, and a driver may ask to see the code again. */
export async function takeNumber(session: Session, block: HeldBlock): Promise<HeldNumber | null> {
  const given = `given ${own(session)}`
  const tx = (await store()).transaction('kept', 'readwrite', { durability: 'strict' })
  const used = ((await tx.store.get('used')) as string[] | undefined) ?? []
  const free = block.numbers.find((each) => !used.includes(each.number)) ?? null
  if (free !== null) {
    const before = ((await tx.store.get(given)) as HeldNumber[] | undefined) ?? []
    await tx.store.put([...used, free.number].slice(-5_000), 'used')
    await tx.store.put([...before, free].slice(-GIVEN_MAX), given)
  }
  await tx.done
  return free
}

/** Every number this phone holds or gave away for this enterprise, with its code. */
export async function heldNumbers(session: Session): Promise<HeldNumber[]> {
  const held = await kept<Held>(`held ${own(session)}`)
  // What an earlier app gave away is found among those still held.
  return [...((await kept<HeldNumber[]>(`given ${own(session)}`)) ?? []), ...(held?.items ?? []).flatMap((block) => block.numbers)]
}

/** The carriers and receivers this phone may issue for, by name. */
export async function heldParties(session: Session): Promise<Party[]> {
  const held = await kept<Held>(`held ${own(session)}`)
  return (held?.items ?? []).flatMap((block) => [...block.carriers, ...block.receivers])
}

/** The classes this enterprise used last on this phone, as many as a form offers. */
export async function recentClasses(session: Session): Promise<WasteClass[]> {
  return (await usedClasses(session)).slice(0, RECENT_MAX)
}

/** All of them that are kept. */
export async function usedClasses(session: Session): Promise<WasteClass[]> {
  return (await kept<WasteClass[]>(`classes ${own(session)}`)) ?? []
}

export async function rememberClass(session: Session, wasteClass: WasteClass): Promise<void> {
  const key = (each: WasteClass) => `${each.scheme} ${each.edition} ${each.code}`
  const others = (await usedClasses(session)).filter((each) => key(each) !== key(wasteClass))
  await keep(`classes ${own(session)}`, [wasteClass, ...others].slice(0, CLASSES_MAX))
}
