import type { Found, Way } from './frames'
import { prepare, readPixels, readStill } from './zxing'

// The reader beside the page: while it works, the page scrolls and answers.

export interface Job {
  id: number
  /** Null only gets the program ready. */
  image: ImageData | null
  way: Way | 'still'
}

export type Done = { id: number; found: Found[] } | { id: number; failed: string }

const worker = self as unknown as { postMessage: (done: Done) => void; onmessage: ((event: MessageEvent<Job>) => void) | null }

async function work({ image, way }: Job): Promise<Found[]> {
  if (image === null) await prepare()
  else return way === 'still' ? readStill(image) : readPixels(image, way)
  return []
}

worker.onmessage = ({ data }) => {
  void work(data).then(
    (found) => worker.postMessage({ id: data.id, found }),
    (error: unknown) => worker.postMessage({ id: data.id, failed: String(error) }),
  )
}
