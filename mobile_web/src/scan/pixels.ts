import type { Way } from './frames'

// What is done to a picture before it is looked at a second time. Grey values, one byte a pixel.

export interface Grey {
  width: number
  height: number
  bytes: Uint8ClampedArray<ArrayBuffer>
}

/** Pictures above this are halved first where the second try is about noise, and never doubled. */
const DOUBLE_BELOW = 1_000_000
/** The share of pixels at either end that may be lost to white or black when contrast is stretched. */
const CLIPPED = 0.01

/** ITU-R 601 weights, in 256ths, as the reader weighs colours itself. */
export function greyOf(image: ImageData): Grey {
  const { width, height, data } = image
  const bytes = new Uint8ClampedArray(width * height)
  for (let pixel = 0, at = 0; pixel < bytes.length; pixel++, at += 4) {
    bytes[pixel] = ((data[at] ?? 0) * 77 + (data[at + 1] ?? 0) * 150 + (data[at + 2] ?? 0) * 29) >> 8
  }
  return { width, height, bytes }
}

export function imageOf(grey: Grey): ImageData {
  const data = new Uint8ClampedArray(grey.bytes.length * 4)
  for (let pixel = 0, at = 0; pixel < grey.bytes.length; pixel++, at += 4) {
    const shade = grey.bytes[pixel] ?? 0
    data[at] = data[at + 1] = data[at + 2] = shade
    data[at + 3] = 255
  }
  return new ImageData(data, grey.width, grey.height)
}

/** Spreads what shades there are over all of them: a label in the dark, or behind a film of dust. */
export function stretched(grey: Grey): Grey {
  const counts = new Uint32Array(256)
  for (const shade of grey.bytes) counts[shade] = (counts[shade] ?? 0) + 1
  const lost = grey.bytes.length * CLIPPED
  const low = edge(counts, lost, 0, 1)
  const high = edge(counts, lost, 255, -1)
  if (high <= low) return grey
  const bytes = grey.bytes.map((shade) => ((shade - low) * 255) / (high - low))
  return { ...grey, bytes }
}

function edge(counts: Uint32Array, lost: number, from: number, step: 1 | -1): number {
  let seen = 0
  let shade = from
  while (shade >= 0 && shade <= 255) {
    seen += counts[shade] ?? 0
    if (seen > lost) return shade
    shade += step
  }
  return from
}

/** Half as wide and high, four pixels to one: noise and small blots go, modules stay. */
export function halved(grey: Grey): Grey {
  const width = grey.width >> 1
  const height = grey.height >> 1
  const bytes = new Uint8ClampedArray(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 2 * y * grey.width + 2 * x
      const { bytes: b } = grey
      const sum = (b[at] ?? 0) + (b[at + 1] ?? 0) + (b[at + grey.width] ?? 0) + (b[at + grey.width + 1] ?? 0)
      bytes[y * width + x] = sum / 4
    }
  }
  return { width, height, bytes }
}

/** Twice as wide and high, in between what is in between: codes of two pixels a module. */
export function doubled(grey: Grey): Grey {
  const { width: from, height: rows, bytes: b } = grey
  const width = from * 2
  const bytes = new Uint8ClampedArray(width * rows * 2)
  for (let y = 0; y < rows; y++) {
    const down = y + 1 < rows ? from : 0
    for (let x = 0; x < from; x++) {
      const right = x + 1 < from ? 1 : 0
      const at = y * from + x
      const [a, r, d, both] = [b[at] ?? 0, b[at + right] ?? 0, b[at + down] ?? 0, b[at + down + right] ?? 0]
      const to = 2 * y * width + 2 * x
      bytes[to] = a
      bytes[to + 1] = (a + r) / 2
      bytes[to + width] = (a + d) / 2
      bytes[to + width + 1] = (a + r + d + both) / 4
    }
  }
  return { width, height: rows * 2, bytes }
}

/** Edges made steeper (unsharp mask over 5 x 5): what is a little out of focus. */
export function sharpened(grey: Grey, amount = 1.8): Grey {
  const soft = blurred(grey, 2)
  return { ...grey, bytes: grey.bytes.map((shade, at) => shade + amount * (shade - (soft.bytes[at] ?? 0))) }
}

function blurred(grey: Grey, radius: number): Grey {
  return passed(passed(grey, radius, 1, grey.width), radius, grey.width, grey.height)
}

/** A running mean along rows (`step` 1) or columns (`step` = width); `length` is that of a line. */
function passed(grey: Grey, radius: number, step: number, length: number): Grey {
  const { bytes: b } = grey
  const bytes = new Uint8ClampedArray(b.length)
  const lines = b.length / length
  for (let line = 0; line < lines; line++) {
    const start = step === 1 ? line * length : line
    const shade = (place: number) => b[start + Math.min(Math.max(place, 0), length - 1) * step] ?? 0
    let sum = 0
    for (let place = -radius; place <= radius; place++) sum += shade(place)
    for (let place = 0; place < length; place++) {
      bytes[start + place * step] = sum / (2 * radius + 1)
      sum += shade(place + radius + 1) - shade(place - radius)
    }
  }
  return { ...grey, bytes }
}

/** The picture as this way wants it, and how much larger it is now. */
export function prepared(image: ImageData, way: Way): { image: ImageData; scale: number } {
  if (way === 'plain' || way === 'hard' || way === 'closed') return { image, scale: 1 }
  const grey = greyOf(image)
  if (way === 'stretched') return { image: imageOf(sharpened(stretched(grey))), scale: 1 }
  if (way === 'coarse') return { image: imageOf(stretched(halved(grey))), scale: 0.5 }
  if (image.width * image.height > DOUBLE_BELOW) return { image: imageOf(sharpened(grey)), scale: 1 }
  return { image: imageOf(sharpened(doubled(stretched(grey)))), scale: 2 }
}
