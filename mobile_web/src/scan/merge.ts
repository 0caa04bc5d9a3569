// Two bad copies make a good one: every label carries its code twice, and a camera sees each of them many times. What
// was found but is beyond its own error correction is kept for a moment, and laid over the next that looks the same.

/** The modules of a code as they were seen, row by row: true is dark. */
export interface Modules {
  side: number
  dark: readonly boolean[]
}

/** So many are kept, for so long: about a second of looking at one label on a slow phone. */
const KEPT = 6
const KEPT_MS = 4_000
/** Two codes of one size agree in 55 to 60 of 100 modules by chance and by their fixed patterns. */
const ALIKE = 0.72

interface Kept extends Modules {
  at: number
}

export function agreement(one: Modules, other: Modules): number {
  if (one.side !== other.side || one.dark.length === 0) return 0
  let same = 0
  for (let at = 0; at < one.dark.length; at++) if (one.dark[at] === other.dark[at]) same += 1
  return same / one.dark.length
}

export function alike(one: Modules, other: Modules): boolean {
  return agreement(one, other) >= ALIKE
}

/** Dark where at least so many are: one of them heals light blots, all of them dark ones, the half scattered ones. */
function darkIn(codes: readonly Modules[], least: number): Modules {
  const [first] = codes
  const dark = (first?.dark ?? []).map((_, at) => codes.filter((code) => code.dark[at]).length >= least)
  return { side: first?.side ?? 0, dark }
}

export class Memory {
  private kept: Kept[] = []

  /** Keeps it, and gives what it makes with those before it, best first. Never more than a few, never without the new. */
  add(fresh: Modules, now: number): Modules[] {
    this.kept = this.kept.filter(({ at }) => now - at < KEPT_MS)
    // The same sampling twice says nothing new.
    const others = this.kept.filter((one) => alike(one, fresh) && agreement(one, fresh) < 1)
    if (!this.kept.some((one) => agreement(one, fresh) === 1)) this.kept = [...this.kept.slice(1 - KEPT), { ...fresh, at: now }]
    const made: Modules[] = []
    if (others.length >= 2) {
      const all = [fresh, ...others]
      made.push(darkIn(all, Math.floor(all.length / 2) + 1))
      if (all.length % 2 === 0) made.push(darkIn(all, all.length / 2))
    }
    for (const other of others.slice(-3)) made.push(darkIn([fresh, other], 2), darkIn([fresh, other], 1))
    return made
  }
}

/** A picture of it, as sharp as a printer's, with the white border that readers want. */
export function drawn({ side, dark }: Modules, module = 4, border = 4): ImageData {
  const width = (side + 2 * border) * module
  const data = new Uint8ClampedArray(width * width * 4).fill(255)
  for (let y = 0; y < side * module; y++) {
    for (let x = 0; x < side * module; x++) {
      if (dark[Math.floor(y / module) * side + Math.floor(x / module)] !== true) continue
      const at = 4 * ((y + border * module) * width + x + border * module)
      data[at] = data[at + 1] = data[at + 2] = 0
    }
  }
  return new ImageData(data, width, width)
}
