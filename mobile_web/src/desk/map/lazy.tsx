import './map.css'
import type { ComponentType } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Language } from '../../words'
import { Notice } from '../../ui/parts'
import { useDesk } from '../desk'
import type { MapMatter } from './places'
import type { CanvasProps } from './canvas'

export interface PlacesMapProps {
  matter: MapMatter
  none: string
  language: Language
  chosen?: string | null
  onChoose?: (id: string | null) => void
  small?: boolean
  /** What helps where no map can be drawn. */
  instead?: string
}

/** Whether the element has come near enough to the screen to be worth loading a megabyte for. */
function useNear(): [preact.RefObject<HTMLDivElement | null>, boolean] {
  const box = useRef<HTMLDivElement>(null)
  const [near, setNear] = useState(false)
  useEffect(() => {
    if (!box.current || near) return
    const watch = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && setNear(true), { rootMargin: '200px' })
    watch.observe(box.current)
    return () => watch.disconnect()
    // Asked at every drawing: the element itself comes only when there is something to show on it.
  })
  return [box, near]
}

export function PlacesMap({ matter, none, language, chosen = null, onChoose, small = false, instead }: PlacesMapProps) {
  const { d } = useDesk()
  const [box, near] = useNear()
  const [Canvas, setCanvas] = useState<ComponentType<CanvasProps> | null>(null)
  const [failed, setFailed] = useState(false)
  const empty = matter.spots.length === 0
  useEffect(() => {
    if (!near || empty) return
    let wanted = true
    import('./canvas').then(
      (module) => wanted && setCanvas(() => module.MapCanvas),
      () => wanted && setFailed(true),
    )
    return () => {
      wanted = false
    }
  }, [near, empty])
  if (empty) return <p class="soft" data-testid="map-empty">{none}</p>
  return (
    <div class={small ? 'map-box small-map' : 'map-box'} ref={box} data-testid="map" data-spots={matter.spots.length}>
      {failed ? (
        <Notice meaning="unknown" title={d.map.failed}>{instead ?? d.map.failedAlone}</Notice>
      ) : (
        Canvas && <Canvas matter={matter} language={language} chosen={chosen} onChoose={onChoose ?? (() => undefined)} onFailed={() => setFailed(true)} />
      )}
    </div>
  )
}
