import type { Way } from './follow'
import type { Layout } from './layout'
import { ribbon } from './shapes'

/** The grams of one batch, as a core inside of every band that carries some of them. */
export function Highlight({ layout, way }: { layout: Layout; way: Way }) {
  const { scale } = layout
  return (
    <g class="way" aria-hidden="true">
      {layout.flows.map((laid, index) => {
        const grams = way.flows.get(laid.flow) ?? 0
        if (grams <= 0) return null
        const height = grams * scale
        const inset = (laid.height - height) / 2
        return <path key={index} class={laid.flow.how} d={ribbon(laid.x0, (laid.y0 ?? laid.y1) + inset, laid.x1, laid.y1 + inset, height)} />
      })}
      {layout.stays.flatMap((stay) => {
        const grams = way.stays.get(stay.id)
        return stay.pieces.map((piece, index) => {
          const own = grams?.[index] ?? 0
          if (own <= 0) return null
          const height = Math.max(own * scale, 1.5)
          const y = piece.y + Math.max((piece.height - own * scale) / 2, 0)
          return <rect key={`${stay.id} ${index}`} x={piece.x0 - 0.4} y={y} width={piece.x1 - piece.x0 + 0.8} height={height} />
        })
      })}
      {layout.ends.map((laid, index) => {
        const grams = way.ends.get(laid.end) ?? 0
        if (grams <= 0) return null
        const height = Math.max(grams * scale, 1.5)
        return <rect key={index} x={laid.x - 0.4} y={laid.y + (laid.height - grams * scale) / 2} width={13} height={height} />
      })}
    </g>
  )
}
