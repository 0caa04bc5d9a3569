import { Notice } from '../ui/parts'
import { useLanguage } from '../words'
import { reasonsOf, type Told } from './again'
import { useActsWords } from './words'

/** Above a form that is told again: why the park did not record it. */
export function WhyAgain({ told }: { told: Told | null }) {
  const a = useActsWords()
  const language = useLanguage()
  if (!a || told === null) return null
  return (
    <Notice meaning="stop" title={a.again} testid="told-again">
      {reasonsOf(told.problem).map((each, at) => <p key={at}>{(language === 'zh' ? each.zh : each.en) ?? each.zh ?? ''}</p>)}
      <p>{a.againHow}</p>
    </Notice>
  )
}
