import { useUnsent } from '../useUnsent'
import { useFirstWords } from '../words'
import type { Session } from '../wire'
import { Icon, type IconName } from './icons'

/** The few places a person moves between; only those that person has a use for. */
export function Tabs({ session, path }: { session: Session; path: string }) {
  const w = useFirstWords()
  const { own, others, unread } = useUnsent(session.person.id)
  const count = own + others + unread
  const generates = session.enterprise?.roles?.includes('generator') === true
  const deskbound = session.person.role !== 'handler'
  const tabs: { to: string; icon: IconName; word: string; shown: boolean }[] = [
    { to: '/app/desk', icon: 'desk', word: w.tabs.desk, shown: deskbound },
    { to: '/app/roadside', icon: 'truck', word: w.tabs.road, shown: session.person.role === 'inspector' },
    { to: '/app/scan', icon: 'scan', word: w.tabs.scan, shown: true },
    { to: '/app/new', icon: 'plus', word: w.tabs.make, shown: generates },
    { to: '/app/ship', icon: 'truck', word: w.tabs.ship, shown: generates },
    { to: '/app/me', icon: 'person', word: w.tabs.me, shown: true },
  ]
  return (
    <nav class="tabs">
      {tabs
        .filter((tab) => tab.shown)
        .map((tab) => (
          <a key={tab.to} href={tab.to} aria-current={path === tab.to ? 'page' : undefined} data-testid={`tab-${tab.to.slice(5)}`}>
            <Icon name={tab.icon} />
            {tab.word}
            {tab.to === '/app/me' && count > 0 && <b class="tab-count" data-testid="tab-count">{count}<span class="sr"> {w.outbox.title}</span></b>}
          </a>
        ))}
    </nav>
  )
}
