import { apiGet } from '../../api'
import { showMass } from '../../quantity'
import { Waiting } from '../../ui/parts'
import { useAsk } from '../../ui/useAsk'
import { nameIn } from '../../words'
import type { Page } from '../../wire'
import { useDesk } from '../desk'
import { dayIn } from '../format'
import type { DeskPageProps } from '../index'
import { Head, Section } from '../parts'
import { rememberSeen } from '../recent'
import type { Balance, Enterprise, Permit, SitePlace } from '../shapes'
import { Account } from './account'
import { NotFoundOr } from './batch'
import { daysLeft, lastDay, validity } from './permit'

interface Known {
  enterprise: Enterprise
  places: SitePlace[]
  balance: Balance | null
}

async function askEnterprise(id: string, signal: AbortSignal): Promise<Known> {
  const [enterprise, places, balance] = await Promise.all([
    apiGet<Enterprise>(`/enterprises/${encodeURIComponent(id)}`, {}, signal),
    apiGet<Page<SitePlace>>('/places', { enterprise: id }, signal),
    // The account of a company is not for everybody who may know its name.
    apiGet<Balance>('/balance', { enterprise: id }, signal).catch(() => null),
  ])
  return { enterprise, places: places.items, balance }
}

function Used({ permit }: { permit: Permit }) {
  const { d } = useDesk()
  if (permit.annual_grams === null) return <span class="soft">{d.register.noLimit}</span>
  const used = permit.used_grams ?? 0
  const reserved = permit.reserved_grams ?? 0
  const left = permit.left_grams ?? permit.annual_grams - used - reserved
  const share = (grams: number) => `${Math.min((grams / (permit.annual_grams ?? 1)) * 100, 100)}%`
  return (
    <span class="used" data-testid="permit-used" data-left={left}>
      <span class={left < 0 ? 'filling over' : 'filling'} aria-hidden="true">
        <span style={{ width: share(used) }} />
        <i style={{ width: share(reserved) }} />
      </span>
      <span>{d.register.usedOf(showMass(used), showMass(permit.annual_grams))}</span>
      {reserved > 0 && <span class="soft small">{d.register.reserved(showMass(reserved))}</span>}
      {left < 0 ? <b class="stop-word small">{d.register.over(showMass(-left))}</b> : <span class="small">{d.register.left(showMass(left))}</span>}
    </span>
  )
}

function Valid({ permit }: { permit: Permit }) {
  const { d, language } = useDesk()
  const now = Date.now()
  const state = validity(permit, now)
  const day = dayIn(language, lastDay(permit))
  if (state === 'ended') return <b class="stop-word">{d.register.ended(day)}</b>
  if (state === 'not_confirmed') return <b class="watch-word">{d.register.notConfirmed}</b>
  if (state === 'not_yet') return <span>{d.register.from(dayIn(language, permit.valid_from))}</span>
  if (state === 'ends_soon') return <b class="watch-word">{d.register.endsSoon(day, daysLeft(permit, now))}</b>
  return <span>{d.register.until(day)}</span>
}

function Permits({ permits }: { permits: readonly Permit[] }) {
  const { d } = useDesk()
  const actsAs: Record<string, string> = d.register.actsAs
  if (permits.length === 0) return <p class="soft">{d.register.permitsNone}</p>
  return (
    <div class="table-scroll">
      <table class="rows" data-testid="permits">
        <thead>
          <tr>
            <th>{d.register.permit}</th>
            <th>{d.register.covers}</th>
            <th>{d.register.valid}</th>
            <th>{d.register.used}</th>
          </tr>
        </thead>
        <tbody>
          {permits.map((permit) => (
            <tr key={permit.id} data-testid="permit-row">
              <td><b>{permit.number}</b><br /><span class="soft small">{actsAs[permit.acts_as] ?? permit.acts_as}</span></td>
              <td class="small codes">
                {permit.codes.map((code) => <span key={code} class="code">{code}</span>)}
                <span class="soft">{permit.treatments.join(' ')}</span>
                {(permit.divisions ?? []).length > 0 && <span class="soft">{d.register.onlyFrom(d.common.list(permit.divisions ?? []))}</span>}
              </td>
              <td><Valid permit={permit} /></td>
              <td><Used permit={permit} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Told({ enterprise, places, balance }: Known) {
  const { w, d, language, park } = useDesk()
  const roles = (enterprise.roles ?? []).map((role) => w.what[role])
  const kinds: Record<string, string> = d.map.kinds
  return (
    <div class="sheet-page" data-testid="enterprise-page">
      <Head eyebrow={d.common.list(roles)} title={nameIn(language, enterprise)} big>
        <p class="figure-line soft"><span>{d.register.uscc} <span class="code">{enterprise.uscc}</span></span></p>
      </Head>
      <div class="sheet-main">
        <Section title={d.register.permits}><Permits permits={enterprise.permits ?? []} /></Section>
        <Section title={d.register.places}>
          {places.length === 0 ? (
            <p class="soft">{d.register.placesNone}</p>
          ) : (
            <ul class="plain simple-list">
              {places.map((place) => (
                <li key={place.id}><b>{nameIn(language, place)}</b> <span class="soft">{place.kind === undefined ? '' : (kinds[place.kind] ?? place.kind)}</span></li>
              ))}
            </ul>
          )}
        </Section>
      </div>
      <aside class="sheet-side">
        {balance && <Section title={d.register.account}><Account balance={balance} /></Section>}
        {park && (
          <p class="leads">
            <a href={`/app/desk/stock?holder=${enterprise.id ?? ''}`} data-row>{d.register.itsBatches}</a>
            <a href={`/app/desk/manifests?party=${enterprise.id ?? ''}`} data-row>{d.register.itsManifests}</a>
          </p>
        )}
      </aside>
    </div>
  )
}

export default function EnterprisePage({ parts }: DeskPageProps) {
  const { d, language } = useDesk()
  const id = parts['id'] ?? ''
  const [asked, again] = useAsk(id, async (signal) => {
    const known = await askEnterprise(id, signal)
    rememberSeen({ kind: 'enterprise', path: `/app/desk/register/${id}`, title: nameIn(language, known.enterprise), under: known.enterprise.uscc ?? '' })
    return known
  })
  if (asked.status === 'asking') return <Waiting />
  if (asked.status === 'failed') return <NotFoundOr error={asked.error} again={again} id={id} eyebrow={d.register.title} />
  return <Told {...asked.value} />
}
