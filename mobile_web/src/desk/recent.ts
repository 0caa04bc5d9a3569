import type { Hit } from './shapes'

// What was looked at lately on this screen, so that one comes back to it without typing. It lives as long as the tab.

export interface Seen {
  kind: Hit['kind']
  path: string
  title: string
  under: string
}

const KEY = 'desk-recent'
const KEPT = 8

function isSeen(value: unknown): value is Seen {
  return typeof value === 'object' && value !== null && 'path' in value && 'title' in value && 'kind' in value
}

export function recentlySeen(): Seen[] {
  // Storage may be refused or hold what an older version wrote; then nothing was looked at.
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]')
    return Array.isArray(value) ? value.filter(isSeen) : []
  } catch {
    return []
  }
}

export function rememberSeen(seen: Seen): void {
  try {
    const others = recentlySeen().filter((each) => each.path !== seen.path)
    sessionStorage.setItem(KEY, JSON.stringify([seen, ...others].slice(0, KEPT)))
  } catch {
    // Without storage nothing is remembered, and nothing else is lost.
  }
}
