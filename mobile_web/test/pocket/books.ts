import type { Fact, Pack, PackBatch, Party, Session } from '../../src/wire'

// A generator P, a carrier T, a second carrier T2 and a receiver D, with one drum on a manifest, as a pack brings them.

const party = (number: number, name: string, roles: Party['roles'] = []): Party => ({ id: name, number, name_zh: `${name} 有限公司`, name_en: `${name} Ltd`, roles })
export const P = party(1, 'P', ['generator'])
export const T = party(2, 'T', ['carrier'])
export const T2 = party(3, 'T2', ['carrier'])
export const D = party(4, 'D', ['receiver'])

export const DRUM: PackBatch = {
  id: 'drum', label_id: 'label-drum', human_code: '8ZNA-169C-PS-P', class: 7, raw_class: null, grams: 200_000, measured: true, state: 'reserved',
  form: 'solid', container: 'drum', generator: 1, holder: 1, place: null, manifest: { id: 'm', number: 'PARK-2026-000001-X', state: 'issued' },
  generated_at: '2026-11-21T08:00:00+00:00', held_since: '2026-11-21T08:00:00+00:00', last_fact: 'f1', grouped: false, findings: [],
}

export function packFor(person: string, enterprise: string | null, change: Partial<Pack> = {}): Pack {
  return {
    version: 1, as_of: '2026-11-22T06:00:00+00:00', person, enterprise,
    manifests: [{
      id: 'm', number: 'PARK-2026-000001-X', state: 'issued', label_id: 'label-m', human_code: 'K7QF-2M9X-RT-C', hazardous: true, generator: 1, receiver: 4,
      carriers: [{ leg: 1, party: 2, plate: null, took_over_at: null, what: 'carrier', lapsed: false }],
      treatment: 'D10', issued_at: null, due_pickup_at: null, returns: null,
      lines: [{ batch: 'drum', planned_grams: 200_000, loaded_grams: null, accepted_grams: null, refused_grams: null, outcome: 'planned', part_of: null }],
    }],
    batches: [DRUM],
    classes: [{ number: 7, scheme: 'CN-HW', edition: '2021', code: '900-041-49', name_zh: '含油抹布', name_en: 'Oily rags', hazardous: true, verified: true, properties: ['T', 'In'] }],
    enterprises: [P, T, T2, D],
    stores: [], plates: ['京A12345'], treatments: [],
    rules: { weight: 'stop', weight_zh: '', weight_en: '', confirmed: true, tolerance_permille: 50, tolerance_grams: 20_000, plate_general: true, plate_hazardous: true },
    ring: { hosts: [], keys: [] }, seal: { key_id: 'k', public_key: 'p' },
    truncated: { manifests: false, lines: false, batches: false, classes: false, enterprises: false },
    ...change,
  }
}

export function sessionOf(person: string, enterprise: Party | null): Session {
  return {
    person: { id: person, login: person, name: person, role: 'handler', language: 'en' }, enterprise, csrf: 'c', device: null,
    park: { id: 'park', number: 1, code: 'PARK', name_zh: '', name_en: '', longitude: 0, latitude: 0, boundary: null },
  }
}

export function told(id: string, kind: Fact['kind'], change: Partial<Fact> = {}): Fact {
  return { id, kind, observed_at: '2026-11-22T06:10:00+00:00', manifest: 'm', lines: [{ batch: 'drum', prev: 'f1' }], details: {}, ...change }
}
