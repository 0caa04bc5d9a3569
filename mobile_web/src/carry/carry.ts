import { bearerForMe, lookAgain, outbox, signForFile } from '../sync'
import { post } from '../syncPost'
import { carriedFrom, makeFile, nameOf, OUTBOX_FORMAT, portions, readFile, type OutboxFile, type ReceiptsFile, type Unfit } from './file'

// Taking the queue out of this phone as a file, and taking files in.

export async function exportFile(now = new Date()): Promise<OutboxFile> {
  const [device, rows, carried, apart] = [await outbox.device(), await outbox.pending(), await outbox.carried(), await outbox.apart()]
  const signed = await Promise.all(rows.map((row) => signForFile(row.fact).catch(() => row.fact)))
  return makeFile(device, rows, signed, carried, apart, now)
}

export type Taken = { what: 'carried'; count: number } | { what: 'receipts'; count: number } | { what: 'unfit'; why: Unfit }

/** Takes in a file: rows of another phone are carried on, receipts let our own rows go until the server has been asked. */
export async function takeFile(text: string, now = Date.now()): Promise<Taken> {
  const file = readFile(text)
  if (typeof file === 'string') return { what: 'unfit', why: file }
  if (file.format !== OUTBOX_FORMAT) {
    const count = await outbox.settle(file.receipts, now, true)
    void lookAgain().catch(() => undefined)
    return { what: 'receipts', count }
  }
  const device = await outbox.device()
  if (file.rows.length > 0 && file.rows.every((row) => row.device === device)) return { what: 'unfit', why: 'own' }
  const count = await outbox.carry(carriedFrom(file, now).filter((row) => row.device !== device))
  void sendCarried().catch(() => undefined)
  return { what: 'carried', count }
}

let running: Promise<'done' | 'later'> | null = null

/** Sends on what was taken over: the server looks at each row's own signature, whoever brings it. Called twice at once,
 * both wait for the same sending. */
export function sendCarried(): Promise<'done' | 'later'> {
  running ??= sendAll().finally(() => {
    running = null
  })
  return running
}

async function sendAll(): Promise<'done' | 'later'> {
  const rows = await outbox.carried()
  if (rows.length === 0) return 'done'
  const bearer = await bearerForMe()
  for (const portion of portions(rows)) {
    const ids = portion.facts.map((fact) => fact.id)
    const posted = await post('/outbox-files', portion, ids, bearer)
    if (posted.status === 'answered') await outbox.settle(posted.receipts)
    else {
      await outbox.heard(ids, posted.status === 'refused' ? { at: Date.now(), what: 'refused', problem: posted.problem } : { at: Date.now(), what: posted.waits })
      return 'later'
    }
  }
  return 'done'
}

function asFile(file: OutboxFile | ReceiptsFile): File {
  return new File([JSON.stringify(file, null, 1)], nameOf(file), { type: 'application/json' })
}

export function canShare(): boolean {
  const { canShare: can } = navigator as { canShare?: (data: ShareData) => boolean }
  return can?.call(navigator, { files: [new File(['{}'], 'x.json', { type: 'application/json' })] }) === true
}

export async function shareFile(file: OutboxFile | ReceiptsFile): Promise<void> {
  await navigator.share({ files: [asFile(file)] })
}

export function saveFile(file: OutboxFile | ReceiptsFile): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(asFile(file))
  link.download = nameOf(file)
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
