import { apiPicture } from '../api'

// Papers are plain links to the API, which a browser opens with its cookie. A phone has none: the file is fetched with
// the token and shown from memory.

const KEPT_MS = 60_000

async function show(address: string): Promise<void> {
  const url = URL.createObjectURL(await apiPicture(address))
  const link = document.createElement('a')
  link.href = url
  link.target = '_blank'
  link.rel = 'noreferrer'
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS)
}

function onClick(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest('a')
  if (link?.origin !== location.origin || !link.pathname.startsWith('/api/')) return
  event.preventDefault()
  // Without a network nothing opens, as with any link.
  void show(link.pathname + link.search).catch(() => undefined)
}

/** Opens links to the API on behalf of whoever is at work. Answers how to stop. */
export function watchFiles(): () => void {
  document.addEventListener('click', onClick, { capture: true })
  return () => document.removeEventListener('click', onClick, { capture: true })
}
