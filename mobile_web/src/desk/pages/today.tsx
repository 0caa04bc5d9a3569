import { apiGet, call, Refused } from '../../api'
import { Waiting as Silence } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { useAsk } from '../../ui/useAsk'
import { nameIn, sentenceIn } from '../../words'
import { partyName } from '../../what/subject'
import type { Page } from '../../wire'
import { useDesk, type DeskTools } from '../desk'
import { agoIn, momentIn, weekdayIn } from '../format'
import { Head, Section, Severity, State } from '../parts'
import type { Alert, Balance, FindingRow, ManifestRow, Waiting } from '../shapes'
import { Account } from './account'
import { rank, type Need } from './rank'

const SHOWN_MAX = 30
const FETCHED = 100

interface Day {
  needs: Need[]
  /** There are more than were fetched. */
  more: boolean
  balance: Balance | null
  road: ManifestRow[]
}

interface Fetched<T> {
  items: T[]
  more: boolean
}

/** The first page of a list. Nothing where this person may not see it: the day is told without it. */
async function firstOf<T>(path: string, query: Record<string, string | number | boolean>, signal: AbortSignal): Promise<Fetched<T>> {
  try {
    const { body, next } = await call<Page<T>>('GET', path, { query, signal })
    return { items: body.items, more: next !== null }
  } catch (error) {
    if (error instanceof Refused && [403, 404].includes(error.problem.status)) return { items: [], more: false }
    throw error
  }
}

async function askDay({ park, session }: DeskTools, signal: AbortSignal): Promise<Day> {
  const own = session.enterprise?.id ?? ''
  // Notes are for looking up, not for somebody's morning: only what should be stopped or looked at is asked for.
  const open = (severity: string) => firstOf<FindingRow>('/findings', { open: true, severity, limit: FETCHED }, signal)
  const [alerts, stop, watch, waiting, balance, road] = await Promise.all([
    firstOf<Alert>('/alerts', { open: true, limit: FETCHED }, signal),
    open('stop'),
    open('watch'),
    firstOf<Waiting>('/waiting', {}, signal),
    apiGet<Balance>('/balance', park ? {} : { enterprise: own }, signal),
    firstOf<ManifestRow>('/manifests', { state: 'under_way,issued', limit: 8 }, signal),
  ])
  const needs = rank(alerts.items, [...stop.items, ...watch.items], waiting.items)
  return { needs, more: alerts.more || stop.more || watch.more, balance, road: road.items }
}

const ALERT_LEADS: Record<string, string> = { batch: '/app/desk/batch/', manifest: '/app/desk/manifest/', enterprise: '/app/desk/register/' }

export function alertLink(alert: Alert): string {
  // A permit is shown with its holder.
  if (alert.subject.kind === 'permit') return `/app/desk/register/${alert.enterprise?.id ?? ''}`
  return (ALERT_LEADS[alert.subject.kind] ?? '/app/desk/batch/') + encodeURIComponent(alert.subject.id)
}

function leadOf(need: Need): string {
  if (need.what === 'alert') return alertLink(need.alert)
  if (need.what === 'waiting') return '/app/desk/findings'
  const about = need.finding.human_code ?? need.finding.batch
  if (about != null) return `/app/desk/batch/${encodeURIComponent(about)}`
  const { manifest_number: number } = need.finding
  return number === null ? '/app/desk/findings' : `/app/desk/manifest/${encodeURIComponent(number)}`
}

function aboutOf({ d }: DeskTools, need: Need): string {
  if (need.what === 'alert') return need.alert.subject.title ?? ''
  if (need.what === 'waiting') return ''
  const { human_code: code, manifest_number: number } = need.finding
  return code === null ? (number ?? '') : d.findings.batch(code)
}

function sentenceOf({ w, d, language }: DeskTools, need: Need): string {
  if (need.what === 'alert') return sentenceIn(language, need.alert)
  if (need.what === 'finding') return sentenceIn(language, need.finding)
  return d.today.waitingFor(need.waiting.kind === null ? '' : w.act[need.waiting.kind], nameIn(language, need.waiting))
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

function Road({ road }: { road: ManifestRow[] }) {
  const { w, d, language } = useDesk()
  if (road.length === 0) return <p class="soft">{d.today.nothingOnRoad}</p>
  return (
    <ul class="plain road">
      {road.map((manifest) => (
        <li key={manifest.id}>
          <a href={`/app/desk/manifest/${encodeURIComponent(manifest.number ?? manifest.id)}`} data-row data-testid="road-row">
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
  const { needs, more, balance, road } = asked.value
  const grave = needs.slice(0, SHOWN_MAX)
  return (
    <div class="today" data-testid="today">
      <Head eyebrow={weekdayIn(language, Date.now())} title={more ? d.today.needsMore(needs.length) : d.today.needs(needs.length)} big>
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
          {needs.length > SHOWN_MAX && <span class="soft">{more ? '' : d.today.more(needs.length - SHOWN_MAX)} </span>}
          <a href="/app/desk/findings">{d.today.allFindings}</a> <a href="/app/desk/alerts" data-testid="all-alerts">{d.today.allAlerts}</a>
        </p>
      </div>
      <aside class="today-side">
        {balance && (
          <Section title={park ? d.today.account : d.today.accountOwn}>
            <Account balance={balance} />
          </Section>
        )}
        <Section title={d.today.leaving}>
          <Road road={road} />
        </Section>
      </aside>
    </div>
  )
}
