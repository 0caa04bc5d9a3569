// Draws a photo small enough to send: upright as it was taken, and without what the camera wrote beside it (where it
// was taken, with which phone). Runs in a worker where it can, so it touches no page.

export const SIDE_MAX = 1600
export const MEDIA = 'image/jpeg'
const QUALITY = 0.82

/** Width and height that fit into the limit, in the same proportion; a small photo stays as it is. */
export function fitted(width: number, height: number, most = SIDE_MAX): { width: number; height: number } {
  const scale = Math.min(1, most / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

interface Canvas {
  width: number
  height: number
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D
  toJpeg: () => Promise<Blob>
}

/** Rejects where the file is no picture that this browser can read. */
export async function redrawn(file: Blob, canvasOf: (width: number, height: number) => Canvas): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' })
  try {
    const { width, height } = fitted(picture.width, picture.height)
    const { context, toJpeg } = canvasOf(width, height)
    // What was see-through would turn black in a JPEG.
    context.fillStyle = '#fff'
    context.fillRect(0, 0, width, height)
    context.imageSmoothingQuality = 'high'
    context.drawImage(picture, 0, 0, width, height)
    return await toJpeg()
  } finally {
    picture.close()
  }
}

export function offscreen(width: number, height: number): Canvas {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
  return { width, height, context, toJpeg: () => canvas.convertToBlob({ type: MEDIA, quality: QUALITY }) }
}

export function onPage(width: number, height: number): Canvas {
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
  const toJpeg = () =>
    new Promise<Blob>((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), MEDIA, QUALITY)
    })
  return { width, height, context, toJpeg }
}
