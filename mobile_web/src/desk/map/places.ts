import { nameIn } from '../../words'
import { partyName } from '../../what/subject'
import type { GeoPolygon } from '../../wire'
import type { DeskTools } from '../desk'
import { momentIn } from '../format'
import { sayFact } from '../facts'
import type { SitePlace, Trace } from '../shapes'

// What a map shows, apart from how it is drawn: spots with a name, and the ways between them.

export interface Spot {
  id: string
  longitude: number
  latitude: number
  /** A site stands there for good; a fact happened there. */
  kind: 'site' | 'fact' | 'odd'
  name: string
  /** One line for each thing known about it. */
  says: string[]
  href: string | null
}

export interface MapMatter {
  boundary: GeoPolygon | null
  spots: Spot[]
  ways: [number, number][][]
}

/** Facts recorded within some ten metres of each other are one spot: people stand where they stand. */
const NEAR_DIGITS = 4

function key(longitude: number, latitude: number): string {
  return `${longitude.toFixed(NEAR_DIGITS)} ${latitude.toFixed(NEAR_DIGITS)}`
}

export function placesOfTrace(trace: Trace, tools: DeskTools): MapMatter {
  const spots = new Map<string, Spot>()
  const ways = new Map<string, [number, number][]>()
  const facts = [...trace.facts].sort((a, b) => Date.parse(a.observed_at) - Date.parse(b.observed_at))
  for (const fact of facts) {
    if (fact.place == null) continue
    const { longitude, latitude } = fact.place
    const at = key(longitude, latitude)
    const name = nameIn(tools.language, fact.place) || partyName(tools.w, tools.language, fact.enterprise)
    const spot = spots.get(at) ?? { id: at, longitude, latitude, kind: 'fact', name, says: [], href: null }
    spot.says.push(`${momentIn(tools.language, fact.observed_at)} ${sayFact(tools, fact)}`)
    if (fact.findings.length > 0) spot.kind = 'odd'
    spots.set(at, spot)
    for (const { batch } of fact.lines) {
      const way = ways.get(batch) ?? []
      const last = way.at(-1)
      if (last?.[0] !== longitude || last[1] !== latitude) way.push([longitude, latitude])
      ways.set(batch, way)
    }
  }
  return { boundary: tools.session.park.boundary, spots: [...spots.values()], ways: [...ways.values()].filter((way) => way.length > 1) }
}

export function placesOfPark(places: readonly SitePlace[], tools: DeskTools, saysOf: (place: SitePlace) => string[]): MapMatter {
  const spots = places.flatMap((place): Spot[] => {
    if (place.longitude == null || place.latitude == null || place.id === null) return []
    const { id, longitude, latitude } = place
    return [{ id, longitude, latitude, kind: 'site', name: nameIn(tools.language, place), says: saysOf(place), href: null }]
  })
  return { boundary: tools.session.park.boundary, spots, ways: [] }
}

/** What to look at first: the park, or where a chain happened; null when there is nothing to look at. Places far outside of
 * the park are there when one looks for them, and do not make it a dot. */
export function boundsOf(matter: MapMatter): [[number, number], [number, number]] | null {
  const park = matter.boundary?.coordinates.flat() ?? []
  const happened = matter.spots.some((spot) => spot.kind !== 'site')
  const points = happened || park.length === 0 ? matter.spots.map((spot): [number, number] => [spot.longitude, spot.latitude]) : park
  if (points.length === 0) return null
  const lons = points.map(([lon]) => lon)
  const lats = points.map(([, lat]) => lat)
  return [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]]
}
