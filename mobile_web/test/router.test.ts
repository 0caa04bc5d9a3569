import { describe, expect, it } from 'vitest'
import { nextLink } from '../src/api'
import { instantHere, uuid7 } from '../src/ids'
import { match } from '../src/router'

describe('paths', () => {
  it.each([
    ['/app/what/:code', '/app/what/ABC', { code: 'ABC' }],
    ['/app/what/:code', '/app/what/ABC/', { code: 'ABC' }],
    ['/app/act/:kind/:code', '/app/act/received/8ZNA-169C', { kind: 'received', code: '8ZNA-169C' }],
    ['/M/:code', '/M/%E0%A4%A', { code: '%E0%A4%A' }],
    ['/app/what/:code', '/app/what', null],
    ['/app/scan', '/app/scan/more', null],
  ])('%s against %s', (pattern, path, parts) => {
    expect(match(pattern, path)).toEqual(parts)
  })

  it('reads the next page from a Link header', () => {
    expect(nextLink('</api/v1/batches?cursor=x>; rel="next"')).toBe('/api/v1/batches?cursor=x')
    expect(nextLink('</api/v1/batches>; rel="prev"')).toBeNull()
    expect(nextLink(null)).toBeNull()
  })
})

describe('ids and instants', () => {
  it('makes UUIDv7 that sort as they were made and never repeat', () => {
    const ids = [1_700_000_000_000, 1_700_000_000_001, 1_800_000_000_000].map((now) => uuid7(now))
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(Array.from({ length: 1000 }, () => uuid7())).size).toBe(1000)
  })

  it('states the moment with its zone', () => {
    const at = new Date('2026-11-21T00:30:00Z')
    expect(instantHere(at)).toMatch(/^2026-11-2\dT\d\d:\d\d:00[+-]\d\d:\d\d$/)
    expect(new Date(instantHere(at)).getTime()).toBe(at.getTime())
  })
})
