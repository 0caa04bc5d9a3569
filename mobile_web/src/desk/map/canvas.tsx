import 'maplibre-gl/dist/maplibre-gl.css'
import type { Feature, FeatureCollection } from 'geojson'
import { Map as MapLibre, Marker, NavigationControl, ScaleControl, setWorkerUrl, type GeoJSONSource, type StyleSpecification } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import { useEffect, useRef } from 'preact/hooks'
import type { Language } from '../../words'
import { boundsOf, type MapMatter, type Spot } from './places'

// The park on plain paper: no tiles, no glyphs, nothing asked of anybody outside. Names are HTML, so every script shows
// in the fonts the device has. The worker is a file of ours, because the default would be built from a blob.
setWorkerUrl(workerUrl)

export interface CanvasProps {
  matter: MapMatter
  language: Language
  chosen: string | null
  onChoose: (id: string | null) => void
  onFailed: () => void
}

function ink(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

function shapesOf(matter: MapMatter): FeatureCollection {
  const features: Feature[] = []
  if (matter.boundary) features.push({ type: 'Feature', properties: { what: 'boundary' }, geometry: matter.boundary })
  for (const coordinates of matter.ways) features.push({ type: 'Feature', properties: { what: 'way' }, geometry: { type: 'LineString', coordinates } })
  for (const spot of matter.spots) {
    features.push({ type: 'Feature', properties: { what: 'spot', kind: spot.kind }, geometry: { type: 'Point', coordinates: [spot.longitude, spot.latitude] } })
  }
  return { type: 'FeatureCollection', features }
}

/** The tokens of the page, read when drawn: a canvas knows no CSS. */
function styleOf(matter: MapMatter): StyleSpecification {
  const only = (what: string) => ['==', ['get', 'what'], what] as ['==', ['get', string], string]
  return {
    version: 8,
    sources: { park: { type: 'geojson', data: shapesOf(matter) } },
    layers: [
      { id: 'paper', type: 'background', paint: { 'background-color': ink('--sunk') } },
      { id: 'ground', type: 'fill', source: 'park', filter: only('boundary'), paint: { 'fill-color': ink('--sheet') } },
      { id: 'edge', type: 'line', source: 'park', filter: only('boundary'), paint: { 'line-color': ink('--line-strong'), 'line-width': 1.5, 'line-dasharray': [4, 2] } },
      { id: 'ways', type: 'line', source: 'park', filter: only('way'), layout: { 'line-join': 'round', 'line-cap': 'round' }, paint: { 'line-color': ink('--accent'), 'line-width': 2.5, 'line-opacity': 0.55 } },
      {
        id: 'spots',
        type: 'circle',
        source: 'park',
        filter: only('spot'),
        paint: {
          'circle-radius': 6,
          'circle-color': ['match', ['get', 'kind'], 'odd', ink('--watch'), ink('--accent')],
          'circle-stroke-color': ink('--sheet'),
          'circle-stroke-width': 2,
        },
      },
    ],
  }
}

function labelOf(spot: Spot, chosen: boolean, onChoose: (id: string | null) => void): HTMLElement {
  const label = document.createElement('button')
  label.type = 'button'
  label.className = chosen ? 'map-label chosen-label' : 'map-label'
  label.dataset['testid'] = 'map-label'
  label.setAttribute('aria-expanded', String(chosen))
  const name = document.createElement('b')
  name.textContent = spot.name
  label.append(name)
  if (chosen) {
    for (const line of spot.says) {
      const says = document.createElement('span')
      says.textContent = line
      label.append(says)
    }
  }
  label.addEventListener('click', (event) => {
    event.stopPropagation()
    onChoose(chosen ? null : spot.id)
  })
  return label
}

/** Of labels that would lie on one another only the first is shown; the others come when one looks closer. */
function thin(map: MapLibre, markers: readonly { marker: Marker; chosen: boolean }[]): void {
  const taken: { left: number; right: number; y: number; high: number }[] = []
  for (const { marker, chosen } of [...markers].sort((a, b) => Number(b.chosen) - Number(a.chosen))) {
    const { x, y } = map.project(marker.getLngLat())
    const { offsetWidth, offsetHeight } = marker.getElement()
    const own = { left: x, right: x + offsetWidth + 16, y, high: offsetHeight }
    const free = chosen || taken.every((other) => own.right < other.left || other.right < own.left || Math.abs(other.y - y) > (own.high + other.high) / 2)
    if (free) taken.push(own)
    marker.getElement().classList.toggle('thinned', !free)
  }
}

export function MapCanvas({ matter, language, chosen, onChoose, onFailed }: CanvasProps) {
  const box = useRef<HTMLDivElement>(null)
  const map = useRef<MapLibre | null>(null)
  useEffect(() => {
    if (!box.current) return
    const bounds = boundsOf(matter)
    let made: MapLibre
    try {
      made = new MapLibre({
        container: box.current, style: styleOf(matter), attributionControl: false, cooperativeGestures: false, dragRotate: false, pitchWithRotate: false, maxPitch: 0,
        ...(bounds ? { bounds, fitBoundsOptions: { padding: { top: 56, right: 120, bottom: 56, left: 48 }, maxZoom: 15.5 } } : {}),
      })
    } catch {
      onFailed()
      return
    }
    made.addControl(new NavigationControl({ showCompass: false }), 'top-right')
    made.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left')
    map.current = made
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const repaint = () => made.setStyle(styleOf(matter))
    dark.addEventListener('change', repaint)
    return () => {
      dark.removeEventListener('change', repaint)
      map.current = null
      made.remove()
    }
    // The map is made once; what it shows is renewed below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  useEffect(() => {
    const now = map.current
    if (!now) return
    const show = () => void now.getSource<GeoJSONSource>('park')?.setData(shapesOf(matter))
    if (now.isStyleLoaded() === true) show()
    else void now.once('load', show)
  }, [matter])
  useEffect(() => {
    const now = map.current
    if (!now) return
    const markers = matter.spots.map((spot) => ({
      chosen: spot.id === chosen,
      marker: new Marker({ element: labelOf(spot, spot.id === chosen, onChoose), anchor: 'left', offset: [12, 0] }).setLngLat([spot.longitude, spot.latitude]).addTo(now),
    }))
    const again = () => thin(now, markers)
    again()
    now.on('move', again)
    const there = matter.spots.find((spot) => spot.id === chosen)
    if (there && !now.getBounds().contains([there.longitude, there.latitude])) now.jumpTo({ center: [there.longitude, there.latitude] })
    return () => {
      now.off('move', again)
      for (const { marker } of markers) marker.remove()
    }
  }, [matter, chosen, onChoose, language])
  return <div class="map-canvas" ref={box} />
}
