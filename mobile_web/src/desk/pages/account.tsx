import { Icon } from '../../ui/icons'
import { showGrams, showMass } from '../../quantity'
import { useDesk } from '../desk'
import type { Balance } from '../shapes'

const CAME = ['generated', 'received'] as const
const WENT = ['on_hand', 'in_transit', 'treated', 'lost', 'shipped', 'difference'] as const
const ALWAYS: ReadonlySet<string> = new Set(['generated', 'on_hand', 'in_transit', 'treated'])

/** What came in less what is known to have become of it: zero, when the account closes. */
export function missingGrams(balance: Balance): number {
  const came = CAME.reduce((sum, name) => sum + balance[name], 0)
  return came - WENT.reduce((sum, name) => sum + balance[name], 0)
}

/** What was generated as one bar, cut into what became of it. */
function Bar({ balance }: { balance: Balance }) {
  const { d } = useDesk()
  const parts = WENT.map((name) => ({ name, grams: Math.max(balance[name], 0) })).filter((part) => part.grams > 0)
  const whole = parts.reduce((sum, part) => sum + part.grams, 0)
  if (whole === 0) return null
  return (
    <div class="account-bar" aria-hidden="true">
      {parts.map(({ name, grams }) => (
        <span key={name} class={`account-part ${name}`} style={{ flexGrow: grams / whole }} title={`${d.chain.accountRows[name]}: ${showMass(grams)}`} />
      ))}
    </div>
  )
}

/** A mass account: whether it closes, in words; the figures in whole grams below. */
export function Account({ balance, told = false }: { balance: Balance; told?: boolean }) {
  const { d } = useDesk()
  const came = balance.generated + balance.received
  const words = d.chain.accountRows
  const shown = [...CAME, ...WENT, 'unexplained' as const].filter((name) => balance[name] !== 0 || ALWAYS.has(name))
  return (
    <div class="account" data-testid="account">
      <p class={balance.closes ? 'account-says fine' : 'account-says stop'} data-testid="balance-closes" data-closes={balance.closes}>
        <Icon name={balance.closes ? 'fine' : 'stop'} size={22} />
        <strong>{balance.closes ? d.chain.closes : d.chain.closesNot(showMass(Math.abs(missingGrams(balance))))}</strong>
      </p>
      {told && (
        <p class="account-words">
          {d.chain.accountWords(showMass(came), showMass(balance.on_hand), showMass(balance.in_transit), showMass(balance.treated), showMass(balance.lost))}
        </p>
      )}
      <Bar balance={balance} />
      <dl class="account-rows">
        {shown.map((name) => (
          <div key={name} class={`account-row ${name}`} data-testid={`balance-${name}`} data-grams={balance[name]}>
            <dt>{words[name]}</dt>
            <dd>{showMass(balance[name])}</dd>
            <dd class="soft small">{d.common.exact(showGrams(balance[name]))}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
