import { useEffect } from 'preact/hooks'
import { goBack, navigate } from '../router'

// Moves without a mouse: j and k walk the rows of the page, "/" finds, Esc lets go of what is held or goes back. Rows
// say that they are rows with data-row; they are links or buttons, so Enter does what a click does.

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-row]')].filter((row) => row.offsetParent !== null)
}

/** The index to go to from the one that has the focus: the first row when none has, and never past an end. */
export function nextRow(count: number, at: number, step: 1 | -1): number {
  if (count === 0) return -1
  if (at < 0) return 0
  return Math.min(Math.max(at + step, 0), count - 1)
}

function walk(step: 1 | -1): void {
  const all = rows()
  const at = all.findIndex((row) => row === document.activeElement || row.contains(document.activeElement))
  const next = all[nextRow(all.length, at, step)]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}

export const FIND = '/app/desk/find'

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === 'Escape') {
    if (document.activeElement instanceof HTMLElement && document.activeElement !== document.body) document.activeElement.blur()
    else goBack('/app/desk')
    return
  }
  if (typing(event.target)) return
  if (event.key === 'j' || event.key === 'k') walk(event.key === 'j' ? 1 : -1)
  else if (event.key === '/') {
    const here = document.querySelector<HTMLInputElement>('[data-find]')
    if (here) here.focus()
    else navigate(FIND)
  } else return
  event.preventDefault()
}

export function useDeskKeys(): void {
  useEffect(() => {
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}
