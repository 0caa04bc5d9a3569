import { Field } from '../../ui/parts'
import { useDesk } from '../desk'
import type { FieldName, Plan } from './plan'

type Extra = 'driver' | 'driverPhone' | 'filing' | 'filingUntil'

interface Props {
  plan: Plan
  said: (field: FieldName) => string | null
  onChange: (change: Partial<Plan>, field: FieldName) => void
}

const FIELDS: readonly { name: Extra; max: number }[] = [
  { name: 'driver', max: 100 },
  { name: 'driverPhone', max: 30 },
  { name: 'filing', max: 100 },
  { name: 'filingUntil', max: 10 },
]

/** What some provinces ask for and others do not. It opens by itself when one of its fields stands in the way. */
export function MoreFields({ plan, said, onChange }: Props) {
  const { d } = useDesk()
  const inTheWay = FIELDS.some(({ name }) => said(name) !== null || plan[name] !== '')
  return (
    <details class="more-fields" open={inTheWay} data-testid="more-fields">
      <summary>{d.ship.more}</summary>
      <p class="soft small"><a href="/app/desk/rules">{d.ship.moreHow}</a></p>
      {FIELDS.map(({ name, max }) => {
        const change = (event: { currentTarget: HTMLInputElement }) => onChange({ [name]: event.currentTarget.value }, name)
        return (
          <Field key={name} id={name} label={d.ship[name]} error={said(name)}>
            {name === 'filingUntil' ? (
              <input id={name} type="date" data-testid={name} value={plan[name]} onInput={change} />
            ) : (
              <input id={name} data-testid={name} value={plan[name]} maxLength={max} onInput={change} />
            )}
          </Field>
        )
      })}
    </details>
  )
}
