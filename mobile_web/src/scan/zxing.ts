import wasmUrl from 'scanner-wasm?url'
import { prepareZXingModule, readBarcodes, type ReaderOptions } from 'zxing-wasm/reader'
import { moved, SECOND_TRIES, type Found, type Way } from './frames'
import { prepared } from './pixels'

// zxing in wasm, hosted by us. Runs in a worker where there are workers, else on the page (detector.ts).

const CODES_MAX = 12

const OPTIONS: Record<Way, ReaderOptions> = {
  plain: { tryHarder: false, tryInvert: false, tryDownscale: false },
  hard: { tryHarder: true, tryInvert: true, tryDownscale: true },
  stretched: { tryHarder: true, tryInvert: true, tryDownscale: false },
  coarse: { tryHarder: true, tryInvert: false, tryDownscale: false },
  fine: { tryHarder: true, tryInvert: false, tryDownscale: false },
  closed: { tryHarder: true, tryInvert: true, tryDownscale: true, tryDenoise: true, downscaleFactor: 2 },
}

let ready: Promise<unknown> | null = null

/** Fetches and compiles the program; again after a failure, for the next attempt may have a network. */
export function prepare(): Promise<unknown> {
  ready ??= Promise.resolve(
    prepareZXingModule({
      // Without this the library fetches its wasm from a server of somebody else.
      overrides: { locateFile: (path: string, prefix: string) => (path.endsWith('.wasm') ? wasmUrl : prefix + path) },
      fireImmediately: true,
    }),
  ).catch((error: unknown) => {
    ready = null
    throw error
  })
  return ready
}

export async function readPixels(image: ImageData, way: Way): Promise<Found[]> {
  await prepare()
  const given = prepared(image, way)
  const read = await readBarcodes(given.image, {
    formats: ['QRCode'],
    maxNumberOfSymbols: CODES_MAX,
    tryRotate: false,
    ...OPTIONS[way],
  })
  const area = { left: 0, top: 0, width: image.width, height: image.height }
  return read
    .filter((code) => code.isValid && code.text !== '')
    .map(({ text, position: at }) =>
      moved({ text, corners: [at.topLeft, at.topRight, at.bottomRight, at.bottomLeft] }, area, given.scale),
    )
}

/** For a picture that stands still: one way after the other, until one of them finds something. */
export async function readStill(image: ImageData): Promise<Found[]> {
  for (const way of ['plain', ...SECOND_TRIES] as const) {
    const found = await readPixels(image, way)
    // A quick look that found one code may have missed a second one.
    if (found.length > 0) return way === 'plain' ? fuller(found, await readPixels(image, 'hard')) : found
  }
  return []
}

function fuller(quick: Found[], hard: Found[]): Found[] {
  const texts = new Set(hard.map(({ text }) => text))
  return [...hard, ...quick.filter(({ text }) => !texts.has(text))]
}
