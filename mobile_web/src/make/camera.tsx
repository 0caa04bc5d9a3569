import '../scan/scan.css'
import { useRef } from 'preact/hooks'
import { useScanner } from '../scan/useScanner'

/** A small window of the camera inside a form: it hands over every code it reads until it is closed. */
export function CodeCamera({ onText, paused }: { onText: (text: string) => void; paused: boolean }) {
  const video = useRef<HTMLVideoElement>(null)
  useScanner(video, paused, ([first]) => first && onText(first.text))
  return <video ref={video} class="small-camera" data-testid="small-camera" muted playsInline aria-hidden="true" />
}
