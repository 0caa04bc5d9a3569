import { useEffect, useRef, useState } from 'preact/hooks'
import { apiGet } from '../../api'
import { navigate } from '../../router'
import { Notice } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { nameIn, sentenceIn } from '../../words'
import type { Page, Sentence, WasteClass } from '../../wire'
import { useDesk } from '../desk'
import type { DeskPageProps } from '../index'
import { Head } from '../parts'
import { recentlySeen } from '../recent'
import type { Hit } from '../shapes'
import { useKept } from '../useKept'

const PAUSE_MS = 180
const SHORTEST = 2
/** One Chinese character says as much as a short word. */
const HAN = /\p{Script=Han}/u

const LEADS: Record<Hit['kind'], (id: string) => string> = {
  batch: (id) => `/app/desk/batch/${encodeURIComponent(id)}`,
  manifest: (id) => `/app/desk/manifest/${encodeURIComponent(id)}`,
  enterprise: (id) => `/app/desk/register/${encodeURIComponent(id)}`,
  class: (id) => `/app/desk/stock?class=${encodeURIComponent(id)}`,
}

const CLASSES_MAX = 6

interface Found {
  hits: Hit[]
  /** Nothing was found, and this is wrong with the manifest number that was typed. */
  problem: Sentence | null
}

const NOTHING: Found = { hits: [], problem: null }

/** Batches, manifests and companies from the books; kinds of waste from the catalogue, which everybody may read. */
async function search(q: string, signal: AbortSignal): Promise<Found> {
  const [found, classes] = await Promise.all([
    apiGet<Page<Hit> & { problem: Sentence | null }>('/search', { q }, signal),
    apiGet<Page<WasteClass>>('/catalogue/classes', { q, limit: CLASSES_MAX }, signal),
  ])
  const kinds = classes.items.map((each): Hit => {
    const under = `${each.code} · ${each.scheme} ${each.edition}`
    return { kind: 'class', id: each.code, title_zh: each.name_zh, title_en: each.name_en, subtitle_zh: under, subtitle_en: under }
  })
  return { hits: [...found.items, ...kinds], problem: found.problem }
}

function HitRow({ hit }: { hit: Hit }) {
  const { d, language } = useDesk()
  const under = nameIn(language, { name_zh: hit.subtitle_zh, name_en: hit.subtitle_en })
  return (
    <li>
      <a class="hit" href={LEADS[hit.kind](hit.id)} data-row data-testid="find-result" data-kind={hit.kind}>
        <span class="hit-kind">{d.find.kinds[hit.kind]}</span>
        <span class="hit-title">{nameIn(language, { name_zh: hit.title_zh, name_en: hit.title_en })}</span>
        <span class="hit-under soft">{under}</span>
      </a>
    </li>
  )
}

function Recent() {
  const { d } = useDesk()
  const recent = recentlySeen()
  if (recent.length === 0) return null
  return (
    <section class="section">
      <header class="section-head"><h2>{d.find.recent}</h2></header>
      <ul class="plain hits">
        {recent.map((seen) => (
          <li key={seen.path}>
            <a class="hit" href={seen.path} data-row data-testid="recent">
              <span class="hit-kind">{d.find.kinds[seen.kind]}</span>
              <span class="hit-title">{seen.title}</span>
              <span class="hit-under soft">{seen.under}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}

export function FindPage({ query }: DeskPageProps) {
  const { d, language } = useDesk()
  const q = query.get('q') ?? ''
  const [text, setText] = useState(q)
  const box = useRef<HTMLInputElement>(null)
  useEffect(() => box.current?.focus(), [])
  useEffect(() => {
    if (text.trim() === q) return
    const timer = setTimeout(() => navigate(`/app/desk/find${text.trim() === '' ? '' : `?q=${encodeURIComponent(text.trim())}`}`, { replace: true }), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, q])
  const enough = q.length >= SHORTEST || HAN.test(q)
  const [asked, again] = useKept(enough ? q : '', (signal) => (enough ? search(q, signal) : Promise.resolve(NOTHING)))
  // Enter goes straight to the best answer, which is the first.
  const goFirst = (event: Event) => {
    event.preventDefault()
    const first = asked.status === 'have' ? asked.value.hits[0] : undefined
    if (first && text.trim() === q) navigate(LEADS[first.kind](first.id))
  }
  return (
    <div class="find">
      <Head title={d.find.title} />
      <form role="search" onSubmit={goFirst}>
        <label class="sr" for="find">{d.find.label}</label>
        <input id="find" ref={box} class="find-box" type="search" autocomplete="off" spellcheck={false} placeholder={d.find.label} value={text} data-find
          data-testid="find-input" onInput={(event) => setText(event.currentTarget.value)} />
      </form>
      {!enough && <p class="soft">{d.find.hint}</p>}
      {!enough && <Recent />}
      {asked.status === 'failed' && <Trouble error={asked.error} onRetry={again} />}
      {enough && asked.status === 'have' && asked.value.hits.length === 0 && (
        <Notice meaning="unknown" title={d.find.none(q)} testid="find-none">{asked.value.problem === null ? d.find.noneHow : sentenceIn(language, asked.value.problem)}</Notice>
      )}
      {enough && asked.status === 'have' && asked.value.hits.length > 0 && (
        <>
          <p class="sr" role="status">{d.find.found(asked.value.hits.length)}</p>
          <ul class="plain hits">{asked.value.hits.map((hit) => <HitRow key={`${hit.kind} ${hit.id}`} hit={hit} />)}</ul>
        </>
      )}
    </div>
  )
}
