import wasmUrl from 'scanner-wasm?url'
import { prepareZXingModule, readBarcodes, type ReaderOptions, type ReadResult } from 'zxing-wasm/reader'
import { moved, SECOND_TRIES, type Found, type Way } from './frames'
import { alike, drawn, Memory, type Modules } from './merge'
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
    returnErrors: way !== 'plain',
    ...OPTIONS[way],
  })
  const area = { left: 0, top: 0, width: image.width, height: image.height }
  const whole = read.filter((code) => code.isValid && code.text !== '')
  const found = whole.length > 0 || way === 'plain' ? whole : await together(read)
  return found.map(({ text, position: at }) =>
    moved({ text, corners: [at.topLeft, at.topRight, at.bottomRight, at.bottomLeft] }, area, given.scale),
  )
}

const memory = new Memory()
/** Our labels are of version 9; a little to either side is left for others. Smaller ones are mostly not codes at all. */
const SIDE_MIN = 41
const SIDE_MAX = 69

/** Codes that were found but cannot be read by themselves, read with the help of their likes. */
async function together(read: readonly ReadResult[]): Promise<Pick<ReadResult, 'text' | 'position'>[]> {
  for (const { symbol, position } of read) {
    if (symbol.width !== symbol.height || symbol.width < SIDE_MIN || symbol.width > SIDE_MAX) continue
    const fresh = modulesOf(symbol)
    for (const made of memory.add(fresh, performance.now())) {
      const [answer] = await readBarcodes(drawn(made), { formats: ['QRCode'], isPure: true, maxNumberOfSymbols: 1 })
      // What is read must be what is in sight now, and not what the others were.
      if (answer?.isValid === true && answer.text !== '' && alike(modulesOf(answer.symbol), fresh)) return [{ text: answer.text, position }]
    }
  }
  return []
}

function modulesOf({ data, width }: ReadResult['symbol']): Modules {
  return { side: width, dark: Array.from(data, (shade) => shade < 128) }
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
