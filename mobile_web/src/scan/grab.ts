import type { Area } from './frames'

// Pixels out of a video or a picture. A canvas of the page is the one way every phone has.

/** More than this on the longer side only costs time: a code that is 4 pixels a module there is read. */
const STILL_SIDE_MAX = 2_000

let canvas: HTMLCanvasElement | null = null

function drawn(source: CanvasImageSource, area: Area, sideMax: number): ImageData | null {
  const scale = Math.min(1, sideMax / Math.max(area.width, area.height))
  const width = Math.round(area.width * scale)
  const height = Math.round(area.height * scale)
  if (width < 1 || height < 1) return null
  canvas ??= document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  if (pen === null) return null
  pen.imageSmoothingQuality = 'high'
  pen.drawImage(source, area.left, area.top, area.width, area.height, 0, 0, width, height)
  return pen.getImageData(0, 0, width, height)
}

/** A part of the frame the video shows now, pixel for pixel. */
export function grab(video: HTMLVideoElement, area: Area): ImageData | null {
  if (video.videoWidth === 0) return null
  return drawn(video, area, Math.max(area.width, area.height))
}

/** A photo; a big one is made smaller first. */
export function grabStill(picture: ImageBitmap): ImageData | null {
  return drawn(picture, { left: 0, top: 0, width: picture.width, height: picture.height }, STILL_SIDE_MAX)
}
