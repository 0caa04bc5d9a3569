// The desk's own line icons, on the same grid and stroke as ui/icons.

const PATHS = {
  today: 'M5 4h14v16H5zM8.500 9h7M8.500 13h7M8.500 17h4',
  find: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5',
  chain: 'M3 6h5c5 0 4 6 8 6h5M3 18h5c5 0 4-6 8-6',
  map: 'M9 4 3 6.500v13L9 17l6 3 6-2.500v-13L15 7zM9 4v13M15 7v13',
  findings: 'M6 21V4M6 5h12l-3 4 3 4H6',
  register: 'M4 20V8l8-4 8 4v12M9 20v-5h6v5M9 10.500h.01M15 10.500h.01',
  stock: 'M12 3 4 7v10l8 4 8-4V7zM4 7l8 4 8-4M12 11v10',
  ship: 'M3 6h11v10H3zM14 10h4l3 3v3h-7M7 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM17 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  labels: 'M4 5h16v14H4zM7 8h4v4H7zM14 9h3M14 12h3M7 16h10',
  new: 'M12 5v14M5 12h14',
  manifests: 'M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h7',
  answers: 'M4 5h16v11H9l-5 4zM8 9h8M8 12.500h5',
} as const

export type RailIconName = keyof typeof PATHS

export function RailIcon({ name }: { name: RailIconName }) {
  return (
    <svg class="icon" width="22" height="22" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
