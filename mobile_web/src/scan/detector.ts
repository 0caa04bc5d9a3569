import wasmUrl from 'scanner-wasm?url'

// The browser's own barcode reader where it has one, else zxing in wasm, hosted by us and loaded only then.

export interface Reader {
  read: (source: HTMLVideoElement | ImageBitmap) => Promise<string[]>
}

interface Detector {
  detect: (source: ImageBitmapSource) => Promise<{ rawValue: string }[]>
}

interface DetectorClass {
  new (options: { formats: string[] }): Detector
  getSupportedFormats: () => Promise<string[]>
}

async function nativeDetector(): Promise<Detector | null> {
  const native = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
  if (!native) return null
  try {
    // Some desktops have the class and none of the formats.
    return (await native.getSupportedFormats()).includes('qr_code') ? new native({ formats: ['qr_code'] }) : null
  } catch {
    return null
  }
}

async function ownDetector(): Promise<Detector> {
  const { BarcodeDetector, prepareZXingModule } = await import('barcode-detector/ponyfill')
  // Without this the library fetches its wasm from a server of somebody else.
  await prepareZXingModule({
    overrides: { locateFile: (path: string, prefix: string) => (path.endsWith('.wasm') ? wasmUrl : prefix + path) },
    fireImmediately: true,
  })
  return new BarcodeDetector({ formats: ['qr_code'] })
}

let reader: Promise<Reader> | null = null

async function makeReader(): Promise<Reader> {
  const detector = (await nativeDetector()) ?? (await ownDetector())
  return {
    read: async (source) => (await detector.detect(source)).map((found) => found.rawValue).filter((text) => text !== ''),
  }
}

export function codeReader(): Promise<Reader> {
  reader ??= makeReader().catch((error: unknown) => {
    // A failed download must not be kept: the next attempt may have a network.
    reader = null
    throw error
  })
  return reader
}
