import type { FactPlace, NoPlace } from './wire'

const PATIENCE_MS = 10_000
const DENIED = 1

/** Where an act was, or why that is not known. */
export type Placed = { place: FactPlace } | { no_place: NoPlace }

/** Where we are, asked at the act and never in between. Answers within ten seconds, also where the phone itself is silent
 * (a question to the person that is left unanswered has no end of its own). */
export function placeNow(): Promise<Placed> {
  // Insecure pages have no geolocation, whatever its type says.
  const geolocation = navigator.geolocation as Geolocation | undefined
  if (!geolocation) return Promise.resolve({ no_place: 'unavailable' })
  return new Promise((resolve) => {
    setTimeout(() => resolve({ no_place: 'unavailable' }), PATIENCE_MS)
    geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({
          place: {
            longitude: Number(coords.longitude.toFixed(6)),
            latitude: Number(coords.latitude.toFixed(6)),
            accuracy_m: Math.round(coords.accuracy * 10) / 10,
          },
        }),
      ({ code }) => resolve({ no_place: code === DENIED ? 'denied' : 'unavailable' }),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 30_000 },
    )
  })
}
