import { areaOf, moved, type Corners, type Found, type Look, type Way } from './frames'
import { grab, grabStill } from './grab'
import type { Done, Job } from './zxing.worker'

// The browser's own barcode reader where it has one that really reads, else zxing in wasm, in a worker, hosted by us.

export interface Reader {
  /** The codes of one frame; a frame that cannot be read holds none. */
  look: (video: HTMLVideoElement, look: Look) => Promise<Found[]>
  /** The codes of a photo, looked at as hard as we can. */
  still: (picture: ImageBitmap) => Promise<Found[]>
}

interface Seen {
  rawValue: string
  cornerPoints?: { x: number; y: number }[]
}

interface Detector {
  detect: (source: ImageBitmapSource) => Promise<Seen[]>
}

interface DetectorClass {
  new (options: { formats: string[] }): Detector
  getSupportedFormats: () => Promise<string[]>
}

/** "OK", version 1, low correction: a row of 21 modules a number. */
const PROBE = [
  2083199, 1069633, 1525853, 1528413, 1525597, 1072449, 2086271, 1792, 2062762, 107812,
  841367, 1584180, 946838, 6088, 2086242, 1065930, 1531172, 1528100, 1530524, 1072181, 2088604,
] as const
/** So many frames in a row that the browser's own reader throws at, and ours takes over. */
const FAILURES_MAX = 3

function cornersOf(points: { x: number; y: number }[] | undefined): Corners | null {
  const [a, b, c, d] = points ?? []
  return a && b && c && d ? [a, b, c, d] : null
}

/** A code drawn by us, 4 pixels a module. Some phones have the class, name the format, and never read anything. */
function probe(): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = (PROBE.length + 8) * 4
  const pen = canvas.getContext('2d')
  if (pen === null) return canvas
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.fillStyle = '#000'
  PROBE.forEach((row, y) => {
    for (let x = 0; x < PROBE.length; x++) if ((row >> (PROBE.length - 1 - x)) & 1) pen.fillRect((x + 4) * 4, (y + 4) * 4, 4, 4)
  })
  return canvas
}

async function nativeDetector(): Promise<Detector | null> {
  const native = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
  if (!native) return null
  try {
    if (!(await native.getSupportedFormats()).includes('qr_code')) return null
    const detector = new native({ formats: ['qr_code'] })
    return (await detector.detect(probe())).length === 1 ? detector : null
  } catch {
    return null
  }
}

type Worked = (image: ImageData | null, way: Way | 'still') => Promise<Found[]>

/** A worker, asked one thing at a time; its answers are matched by number. */
function inWorker(): Worked {
  const worker = new Worker(new URL('./zxing.worker.ts', import.meta.url), { type: 'module' })
  const open = new Map<number, { resolve: (found: Found[]) => void; reject: (error: Error) => void }>()
  let last = 0
  worker.onmessage = ({ data }: MessageEvent<Done>) => {
    const asked = open.get(data.id)
    open.delete(data.id)
    if ('found' in data) asked?.resolve(data.found)
    else asked?.reject(new Error(data.failed))
  }
  worker.onerror = () => {
    for (const asked of open.values()) asked.reject(new Error('the reader did not start'))
    open.clear()
  }
  return (image, way) =>
    new Promise((resolve, reject) => {
      const job: Job = { id: ++last, image, way }
      open.set(job.id, { resolve, reject })
      worker.postMessage(job, image === null ? [] : [image.data.buffer])
    })
}

async function onPage(): Promise<Worked> {
  const { prepare, readPixels, readStill } = await import('./zxing')
  await prepare()
  return async (image, way) => {
    if (image === null) return []
    return way === 'still' ? readStill(image) : readPixels(image, way)
  }
}

async function ownReader(): Promise<Reader> {
  let worked: Worked
  try {
    worked = inWorker()
    await worked(null, 'plain')
  } catch {
    // No worker, or a web view that may not start one: better a page that stutters than none that reads.
    worked = await onPage()
  }
  return {
    look: async (video, look) => {
      const area = areaOf(look, video.videoWidth, video.videoHeight)
      const image = grab(video, area)
      return image === null ? [] : (await worked(image, look.way)).map((found) => moved(found, area))
    },
    still: async (picture) => worked(grabStill(picture), 'still'),
  }
}

/** The browser's reader looks at the whole frame each time; photos go to ours, which tries harder. */
function nativeReader(detector: Detector): Reader {
  let failures = 0
  let own: Promise<Reader> | null = null
  const second = () => (own ??= ownReader())
  return {
    look: async (video, look) => {
      // Every few looks ours has a turn, for the browsers' readers know no inverted and no dirty codes.
      if (failures >= FAILURES_MAX || look.way !== 'plain') return (await second()).look(video, look)
      try {
        const seen = await detector.detect(video)
        failures = 0
        return seen.filter((each) => each.rawValue !== '').map((each) => ({ text: each.rawValue, corners: cornersOf(each.cornerPoints) }))
      } catch {
        failures += 1
        return []
      }
    },
    still: async (picture) => (await second()).still(picture),
  }
}

let reader: Promise<Reader> | null = null

async function makeReader(): Promise<Reader> {
  const native = await nativeDetector()
  return native ? nativeReader(native) : ownReader()
}

export function codeReader(): Promise<Reader> {
  reader ??= makeReader().catch((error: unknown) => {
    // A failed download must not be kept: the next attempt may have a network.
    reader = null
    throw error
  })
  return reader
}
