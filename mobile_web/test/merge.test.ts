import { describe, expect, it } from 'vitest'
import { alike, Memory, type Modules } from '../src/scan/merge'

function drawnBy(seed: number, side = 53): Modules {
  let state = seed
  const dark = Array.from({ length: side * side }, () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) > 1_073_741_824)
  return { side, dark }
}

function blotted(code: Modules, from: number, to: number, dark: boolean): Modules {
  return { ...code, dark: code.dark.map((one, at) => (at >= from && at < to ? dark : one)) }
}

describe('two bad copies of one code', () => {
  const code = drawnBy(7)

  it('heal each other where dark blots lie in different places', () => {
    const memory = new Memory()
    expect(memory.add(blotted(code, 0, 600, true), 0)).toEqual([])
    expect(memory.add(blotted(code, 1_000, 1_600, true), 10)).toContainEqual(code)
  })

  it('heal each other where the blots are light', () => {
    const memory = new Memory()
    memory.add(blotted(code, 0, 600, false), 0)
    expect(memory.add(blotted(code, 1_000, 1_600, false), 10)).toContainEqual(code)
  })

  it('are outvoted by two others where the blots are of both kinds', () => {
    const memory = new Memory()
    memory.add(blotted(code, 0, 300, false), 0)
    memory.add(blotted(code, 400, 700, true), 10)
    expect(memory.add(blotted(blotted(code, 900, 1_000, true), 1_200, 1_400, false), 20)[0]).toEqual(code)
  })

  it('are forgotten after a while, and never mixed with another label', () => {
    const memory = new Memory()
    memory.add(blotted(code, 0, 600, true), 0)
    expect(memory.add(drawnBy(8), 10)).toEqual([])
    expect(memory.add(blotted(code, 1_000, 1_600, true), 60_000)).toEqual([])
    expect(alike(code, drawnBy(8))).toBe(false)
  })
})
