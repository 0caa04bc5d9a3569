import '../evidence/evidence.css'
import { useEffect, useState } from 'preact/hooks'
import { pieces } from '../evidence/evidence'
import type { Piece } from '../evidence/queue'
import { useEvidenceWords } from '../evidence/words'
import { Button, Notice } from '../ui/parts'
import type { Uuid } from '../wire'
import type { EvidenceWords } from '../words/mirror.evidence'

// Photos beside the queue of facts: how many are still on this phone alone, and the ones the server will not take.

/** What has not been sent of the photos, kept current; storage that cannot be read counts as none. */
export function usePieces(): Piece[] {
  const [found, setFound] = useState<Piece[]>([])
  useEffect(() => {
    const look = () => void pieces.unsent().then(setFound, () => undefined)
    look()
    return pieces.onChange(look)
  }, [])
  return found
}

export function photosOf(found: readonly Piece[], fact: Uuid): number {
  return found.filter((piece) => piece.facts.includes(fact)).length
}

export function reasonOf(e: EvidenceWords, code: string): string {
  const known = e.queue.reasons as Partial<Record<string, string | ((code: string) => string)>>
  const said = known[code]
  return typeof said === 'string' ? said : e.queue.reasons.other(code)
}

export function UnsentPhotos({ found }: { found: readonly Piece[] }) {
  const e = useEvidenceWords()
  if (e === null || found.length === 0) return null
  const refused = found.filter((piece) => piece.refused !== null)
  const going = found.length - refused.length
  return (
    <section class="stack" data-testid="unsent-photos" data-count={found.length}>
      <h2>{e.queue.title}</h2>
      {going > 0 && <Notice meaning="unknown" title={e.unsent(going)} testid="photos-going">{e.queue.how}</Notice>}
      {refused.length > 0 && (
        <>
          <Notice meaning="stop" title={e.queue.refused(refused.length)} testid="photos-refused" />
          <ul class="plain sheet">{refused.map((piece) => <Refused key={piece.sha256} e={e} piece={piece} />)}</ul>
        </>
      )}
    </section>
  )
}

/** One that will never go: shown, with the reason, and a way out that is asked for twice. */
function Refused({ e, piece }: { e: EvidenceWords; piece: Piece }) {
  const [asked, setAsked] = useState(false)
  const [picture, setPicture] = useState<string | null>(null)
  useEffect(() => {
    let made: string | null = null
    let wanted = true
    void pieces.content(piece.sha256).then((content) => {
      if (content === null || !wanted) return
      made = URL.createObjectURL(new Blob([content], { type: piece.media }))
      setPicture(made)
    }, () => undefined)
    return () => {
      wanted = false
      if (made !== null) URL.revokeObjectURL(made)
    }
  }, [piece.sha256, piece.media])
  return (
    <li class="refused-photo" data-testid="photo-refused" data-sha256={piece.sha256} data-code={piece.refused}>
      {picture === null ? <span class="thumb" /> : <img class="thumb" src={picture} alt={e.kinds.photo} />}
      <div class="grow stack">
        <span>{asked ? e.queue.sure : reasonOf(e, piece.refused ?? '')}</span>
        {!asked && <Button onClick={() => setAsked(true)} testid="photo-drop">{e.queue.drop}</Button>}
        {asked && (
          <>
            <Button look="danger" onClick={() => void pieces.giveUp(piece.sha256)} testid="photo-drop-now">{e.queue.dropNow}</Button>
            <Button onClick={() => setAsked(false)} testid="photo-drop-keep">{e.queue.keepIt}</Button>
          </>
        )}
      </div>
    </li>
  )
}
