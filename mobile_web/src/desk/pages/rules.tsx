import './rules.css'
import { apiGet } from '../../api'
import { MeaningChip, Waiting } from '../../ui/parts'
import { Trouble } from '../../ui/trouble'
import { useAsk } from '../../ui/useAsk'
import { nameIn } from '../../words'
import { useDesk } from '../desk'
import { dayIn } from '../format'
import { Head, Section } from '../parts'
import type { ParkRule, RulesOfPark } from '../shapes'

/** Sources are written in both languages with a stroke between them, or in one that both read. */
function spoken(language: 'zh' | 'en', text: string): string {
  const [zh = text, en] = text.split(' / ')
  return language === 'en' ? (en ?? zh) : zh
}

function Rule({ rule, deadline }: { rule: ParkRule; deadline: RulesOfPark['deadlines'][number] | undefined }) {
  const { d, language } = useDesk()
  return (
    <li class="rule" data-testid="rule" data-key={rule.key} data-confirmed={rule.confirmed}>
      <p class="rule-says">{rule[language]}</p>
      <MeaningChip meaning={rule.confirmed ? 'fine' : 'unknown'}>{rule.confirmed ? d.rules.confirmed : d.rules.unconfirmed}</MeaningChip>
      {deadline?.until != null && (
        <p class="small">{d.rules.today(dayIn(language, deadline.until))} <span class="soft">{d.rules.calendar[deadline.calendar]}</span></p>
      )}
      <p class="soft small">
        {d.rules.origin[rule.origin]} · {rule.law === null ? `${d.rules.source}: ${spoken(language, rule.source)}` : `${d.rules.law}: ${rule.law}`}
      </p>
    </li>
  )
}

/** What the province asks for and what the park decided, in sentences; what nobody confirmed says so. */
export default function RulesPage() {
  const { d, language } = useDesk()
  const [asked, again] = useAsk('profile', (signal) => apiGet<RulesOfPark>('/profile', {}, signal))
  if (asked.status === 'asking') return <Waiting />
  if (asked.status === 'failed') return <Trouble error={asked.error} onRetry={again} />
  const { value } = asked
  const unsure = value.rules.filter((rule) => !rule.confirmed).length
  return (
    <div class="rules" data-testid="rules-page">
      <Head eyebrow={d.rules.of(nameIn(language, value))} title={d.rules.title} big>
        <p class="soft">{d.rules.how(unsure)}</p>
      </Head>
      {value.sections.map((section) => (
        <Section key={section.name} title={section[language]}>
          <ul class="plain">
            {value.rules.filter((rule) => rule.section === section.name).map((rule) => (
              <Rule key={rule.key} rule={rule} deadline={value.deadlines.find((each) => each.key === rule.key)} />
            ))}
          </ul>
        </Section>
      ))}
    </div>
  )
}
