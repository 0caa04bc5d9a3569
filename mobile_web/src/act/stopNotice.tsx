import { usePocketWords } from '../pocket/words'
import { Button, Notice } from '../ui/parts'
import { useLanguage } from '../words'
import type { ActKind, PackRules } from '../wire'
import type { FieldsProps } from './fields'
import { stops, tooFar } from './stopRule'

/** A figure beyond what the park bears, in its own words, before it is confirmed; a receipt can be turned into a refusal. */
export function StopNotice({ kind, rules, fields }: { kind: ActKind; rules: PackRules | null; fields: FieldsProps }) {
  const p = usePocketWords()
  const language = useLanguage()
  const far = rules && tooFar(kind, fields.form, fields.subject.lines, rules)
  if (!p || !rules || !far) return null
  const refuse = () => {
    fields.setActive(null)
    fields.set({ outcome: 'refused' })
  }
  const stop = stops(kind, rules)
  const how = p.stop.how(far.name, far.percent)
  if (!stop) return <Notice meaning="watch" title={how} testid="too-far">{p.stop.odd}</Notice>
  return (
    <Notice meaning="stop" title={p.stop.title} testid="rule-stops" live>
      <p>{how}</p>
      <p>{language === 'zh' ? rules.weight_zh : rules.weight_en}</p>
      {!rules.confirmed && <p class="small">{p.stop.unconfirmed}</p>}
      {kind === 'received' && <Button onClick={refuse} testid="refuse-instead">{p.stop.refuse}</Button>}
    </Notice>
  )
}
