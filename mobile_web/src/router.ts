import { useEffect, useState } from 'preact/hooks'

// Path routing on the browser's own history. The server answers every path below /app and /M with the same page, so
// a reload, a bookmark and a code opened by any camera land where they point.

export interface Route {
  path: string
  query: URLSearchParams
}

type Listener = (route: Route) => void
const listeners = new Set<Listener>()

export function currentRoute(): Route {
  return { path: location.pathname, query: new URLSearchParams(location.search) }
}

function announce(): void {
  const route = currentRoute()
  for (const listener of listeners) listener(route)
}

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace === true) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  announce()
  scrollTo(0, 0)
}

/** Goes one page back, or to `fallback` when this page was the first one opened. */
export function goBack(fallback = '/'): void {
  if (history.length > 1) history.back()
  else navigate(fallback, { replace: true })
}

export function useRoute(): Route {
  const [route, setRoute] = useState(currentRoute)
  useEffect(() => {
    listeners.add(setRoute)
    return () => void listeners.delete(setRoute)
  }, [])
  return route
}

/** Matches `/app/what/:code` against a path; the answer holds the decoded parts, or null when it does not fit. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/')
  const given = path.replace(/\/+$/, '').split('/')
  if (wanted.length !== given.length) return null
  const parts: Record<string, string> = {}
  for (const [index, want] of wanted.entries()) {
    const have = given[index] ?? ''
    if (want.startsWith(':')) parts[want.slice(1)] = safeDecode(have)
    else if (want !== have) return null
  }
  return parts
}

function safeDecode(text: string): string {
  // A path typed by hand may hold a broken escape; it is then shown as it is and simply not found.
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function onClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = (event.target as Element | null)?.closest('a')
  if (link?.origin !== location.origin || link.target !== '' || link.hasAttribute('download')) return
  if (link.pathname.startsWith('/api/')) return
  event.preventDefault()
  navigate(link.pathname + link.search)
}

/** Called once at start: plain `<a href>` links then move inside the app, and the back button is heard. */
export function startRouter(): void {
  addEventListener('popstate', announce)
  document.addEventListener('click', onClick)
}
