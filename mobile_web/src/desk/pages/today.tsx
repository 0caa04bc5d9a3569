import { apiGet, Refused } from '../../api'
import { Waiting as Silence } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { useAsk } from '../../ui/useAsk'
import { nameIn, sentenceIn } from '../../words'
import { partyName } from '../../what/subject'
import type { Manifest, Page } from '../../wire'
import { useDesk, type DeskTools } from '../desk'
import { agoIn, momentIn, weekdayIn } from '../format'
import { Head, Section, Severity, State } from '../parts'
import type { Alert, Balance, FindingRow, Waiting } from '../shapes'
import { Account } from './account'
import { rank, type Need } from './rank'

const SHOWN_MAX = 30

interface Day {
  needs: Need[]
  balance: Balance | null
  road: Manifest[]
}

/** Nothing where the server has no such list for this person: the day is told without it. */
async function itemsOr<T>(path: string, query: Record<string, string | number | boolean>, signal: AbortSignal): Promise<T[]> {
  try {
    return (await apiGet<Page<T>>(path, query, signal)).items
  } catch (error) {
    if (error instanceof Refused && [403, 404, 405].includes(error.problem.status)) return []
    throw error
  }
}

async function askDay({ park, session }: DeskTools, signal: AbortSignal): Promise<Day> {
  const own = session.enterprise?.id ?? ''
  const [alerts, findings, waiting, balance, underWay, issued] = await Promise.all([
    itemsOr<Alert>('/alerts', { open: true, limit: 100 }, signal),
    itemsOr<FindingRow>('/findings', { open: true, limit: 100 }, signal),
    park ? itemsOr<Waiting>('/waiting', { limit: 50 }, signal) : Promise.resolve([]),
    apiGet<Balance>('/balance', park ? {} : { enterprise: own }, signal),
    itemsOr<Manifest>('/manifests', { state: 'under_way', limit: 20 }, signal),
    itemsOr<Manifest>('/manifests', { state: 'issued', limit: 20 }, signal),
  ])
  return { needs: rank(alerts, findings, waiting), balance, road: [...underWay, ...issued] }
}

const ALERT_LEADS: Record<string, string> = { batch: '/app/desk/batch/', manifest: '/app/desk/manifest/', enterprise: '/app/desk/register/' }

export function alertLink(alert: Alert): string {
  return (ALERT_LEADS[alert.subject.kind] ?? '/app/desk/batch/') + encodeURIComponent(alert.subject.id)
}

function leadOf(need: Need): string {
  if (need.what === 'alert') return alertLink(need.alert)
  const about = need.what === 'finding' ? (need.finding.batch_code ?? need.finding.batch) : (need.waiting.batch_code ?? need.waiting.batch)
  return about == null ? '/app/desk/findings' : `/app/desk/batch/${encodeURIComponent(about)}`
}

function aboutOf({ d, language }: DeskTools, need: Need): string {
  if (need.what === 'alert') {
    const { subject } = need.alert
    return nameIn(language, { name_zh: subject.title_zh ?? subject.title ?? null, name_en: subject.title_en ?? subject.title ?? null })
  }
  const code = need.what === 'finding' ? need.finding.batch_code : need.waiting.batch_code
  return code == null ? '' : d.findings.batch(code)
}

function sentenceOf({ w, d, language }: DeskTools, need: Need): string {
  if (need.what === 'alert') return sentenceIn(language, need.alert)
  if (need.what === 'finding') return sentenceIn(language, need.finding)
  return d.today.waitingFor(w.act[need.waiting.kind], partyName(w, language, need.waiting.enterprise))
}

function NeedRow({ need }: { need: Need }) {
  const tools = useDesk()
  const { d, language } = tools
  const about = aboutOf(tools, need)
  return (
    <li>
      <a class="need" href={leadOf(need)} data-row data-testid={need.what === 'alert' ? 'alert-row' : `${need.what}-row`} data-severity={need.severity}>
        <Severity severity={need.severity} />
        <span class="need-says">{sentenceOf(tools, need)}</span>
        <span class="need-about">
          {[d.today[need.what], about, agoIn(d, language, need.since)].filter((part) => part !== '').join(' · ')}
        </span>
      </a>
    </li>
  )
}

function Road({ road }: { road: Manifest[] }) {
  const { w, d, language } = useDesk()
  if (road.length === 0) return <p class="soft">{d.today.nothingOnRoad}</p>
  return (
    <ul class="plain road">
      {road.slice(0, 8).map((manifest) => (
        <li key={manifest.id}>
          <a href={`/app/desk/manifest/${encodeURIComponent(manifest.number)}`} data-row data-testid="road-row">
            <span class="road-way">{partyName(w, language, manifest.generator)} → {partyName(w, language, manifest.receiver)}</span>
            <span class="road-foot">
              <State state={manifest.state} of="manifest" />
              <span class="soft">{manifest.state === 'issued' && manifest.due_pickup_at ? d.manifest.due(momentIn(language, manifest.due_pickup_at)) : manifest.number}</span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  )
}

export function TodayPage() {
  const tools = useDesk()
  const { d, language, park } = tools
  const [asked, again] = useAsk('today', (signal) => askDay(tools, signal))
  if (asked.status === 'failed') return <Trouble error={asked.error} onRetry={again} />
  if (asked.status === 'asking') return <Silence />
  const { needs, balance, road } = asked.value
  const grave = needs.slice(0, SHOWN_MAX)
  return (
    <div class="today" data-testid="today">
      <Head eyebrow={weekdayIn(language, Date.now())} title={d.today.needs(needs.length)} big>
        <p class="lead soft">{needs.length === 0 ? d.today.quiet : d.today.about}</p>
      </Head>
      <div class="today-needs">
        {needs.length > 0 && (
          <ul class="plain needs">
            {grave.map((need, index) => (
              <NeedRow key={`${need.what} ${need.since} ${index}`} need={need} />
            ))}
          </ul>
        )}
        <p class="today-all">
          {needs.length > SHOWN_MAX && <span class="soft">{d.today.more(needs.length - SHOWN_MAX)} </span>}
          <a href="/app/desk/findings">{d.today.allFindings}</a> <a href="/app/desk/alerts" data-testid="all-alerts">{d.today.allAlerts}</a>
        </p>
      </div>
      <aside class="today-side">
        {balance && (
          <Section title={park ? d.today.account : d.today.accountOwn}>
            <Account balance={balance} />
          </Section>
        )}
        <Section title={park ? d.manifest.list : d.today.leaving}>
          <Road road={road} />
        </Section>
      </aside>
    </div>
  )
}
