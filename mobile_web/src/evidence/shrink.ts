import { onPage, redrawn } from './drawing'

const PATIENCE_MS = 20_000

/** The file is no picture, or of a kind this browser cannot read. */
export class Unreadable extends Error {}

/** A photo of at most 1600 pixels a side, drawn in a worker so that the page does not stall; on the page where there is
 * no worker, or it fails. Rejects with `Unreadable`. */
export async function shrunk(file: Blob): Promise<Blob> {
  try {
    return await byWorker(file)
  } catch {
    return redrawn(file, onPage).catch((error: unknown) => {
      throw new Unreadable(String(error))
    })
  }
}

function byWorker(file: Blob): Promise<Blob> {
  if (typeof Worker === 'undefined' || typeof OffscreenCanvas === 'undefined') return Promise.reject(new Error('no worker'))
  const worker = new Worker(new URL('./shrink.worker.ts', import.meta.url), { type: 'module' })
  return new Promise<Blob>((resolve, reject) => {
    setTimeout(() => reject(new Error('the worker is silent')), PATIENCE_MS)
    worker.onerror = () => reject(new Error('the worker failed'))
    worker.onmessage = ({ data }: MessageEvent<{ blob?: Blob; error?: string }>) => {
      if (data.blob) resolve(data.blob)
      else reject(new Error(data.error))
    }
    worker.postMessage(file)
  }).finally(() => worker.terminate())
}
