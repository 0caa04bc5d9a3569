import { nameIn } from '../../words'
import { Icon } from '../../ui/icons'
import { useDesk } from '../desk'
import { OpenCount, useOpenCount } from '../openCount'
import { RailIcon, type RailIconName } from './icons'

interface Task {
  name: RailIconName
  to: string
  /** Pages that belong to the task without being it. */
  also: readonly string[]
}

const PARK: readonly Task[] = [
  { name: 'today', to: '', also: [] },
  { name: 'find', to: '/find', also: ['/stock', '/batch', '/manifest', '/manifests'] },
  { name: 'chain', to: '/chain', also: [] },
  { name: 'map', to: '/map', also: [] },
  { name: 'findings', to: '/findings', also: ['/alerts'] },
  { name: 'register', to: '/register', also: [] },
  { name: 'answers', to: '/answers', also: [] },
]

const ENTERPRISE: readonly Task[] = [
  { name: 'today', to: '', also: ['/findings', '/alerts'] },
  { name: 'stock', to: '/stock', also: ['/batch'] },
  { name: 'ship', to: '/ship', also: [] },
  { name: 'new', to: '/new', also: [] },
  { name: 'labels', to: '/labels', also: ['/rolls'] },
  { name: 'manifests', to: '/manifests', also: ['/manifest', '/mandates', '/written', '/import'] },
  { name: 'answers', to: '/answers', also: [] },
  { name: 'find', to: '/find', also: ['/chain', '/map', '/register'] },
]

function isHere(task: Task, path: string): boolean {
  if (path === '/') return task.to === ''
  return [task.to, ...task.also].some((each) => each !== '' && (path === each || path.startsWith(`${each}/`)))
}

export function Rail({ path }: { path: string }) {
  const { w, d, language, session, park } = useDesk()
  const open = useOpenCount(park)
  return (
    <aside class="rail no-print">
      <a class="rail-mark" href="/app/desk" data-testid="rail-mark">
        <img src="/icon.svg" alt="" width="32" height="32" />
        <span>
          <b>{w.app.name}</b>
          <small>{nameIn(language, session.enterprise ?? session.park)}</small>
        </span>
      </a>
      <nav aria-label={d.rail.label}>
        {(park ? PARK : ENTERPRISE).map((task) => (
          <a key={task.name} href={`/app/desk${task.to}`} aria-current={isHere(task, path) ? 'page' : undefined} data-testid={`rail-${task.name}`}>
            <RailIcon name={task.name} />
            <span>{park && task.name === 'answers' ? d.road.titlePark : d.rail[task.name]}</span>
            {task.name === 'answers' && open !== null && open > 0 && <OpenCount open={open} said={d.road.railOpen(open)} />}
          </a>
        ))}
      </nav>
      <div class="rail-foot">
        <p class="rail-keys" aria-hidden="true">
          <kbd>/</kbd> {d.rail.keysFind} <kbd>j</kbd> <kbd>k</kbd> {d.rail.keysMove} <kbd>Esc</kbd> {d.rail.keysBack}
        </p>
        {(session.person.role === 'manager' || session.person.role === 'regulator') && (
          <a href="/app/desk/phones" class="rail-rules" aria-current={path === '/phones' ? 'page' : undefined} data-testid="rail-phones">{d.rail.phones}</a>
        )}
        <a href="/app/desk/rules" class="rail-rules" aria-current={path === '/rules' ? 'page' : undefined} data-testid="rail-rules">{d.rail.rules}</a>
        <a href="/app/me" class="rail-me" data-testid="rail-me">
          <Icon name="person" size={22} />
          <span>
            {session.person.name}
            <small>{w.me.role[session.person.role]}</small>
          </span>
        </a>
      </div>
    </aside>
  )
}
