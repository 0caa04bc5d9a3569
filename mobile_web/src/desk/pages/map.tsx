import '../map/page.css'
import { useCallback, useMemo, useState } from 'preact/hooks'
import { apiGet } from '../../api'
import { showMass } from '../../quantity'
import { Notice, Waiting } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { useAsk } from '../../ui/useAsk'
import { nameIn } from '../../words'
import { partyName } from '../../what/subject'
import type { Page } from '../../wire'
import { useDesk, type DeskTools } from '../desk'
import { PlacesMap } from '../map/lazy'
import { placesOfPark } from '../map/places'
import { Head } from '../parts'
import type { SitePlace } from '../shapes'

function saysOf({ w, d, language }: DeskTools, place: SitePlace): string[] {
  const kinds: Record<string, string> = d.map.kinds
  const kind = place.kind === undefined ? '' : (kinds[place.kind] ?? place.kind)
  const held = place.held_grams
  const filled =
    held == null ? '' : place.capacity_grams == null ? d.map.holds(showMass(held)) : d.map.capacity(showMass(held), showMass(place.capacity_grams))
  return [place.enterprise ? partyName(w, language, place.enterprise) : '', kind, filled].filter((line) => line !== '')
}

function Filling({ place }: { place: SitePlace }) {
  const { held_grams: held, capacity_grams: capacity } = place
  if (held == null || capacity == null || capacity <= 0) return null
  const share = Math.min(held / capacity, 1)
  return <span class={held > capacity ? 'filling over' : 'filling'} aria-hidden="true"><span style={{ width: `${share * 100}%` }} /></span>
}

function PlaceList({ places, chosen, onChoose }: { places: SitePlace[]; chosen: string | null; onChoose: (id: string | null) => void }) {
  const tools = useDesk()
  return (
    <ul class="plain place-list">
      {places.map((place) => (
        <li key={place.id}>
          <button type="button" class="place-row" aria-pressed={place.id === chosen} onClick={() => onChoose(place.id === chosen ? null : place.id)} data-row data-testid="place-row">
            <b>{nameIn(tools.language, place)}</b>
            <span class="soft small">{saysOf(tools, place).join(' · ')}</span>
            <Filling place={place} />
          </button>
          {place.id === chosen && place.enterprise?.id != null && (
            <a class="place-lead" href={`/app/desk/stock?holder=${place.enterprise.id}`}>{tools.d.map.stock}</a>
          )}
        </li>
      ))}
    </ul>
  )
}

export default function MapPage() {
  const tools = useDesk()
  const { d, language, session } = tools
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState<string | null>(null)
  const [asked, again] = useAsk('places', async (signal) => (await apiGet<Page<SitePlace>>('/places', {}, signal)).items)
  const places = asked.status === 'have' ? asked.value : null
  const matter = useMemo(() => placesOfPark(places ?? [], tools, (place) => saysOf(tools, place)), [places, tools])
  const choose = useCallback((id: string | null) => setChosen(id), [])
  if (asked.status === 'failed') return <Trouble error={asked.error} onRetry={again} />
  if (!places) return <Waiting />
  const wanted = text.trim().toLowerCase()
  const fits = (place: SitePlace) => [place.name_zh, place.name_en, place.enterprise?.name_zh, place.enterprise?.name_en].some((name) => (name ?? '').toLowerCase().includes(wanted))
  const listed = wanted === '' ? places : places.filter(fits)
  return (
    <div class="map-page" data-testid="map-page">
      <Head eyebrow={d.map.title} title={nameIn(language, session.park)} />
      <PlacesMap matter={matter} none={d.map.none} language={language} chosen={chosen} onChoose={choose} instead={d.map.failedHow} />
      <aside class="map-side">
        <label class="sr" for="map-filter">{d.map.filter}</label>
        <input id="map-filter" type="search" placeholder={d.map.filter} value={text} onInput={(event) => setText(event.currentTarget.value)} data-find data-testid="map-filter" />
        {listed.length === 0 ? <Notice meaning="unknown" title={d.map.none} /> : <PlaceList places={listed} chosen={chosen} onChoose={choose} />}
      </aside>
    </div>
  )
}
