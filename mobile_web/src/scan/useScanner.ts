import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { CameraError, chooseCamera, listCameras, openCamera, type Camera, type CameraTrouble, type ZoomRange } from './camera'
import type { Reader } from './detector'
import { lookAt, pauseAfter, type Found } from './frames'
import { distinct } from './several'

// Keeps a camera open while the screen is visible and hands all codes of a frame to `onFound`.

const IDLE_MS = 100

export interface Scanner {
  status: 'starting' | 'seeing' | CameraTrouble
  torch: { on: boolean; toggle: () => void } | null
  zoom: (ZoomRange & { set: (times: number) => void }) | null
  /** Steps to the next camera; null where there is only one. */
  nextCamera: (() => void) | null
}

interface Ears {
  alive: () => boolean
  listening: () => boolean
  onFound: (found: Found[]) => void
}

const RETRY_MS = 2_000

/** The reader comes while the camera warms up; it is no part of the first load. Without a network it is asked for again. */
async function readerOnce(alive: () => boolean): Promise<Reader | null> {
  while (alive()) {
    try {
      return await (await import('./detector')).codeReader()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
  return null
}

async function readForever(video: HTMLVideoElement, { alive, listening, onFound }: Ears): Promise<void> {
  const reader = await readerOnce(alive)
  if (reader === null) return
  for (let turn = 0; alive(); ) {
    const began = performance.now()
    let pause = IDLE_MS
    if (listening() && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
      const look = lookAt(turn++)
      // A frame that cannot be read is followed by another one.
      let found = await reader.look(video, look).catch((): Found[] => [])
      // Whoever points at one label must be told of the one beside it.
      if (found.length > 0 && look.area === 'finder') {
        found = [...found, ...(await reader.look(video, { area: 'whole', way: 'plain' }).catch(() => []))]
      }
      if (found.length > 0 && alive() && listening()) onFound(distinct(found))
      pause = pauseAfter(performance.now() - began)
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(() => document.visibilityState === 'visible')
  useEffect(() => {
    const look = () => setVisible(document.visibilityState === 'visible')
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])
  return visible
}

/** The camera's light and lens, once there is a camera. */
function useLens(camera: Camera | null): Pick<Scanner, 'torch' | 'zoom'> {
  const [lit, setLit] = useState(false)
  const [times, setTimes] = useState<number | null>(null)
  useEffect(() => {
    setLit(false)
    setTimes(null)
  }, [camera])
  const toggle = () => void camera?.setTorch(!lit).then(() => setLit(!lit), () => undefined)
  const range = camera?.zoom ?? null
  const set = (wanted: number) => {
    if (!camera || !range) return
    const next = Math.min(Math.max(wanted, range.min), range.max)
    setTimes(next)
    void camera.setZoom(next).catch(() => undefined)
  }
  return {
    torch: camera?.hasTorch === true ? { on: lit, toggle } : null,
    zoom: range && { ...range, now: times ?? range.now, set },
  }
}

export function useScanner(video: { current: HTMLVideoElement | null }, paused: boolean, onFound: (found: Found[]) => void): Scanner {
  const [status, setStatus] = useState<Scanner['status']>('starting')
  const [camera, setCamera] = useState<Camera | null>(null)
  const [others, setOthers] = useState<MediaDeviceInfo[]>([])
  const [wanted, setWanted] = useState<string | null | undefined>(undefined)
  const visible = useVisible()
  const heard = useRef(onFound)
  heard.current = onFound
  const listening = useRef(!paused)
  listening.current = !paused

  useEffect(() => {
    const element = video.current
    if (!visible || !element) return
    let alive = true
    let opened: Camera | null = null
    const begin = async () => {
      opened = wanted === undefined ? await openCamera(element) : await openCamera(element, wanted)
      // The screen may have been left while the person was asked for permission.
      if (!alive) {
        opened.stop()
        return
      }
      setCamera(opened)
      setStatus('seeing')
      setOthers(await listCameras())
      const ears = { alive: () => alive, listening: () => listening.current, onFound: (found: Found[]) => heard.current(found) }
      await readForever(element, ears)
    }
    begin().catch((error: unknown) => {
      if (alive) setStatus(error instanceof CameraError ? error.trouble : 'missing')
    })
    return () => {
      alive = false
      opened?.stop()
    }
  }, [video, visible, wanted])

  const nextCamera = useCallback(() => {
    const at = others.findIndex((device) => device.deviceId === camera?.deviceId)
    const next = others[(at + 1) % others.length]
    if (!next) return
    chooseCamera(next.deviceId)
    setWanted(next.deviceId)
  }, [others, camera])

  return { status, ...useLens(camera), nextCamera: others.length > 1 ? nextCamera : null }
}
