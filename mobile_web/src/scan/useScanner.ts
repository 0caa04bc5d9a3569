import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { CameraError, chooseCamera, listCameras, openCamera, type Camera, type CameraTrouble } from './camera'
import { codeReader } from './detector'

// Keeps a camera open while the screen is visible and hands every text it reads to `onText`.

/** Reading ten times a second finds a code as fast as a hand holds still, and leaves the phone cool. */
const PAUSE_MS = 100

export interface Scanner {
  status: 'starting' | 'seeing' | CameraTrouble
  torch: { on: boolean; toggle: () => void } | null
  /** Steps to the next camera; null where there is only one. */
  nextCamera: (() => void) | null
}

async function readForever(video: HTMLVideoElement, alive: () => boolean, onText: (text: string) => void): Promise<void> {
  const reader = await codeReader()
  while (alive()) {
    if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
      // A frame that cannot be read is followed by another one.
      const texts = await reader.read(video).catch(() => [])
      const text = texts[0]
      if (text !== undefined && alive()) onText(text)
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
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

export function useScanner(video: { current: HTMLVideoElement | null }, paused: boolean, onText: (text: string) => void): Scanner {
  const [status, setStatus] = useState<Scanner['status']>('starting')
  const [camera, setCamera] = useState<Camera | null>(null)
  const [others, setOthers] = useState<MediaDeviceInfo[]>([])
  const [wanted, setWanted] = useState<string | null | undefined>(undefined)
  const [lit, setLit] = useState(false)
  const visible = useVisible()
  const heard = useRef(onText)
  heard.current = onText
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
      setLit(false)
      setStatus('seeing')
      setOthers(await listCameras())
      await readForever(element, () => alive, (text) => listening.current && heard.current(text))
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

  const toggle = () => void camera?.setTorch(!lit).then(() => setLit(!lit), () => undefined)
  return {
    status,
    torch: camera?.hasTorch === true ? { on: lit, toggle } : null,
    nextCamera: others.length > 1 ? nextCamera : null,
  }
}
