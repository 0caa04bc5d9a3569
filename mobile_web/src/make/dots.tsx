/** A code drawn from its dots: what the server made when the number was given, so nothing is computed at the roadside. */
export function Dots({ side, dots, title, text }: { side: number; dots: string; title: string; text: string }) {
  return (
    <svg class="dots" viewBox={`0 0 ${side} ${side}`} role="img" aria-label={title} data-testid="qr" data-text={text} shape-rendering="crispEdges">
      <rect width={side} height={side} fill="#fff" />
      <path d={pathOf(side, dots)} fill="#000" />
    </svg>
  )
}

/** One step of a path for every run of dark modules. */
export function pathOf(side: number, dots: string): string {
  let path = ''
  for (let row = 0; row < side; row++) {
    for (const run of dots.slice(row * side, (row + 1) * side).matchAll(/1+/g)) {
      path += `M${run.index} ${row}h${run[0].length}v1h-${run[0].length}z`
    }
  }
  return path
}
