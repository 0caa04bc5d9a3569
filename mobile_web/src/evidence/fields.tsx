import './evidence.css'
import { useEffect, useState } from 'preact/hooks'
import { Icon, type IconName } from '../ui/icons'
import { Notice } from '../ui/parts'
import type { ActKind, Evidence } from '../wire'
import { pictureOf, type What } from './evidence'
import { AT_MOST, type EvidenceForm } from './useEvidence'
import { useEvidenceWords } from './words'

/** Where there is something to see, and where there is a scale that prints. Elsewhere a photo would only be in the way. */
const PHOTO: ReadonlySet<ActKind> = new Set<ActKind>([
  'generated', 'manifest_issued', 'picked_up', 'not_collected', 'handed_over', 'stopped', 'deposited', 'arrived', 'received', 'returned', 'treated', 'stored', 'weighed',
])
const TICKET: ReadonlySet<ActKind> = new Set<ActKind>(['generated', 'picked_up', 'received', 'weighed', 'treated'])

/** Photo and scale ticket of an act: one row of two large buttons, and below it what was taken. */
export function EvidenceFields({ kind, form }: { kind: ActKind; form: EvidenceForm }) {
  const e = useEvidenceWords()
  if (e === null || !PHOTO.has(kind)) return null
  const { trouble } = form
  return (
    <section class="evidence" aria-label={e.title} data-testid="evidence" data-count={form.pieces.length}>
      <div class="evidence-row">
        <Take what="photo" icon="picture" label={e.photo} form={form} gallery={e.gallery} />
        {TICKET.has(kind) && <Take what="scale_ticket" icon="weigh" label={e.ticket} form={form} gallery={e.gallery} />}
      </div>
      {form.busy && <p class="help" role="status">{e.working}</p>}
      {trouble && <Notice meaning="watch" title={trouble === 'tooMany' ? e.tooMany(AT_MOST) : e[trouble]} testid="evidence-problem" live />}
      {form.pieces.length > 0 && (
        <ul class="plain thumbs" aria-label={e.have(form.pieces.length)}>
          {form.pieces.map((piece) => (
            <li key={piece.sha256} data-testid="photo" data-sha256={piece.sha256} data-what={piece.what}>
              <Thumb piece={piece} alt={piece.what === 'photo' ? e.picture : e.ticketPicture} />
              <button type="button" onClick={() => form.remove(piece)} aria-label={e.remove} data-testid="photo-remove">
                <Icon name="close" size={20} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** Two ways to a picture: the camera at once, or one that was taken before. */
function Take({ what, icon, label, form, gallery }: { what: What; icon: IconName; label: string; form: EvidenceForm; gallery: string }) {
  const id = what === 'photo' ? 'photo-input' : 'ticket-input'
  return (
    <div class="take">
      <Pick id={id} icon={icon} label={label} form={form} what={what} camera />
      <Pick id={id.replace('input', 'gallery')} icon="picture" label={gallery} form={form} what={what} />
    </div>
  )
}

function Pick({ id, icon, label, form, what, camera = false }: { id: string; icon: IconName; label: string; form: EvidenceForm; what: What; camera?: boolean }) {
  return (
    <label class={camera ? 'button second' : 'button second gallery'} for={id}>
      <Icon name={icon} />
      <span>{label}</span>
      <input id={id} class="sr" type="file" accept="image/*" {...(camera ? { capture: 'environment' as const } : {})} data-testid={id}
        onChange={(event) => {
          const input = event.currentTarget
          const file = input.files?.[0]
          if (file) void form.add(file, what)
          // The same file chosen again is a choice too.
          input.value = ''
        }} />
    </label>
  )
}

/** The address of a picture that is on this phone, for as long as it is shown. */
function usePicture(piece: Evidence): string | null {
  const [address, setAddress] = useState<string | null>(null)
  useEffect(() => {
    let made: string | null = null
    let wanted = true
    void pictureOf(piece).then((blob) => {
      if (!blob || !wanted) return
      made = URL.createObjectURL(blob)
      setAddress(made)
    }, () => undefined)
    return () => {
      wanted = false
      if (made !== null) URL.revokeObjectURL(made)
    }
  }, [piece])
  return address
}

function Thumb({ piece, alt }: { piece: Evidence; alt: string }) {
  const address = usePicture(piece)
  return address === null ? <span class="thumb" /> : <img class="thumb" src={address} alt={alt} />
}
