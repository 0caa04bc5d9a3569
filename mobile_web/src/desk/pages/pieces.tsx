import '../../evidence/evidence.css'
import { useEffect, useRef, useState } from 'preact/hooks'
import { fetchPicture } from '../../evidence/send'
import { useEvidenceWords } from '../../evidence/words'
import { Button } from '../../ui/parts'
import type { EvidenceWords } from '../../words/mirror.evidence'
import { apiUrl } from '../../api'
import type { ShownEvidence } from '../shapes'

/** Null while it is on its way; no address where it cannot be had. */
type Seen = { address: string | null } | null

/** A picture of the server, fetched rather than linked, so that a phone without a cookie sees it too. */
function usePicture(sha256: string): Seen {
  const [seen, setSeen] = useState<Seen>(null)
  useEffect(() => {
    const stop = new AbortController()
    let made: string | null = null
    fetchPicture(sha256, stop.signal).then(
      (blob) => {
        made = URL.createObjectURL(blob)
        setSeen({ address: made })
      },
      () => !stop.signal.aborted && setSeen({ address: null }),
    )
    return () => {
      stop.abort()
      if (made !== null) URL.revokeObjectURL(made)
    }
  }, [sha256])
  return seen
}

/** Photos and scale tickets beside the fact that names them: small, large on a press; and how many are still to come. */
export function Pieces({ evidence }: { evidence: readonly ShownEvidence[] | undefined }) {
  const e = useEvidenceWords()
  if (e === null || evidence === undefined || evidence.length === 0) return null
  const here = evidence.filter((piece) => piece.arrived)
  const missing = evidence.length - here.length
  return (
    <div class="evidence" data-testid="fact-evidence">
      {here.length > 0 && (
        <ul class="plain thumbs" aria-label={e.timeline}>
          {here.map((piece) => <li key={piece.sha256}>{piece.media.startsWith('image/') ? <Small piece={piece} e={e} /> : <Paper piece={piece} e={e} />}</li>)}
        </ul>
      )}
      {missing > 0 && <p class="soft small" data-testid="evidence-to-come">{e.toCome(missing)}</p>}
    </div>
  )
}

function nameOf(e: EvidenceWords, piece: ShownEvidence): string {
  return (e.kinds as Record<string, string>)[piece.what] ?? piece.what
}

function Paper({ piece, e }: { piece: ShownEvidence; e: EvidenceWords }) {
  return <a class="button" href={apiUrl(`/evidence/${piece.sha256}`)} download>{nameOf(e, piece)} (PDF)</a>
}

function Small({ piece, e }: { piece: ShownEvidence; e: EvidenceWords }) {
  const seen = usePicture(piece.sha256)
  const dialog = useRef<HTMLDialogElement>(null)
  const name = nameOf(e, piece)
  if (seen === null) return <span class="thumb" aria-busy="true" />
  if (seen.address === null) return <span class="soft small">{e.gone}</span>
  return (
    <>
      <button type="button" class="thumb-open" aria-label={`${name}: ${e.large}`} data-testid="evidence-thumb" data-what={piece.what}
        onClick={() => dialog.current?.showModal()}>
        <img class="thumb" src={seen.address} alt={name} />
      </button>
      <dialog ref={dialog} class="lightbox" aria-label={name}>
        <img src={seen.address} alt={name} data-testid="evidence-large" />
        <Button onClick={() => dialog.current?.close()} testid="evidence-close">{e.close}</Button>
      </dialog>
    </>
  )
}
