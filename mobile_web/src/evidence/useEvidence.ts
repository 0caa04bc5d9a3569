import { useEffect, useRef, useState } from 'preact/hooks'
import { forgetDraft, useDraft } from '../people/draft'
import { currentSession } from '../session'
import type { Evidence } from '../wire'
import { forget, keep, type What } from './evidence'
import { shrunk, Unreadable } from './shrink'

export type Trouble = 'unreadable' | 'full' | 'failed' | 'tooMany'
export const AT_MOST = 10

export interface EvidenceForm {
  pieces: readonly Evidence[]
  /** A photo is being made small and saved: whoever confirms now would confirm without it. */
  busy: boolean
  trouble: Trouble | null
  add: (file: Blob, what: What) => Promise<void>
  remove: (piece: Evidence) => void
  /** The fact is written down: from here on the photos are not this form's to forget. */
  done: () => void
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof Unreadable) return 'unreadable'
  return error instanceof DOMException && error.name === 'QuotaExceededError' ? 'full' : 'failed'
}

/** The form the photos belong to: whose it is, and its name as `useDraft` has it. */
export interface Owning {
  person: string
  name: string
}

/** The photos of a form that is being filled in. Left without confirming, the form takes its photos with it; locked, it
 * finds them again, as it finds what was typed. `before`: those of a record that is told again. */
export function useEvidence({ person, name }: Owning, before: readonly Evidence[] = []): EvidenceForm {
  const draft = `${name}/photos`
  const [pieces, setPieces] = useDraft<readonly Evidence[]>(person, draft, () => before)
  const [working, setWorking] = useState(0)
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const mine = useRef<readonly Evidence[]>([])
  mine.current = pieces
  const confirmed = useRef(false)
  useEffect(
    () => () => {
      if (confirmed.current || currentSession()?.person.id !== person) return
      for (const piece of mine.current) void forget(piece).catch(() => undefined)
    },
    [person],
  )

  async function add(file: Blob, what: What): Promise<void> {
    if (mine.current.length >= AT_MOST) {
      setTrouble('tooMany')
      return
    }
    setTrouble(null)
    setWorking((count) => count + 1)
    try {
      const piece = await keep(await shrunk(file), what)
      setPieces((have) => [...have.filter((each) => each.sha256 !== piece.sha256), piece])
    } catch (error) {
      setTrouble(troubleOf(error))
    }
    setWorking((count) => count - 1)
  }

  return {
    pieces,
    busy: working > 0,
    trouble,
    add,
    remove(piece) {
      setPieces((have) => have.filter((each) => each.sha256 !== piece.sha256))
      void forget(piece).catch(() => undefined)
    },
    done() {
      confirmed.current = true
      forgetDraft(person, draft)
    },
  }
}
