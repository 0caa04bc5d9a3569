// The camera as the scan screen needs it: open one, know the others, light the lamp, and let go.

export type CameraTrouble = 'denied' | 'missing' | 'busy' | 'insecure'

export interface Camera {
  deviceId: string | null
  hasTorch: boolean
  setTorch: (on: boolean) => Promise<void>
  /** Null where the camera has one distance only. */
  zoom: ZoomRange | null
  setZoom: (times: number) => Promise<void>
  stop: () => void
}

export interface ZoomRange {
  min: number
  max: number
  now: number
}

interface Able {
  torch?: boolean
  zoom?: { min: number; max: number }
}

/** Beyond this a hand cannot hold still, whatever the lens promises. */
const ZOOM_MAX = 6

const CHOSEN = 'camera'

export class CameraError extends Error {
  readonly trouble: CameraTrouble

  constructor(trouble: CameraTrouble) {
    super(trouble)
    this.trouble = trouble
  }
}

function troubleOf(error: unknown): CameraTrouble {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy'
  return 'missing'
}

function chosen(): string | null {
  try {
    return localStorage.getItem(CHOSEN)
  } catch {
    return null
  }
}

/** Remembers which of several cameras reads best on this phone; the choice outlives the page. */
export function chooseCamera(deviceId: string): void {
  try {
    localStorage.setItem(CHOSEN, deviceId)
  } catch {
    // Without storage the choice lasts until the screen is left.
  }
}

async function streamFor(devices: MediaDevices, deviceId: string | null): Promise<MediaStream> {
  const size = { width: { ideal: 1280 }, height: { ideal: 720 } }
  const back: MediaTrackConstraints = { facingMode: { ideal: 'environment' }, ...size }
  if (deviceId === null) return devices.getUserMedia({ video: back, audio: false })
  try {
    return await devices.getUserMedia({ video: { deviceId: { exact: deviceId }, ...size }, audio: false })
  } catch (error) {
    // The camera chosen last week may be gone; any is better than none.
    if (troubleOf(error) === 'denied') throw error
    return devices.getUserMedia({ video: back, audio: false })
  }
}

export async function openCamera(video: HTMLVideoElement, wanted: string | null = chosen()): Promise<Camera> {
  // Insecure pages have no media devices, whatever the type says.
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (!devices) throw new CameraError(globalThis.isSecureContext ? 'missing' : 'insecure')
  let stream: MediaStream
  try {
    stream = await streamFor(devices, wanted)
  } catch (error) {
    throw new CameraError(troubleOf(error))
  }
  const track = stream.getVideoTracks()[0]
  video.srcObject = stream
  // Playing may be interrupted when the screen is left at once; the stream is stopped then anyway.
  await video.play().catch(() => undefined)
  // Older Firefox has no getCapabilities; it then simply has no torch.
  const able = (track as { getCapabilities?: () => object } | undefined)?.getCapabilities?.() as Able | undefined
  const settings = track?.getSettings() as (MediaTrackSettings & { zoom?: number }) | undefined
  return {
    deviceId: settings?.deviceId ?? null,
    hasTorch: able?.torch === true,
    setTorch: async (on) => {
      await track?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] })
    },
    zoom: zoomRange(able, settings?.zoom),
    setZoom: async (times) => {
      await track?.applyConstraints({ advanced: [{ zoom: times } as MediaTrackConstraintSet] })
    },
    stop: () => {
      for (const each of stream.getTracks()) each.stop()
      video.srcObject = null
    },
  }
}

function zoomRange(able: Able | undefined, now: number | undefined): ZoomRange | null {
  const zoom = able?.zoom
  if (zoom === undefined || !(zoom.max > zoom.min)) return null
  return { min: zoom.min, max: Math.min(zoom.max, Math.max(ZOOM_MAX, zoom.min)), now: now ?? zoom.min }
}

/** The cameras there are, known only once one of them was allowed. */
export async function listCameras(): Promise<MediaDeviceInfo[]> {
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (!devices) return []
  return (await devices.enumerateDevices()).filter((device) => device.kind === 'videoinput')
}
