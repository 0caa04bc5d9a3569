import { nameIn } from '../../words'
import { useDesk } from '../desk'
import type { DeskPageProps } from '../index'
import { Sentence } from '../lists/filters'
import { List } from '../lists/list'
import { valuesFrom, type SentencePart } from '../lists/sentence'
import { usePages } from '../lists/usePages'
import { Head } from '../parts'
import type { Enterprise } from '../shapes'

const ROLES = ['', 'generator', 'carrier', 'receiver'] as const

function EnterpriseRow({ enterprise }: { enterprise: Enterprise }) {
  const { w, d, language } = useDesk()
  const roles = (enterprise.roles ?? []).map((role) => w.what[role])
  return (
    <tr>
      <td class="wide">
        <a href={`/app/desk/register/${enterprise.id ?? ''}`} data-row data-testid="enterprise-row">{nameIn(language, enterprise)}</a>
      </td>
      <td>{d.common.list(roles)}</td>
      <td class="code soft">{enterprise.uscc}</td>
    </tr>
  )
}

export default function RegisterPage({ query }: DeskPageProps) {
  const { w, d } = useDesk()
  const parts: SentencePart[] = [
    d.register.sentence.companies,
    { name: 'role', kind: 'choice', options: ROLES.map((value) => ({ value, label: d.register.roles[value] })) },
    d.register.sentence.named,
    { name: 'q', kind: 'text', placeholder: d.register.name, label: d.register.sentence.named },
  ]
  const values = valuesFrom(parts, query)
  const pages = usePages<Enterprise>('/enterprises', { role: values['role'], q: values['q'], limit: 50 })
  return (
    <div data-testid="register-page">
      <Head title={d.register.title}><p class="soft"><a href="/app/desk/rules" data-testid="to-rules">{d.rules.title}</a></p></Head>
      <Sentence path="/app/desk/register" parts={parts} values={values} />
      <List pages={pages} none={d.register.none}>
        {(items) => (
          <table class="rows">
            <thead>
              <tr>
                <th>{w.me.enterprise}</th>
                <th>{d.register.does}</th>
                <th>{d.register.uscc}</th>
              </tr>
            </thead>
            <tbody>{items.map((enterprise) => <EnterpriseRow key={enterprise.id} enterprise={enterprise} />)}</tbody>
          </table>
        )}
      </List>
    </div>
  )
}
