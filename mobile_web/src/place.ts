import type { FactPlace } from './wire'

const PATIENCE_MS = 10_000

/** Where we are, asked at the act and never in between; null when the person or the phone says no. */
export function placeNow(): Promise<FactPlace | null> {
  // Insecure pages have no geolocation, whatever its type says.
  const geolocation = navigator.geolocation as Geolocation | undefined
  if (!geolocation) return Promise.resolve(null)
  return new Promise((resolve) => {
    geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({
          longitude: Number(coords.longitude.toFixed(6)),
          latitude: Number(coords.latitude.toFixed(6)),
          accuracy_m: Math.round(coords.accuracy * 10) / 10,
        }),
      () => resolve(null),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 30_000 },
    )
  })
}
