import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { call } from '../../api'
import { Button, Field, Waiting } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { useAsk } from '../../ui/useAsk'
import type { Batch, WasteClass } from '../../wire'
import { useDesk } from '../desk'
import { ClassTag } from '../parts'

type Said = Record<string, string | null>

/** A few words kept on the server under one address, edited as a whole and never over somebody else's change. */
function Kept({ path, names, children }: { path: string; names: readonly string[]; children?: ComponentChildren }) {
  const { d, session } = useDesk()
  const [asked, again] = useAsk(path, async (signal) => call<Said>('GET', path, { signal }))
  const [said, setSaid] = useState<Said>({})
  const [etag, setEtag] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [kept, setKept] = useState(false)
  const [trouble, setTrouble] = useState<unknown>(null)
  useEffect(() => {
    if (asked.status !== 'have') return
    setSaid(asked.value.body)
    setEtag(asked.value.etag)
  }, [asked])
  if (asked.status === 'asking') return <Waiting />
  if (asked.status === 'failed') return <Trouble error={asked.error} onRetry={again} />
  const labels: Readonly<Record<string, string>> = d.labels.fields
  async function keep(event: Event): Promise<void> {
    event.preventDefault()
    setBusy(true)
    setTrouble(null)
    try {
      const body = Object.fromEntries(names.map((name) => [name, said[name]?.trim() ? said[name] : null]))
      const answer = await call<Said>('PUT', path, { body, etag: etag ?? '"0"' })
      setSaid(answer.body)
      setEtag(answer.etag)
      setKept(true)
    } catch (problem) {
      setTrouble(problem)
    }
    setBusy(false)
  }
  const id = path.replaceAll('/', '-')
  return (
    <form onSubmit={(event) => void keep(event)} data-testid="label-words">
      {children}
      {names.map((name) => (
        <Field key={name} id={`${id}-${name}`} label={labels[name] ?? name}>
          <input id={`${id}-${name}`} value={said[name] ?? ''} maxLength={name === 'contact' ? 100 : 200} placeholder={d.labels.notGiven} disabled={session.person.role !== 'manager'}
            data-testid={`words-${name}`} onInput={(event) => { setSaid({ ...said, [name]: event.currentTarget.value }); setKept(false) }} />
        </Field>
      ))}
      {trouble !== null && <Trouble error={trouble} onRetry={again} />}
      {session.person.role === 'manager' && <Button type="submit" busy={busy} testid="keep-words">{kept ? d.labels.kept : d.labels.keep}</Button>}
    </form>
  )
}

/** What labels say beyond the books: a contact for all, and for each hazardous class what is in it. */
export function LabelWords({ batches }: { batches: readonly Batch[] }) {
  const { d } = useDesk()
  const classes = new Map<string, WasteClass>()
  for (const { class: listed } of batches) {
    if (listed?.hazardous === true) classes.set(`${listed.scheme}/${listed.edition}/${listed.code}`, listed)
  }
  return (
    <div class="label-says">
      <p class="soft">{d.labels.saysHow}</p>
      <Kept path="/label-contact" names={['contact']} />
      {[...classes].map(([path, listed]) => (
        <Kept key={path} path={`/label-words/${path.split('/').map(encodeURIComponent).join('/')}`} names={['main_components', 'harmful_components', 'precautions']}>
          <ClassTag wasteClass={listed} raw={null} />
        </Kept>
      ))}
    </div>
  )
}
