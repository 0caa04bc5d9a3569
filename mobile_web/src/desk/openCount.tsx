import { useEffect } from 'preact/hooks'
import { apiGet } from '../api'
import { createStore, useStore } from '../store'
import type { Page, Proposal } from '../wire'

// How many proposals wait for an answer, beside their task on the rail. Asked when the desk opens and after every answer.

const LIMIT = 100
const open = createStore<number | null>(null)

/** Of the park's desk: all that are open; of an enterprise's: those it is asked about. A number that cannot be had is none. */
export async function countOpen(park: boolean): Promise<void> {
  try {
    const { items } = await apiGet<Page<Proposal>>('/proposals', { state: 'open', limit: LIMIT, ...(park ? {} : { mine: 'asked' }) })
    open.set(items.filter((proposal) => park || proposal.may.includes('consent')).length)
  } catch {
    open.set(null)
  }
}

export function useOpenCount(park: boolean): number | null {
  useEffect(() => void countOpen(park), [park])
  return useStore(open)
}

export function OpenCount({ open: n, said }: { open: number; said: string }) {
  return (
    <b class="rail-count" data-testid="rail-count" title={said}>
      <span aria-hidden="true">{n >= LIMIT ? `${LIMIT - 1}+` : n}</span>
      <span class="sr">{said}</span>
    </b>
  )
}
