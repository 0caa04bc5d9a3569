import { sentenceIn } from '../../words'
import { useDesk } from '../desk'
import { agoIn, momentIn } from '../format'
import type { DeskPageProps } from '../index'
import { Sentence } from '../lists/filters'
import { List } from '../lists/list'
import { valuesFrom, type SentencePart } from '../lists/sentence'
import { usePages } from '../lists/usePages'
import { Head, Severity } from '../parts'
import type { Alert } from '../shapes'
import { alertLink } from './today'

function AlertItem({ alert }: { alert: Alert }) {
  const { d, language } = useDesk()
  const about = alert.subject.title ?? ''
  const when = alert.settled_at === null ? agoIn(d, language, alert.raised_at) : d.findings.settled(momentIn(language, alert.settled_at))
  return (
    <li>
      <a class="need" href={alertLink(alert)} data-row data-testid="alert-row" data-severity={alert.severity} data-code={alert.code}>
        <Severity severity={alert.severity} />
        <span class="need-says">{sentenceIn(language, alert)}</span>
        <span class="need-about">{[about, when].filter((part) => part !== '').join(' · ')}</span>
      </a>
    </li>
  )
}

export function AlertsPage({ query }: DeskPageProps) {
  const { d } = useDesk()
  const words: Readonly<Record<string, string>> = d.findings.alertOpen
  const parts: SentencePart[] = [
    d.findings.alertSentence.show,
    { name: 'open', kind: 'choice', options: ['true', 'false'].map((value) => ({ value, label: words[value] ?? '' })), start: 'true' },
    d.findings.alertSentence.alerts,
  ]
  const values = valuesFrom(parts, query)
  const pages = usePages<Alert>('/alerts', { open: values['open'], limit: 50 })
  return (
    <div class="findings" data-testid="alerts-page">
      <Head title={<>{d.findings.alerts} <a class="twin" href="/app/desk/findings" data-testid="to-findings">{d.findings.title}</a></>} />
      <Sentence path="/app/desk/alerts" parts={parts} values={values} />
      <List pages={pages} none={d.findings.noneAlerts}>
        {(items) => <ul class="plain needs">{items.map((alert) => <AlertItem key={alert.id} alert={alert} />)}</ul>}
      </List>
    </div>
  )
}
