import { humanCode } from '../../src/scan/human'
import type { Attribution, Balance, FactDetails, Trace, TraceFact, TraceLine, TraceNode } from '../../src/desk/shapes'
import type { ActKind, BatchState, Finding, Party, PartyRole, WasteClass } from '../../src/wire'

// Small books for tests of the desk: told what befell which batch, they answer as `GET /trace` would.

let serial = 0

function id(kind: number): string {
  serial += 1
  const spread = (Math.imul(serial, 2654435761) >>> 0).toString(16).padStart(8, '0')
  return `${spread}-${kind.toString(16).padStart(4, '0')}-7000-8000-${serial.toString(16).padStart(12, '0')}`
}

export function party(name_zh: string, name_en: string, ...roles: PartyRole[]): Party {
  return { id: id(1), number: serial, name_zh, name_en, uscc: '91110302MA01C8XG4T', roles }
}

export const OIL: WasteClass = {
  scheme: 'CN-HW', edition: '2021', code: '900-249-08', name_zh: '废矿物油', name_en: 'Waste mineral oil', hazardous: true, properties: ['T', 'I'], verified: true,
}
export const SLUDGE: WasteClass = {
  scheme: 'CN-SW', edition: '2024', code: '900-099-S07', name_zh: '污泥', name_en: 'Sludge', hazardous: false, properties: null, verified: true,
}
export const RAGS: WasteClass = {
  scheme: 'CN-HW', edition: '2021', code: '900-041-49', name_zh: '含油抹布', name_en: 'Oily rags', hazardous: true, properties: ['T', 'In'], verified: true,
}

interface Told {
  kind: ActKind
  enterprise: Party
  lines: TraceLine[]
  details?: FactDetails
  findings?: Finding[]
  manifest?: string | null
  at?: [number, number]
}

export class Books {
  readonly nodes = new Map<string, TraceNode>()
  readonly trace: Trace
  private clock: number
  private index = 4700
  private readonly weights = new Map<string, Map<string, number>>()

  constructor(start = '2026-11-02T08:30:00+08:00') {
    this.clock = Date.parse(start)
    const balance = { generated: 0, received: 0, on_hand: 0, in_transit: 0, treated: 0, lost: 0, shipped: 0, difference: 0, unexplained: 0, closes: true }
    this.trace = { root: { kind: 'batch', id: '', number: null }, roots: [], truncated: false, masked: false, nodes: [], edges: [], facts: [], attribution: [], balance }
  }

  wait(hours: number): void {
    this.clock += hours * 3_600_000
  }

  fact(told: Told): TraceFact {
    this.index += 1
    this.clock += 60_000
    const fact: TraceFact = {
      id: id(9),
      index: this.index,
      kind: told.kind,
      observed_at: new Date(this.clock).toISOString(),
      recorded_at: new Date(this.clock + 4_000).toISOString(),
      actor_name: null,
      enterprise: told.enterprise,
      manifest: told.manifest ?? null,
      manifest_number: told.manifest ?? null,
      lines: told.lines,
      place: told.at ? { longitude: told.at[0], latitude: told.at[1], accuracy_m: 8 } : null,
      findings: told.findings ?? [],
      details: told.details ?? {},
      verdict: 'recorded',
    }
    this.trace.facts.push(fact)
    return fact
  }

  private born(grams: number, wasteClass: WasteClass, holder: Party, state: BatchState, parents: [string, number][], fact?: TraceFact): string {
    const batch = id(2)
    const level = parents.length === 0 ? 0 : 1 + Math.max(...parents.map(([each]) => this.node(each).level))
    this.nodes.set(batch, {
      id: batch, human_code: humanCode(batch), class: wasteClass, grams_at_start: grams, grams, measured: true, state,
      generator: parents[0] ? this.node(parents[0][0]).generator : holder, holder, place: null, level, generated_at: new Date(this.clock).toISOString(), masked: false,
    })
    const shares = new Map<string, number>()
    for (const [parent, given] of parents) {
      const from = this.weights.get(parent) ?? new Map<string, number>()
      const whole = [...from.values()].reduce((sum, part) => sum + part, 0)
      for (const [origin, part] of from) shares.set(origin, (shares.get(origin) ?? 0) + Math.round((part * given) / whole))
      if (fact) this.trace.edges.push({ parent, child: batch, fact: fact.id, grams: given, kind: fact.kind })
    }
    if (parents.length === 0) shares.set(batch, grams)
    this.weights.set(batch, shares)
    return batch
  }

  node(batch: string): TraceNode {
    const node = this.nodes.get(batch)
    if (!node) throw new Error(`no batch ${batch}`)
    return node
  }

  generate(holder: Party, grams: number, wasteClass: WasteClass, at?: [number, number]): string {
    const batch = this.born(grams, wasteClass, holder, 'on_site', [])
    this.fact({ kind: 'generated', enterprise: holder, lines: [{ batch, grams, direction: 'out' }], ...(at ? { at } : {}) })
    return batch
  }

  private both(batches: string[]): TraceLine[] {
    return batches.flatMap((batch) => [{ batch, grams: this.node(batch).grams, direction: 'in' as const }])
  }

  carry(batches: string[], carrier: Party, plate: string, manifest: string, options: { at?: [number, number]; findings?: Finding[] } = {}): void {
    this.fact({ kind: 'picked_up', enterprise: carrier, lines: this.both(batches), details: { plate }, manifest, ...options })
    for (const batch of batches) Object.assign(this.node(batch), { holder: carrier, state: 'in_transit' })
  }

  receive(batches: string[], receiver: Party, manifest: string, options: { at?: [number, number]; findings?: Finding[]; weighs?: number } = {}): void {
    const { weighs, ...rest } = options
    for (const batch of batches) {
      Object.assign(this.node(batch), { holder: receiver, state: 'received' })
      if (weighs !== undefined) {
        this.trace.balance.difference += this.node(batch).grams - weighs
        this.node(batch).grams = weighs
      }
    }
    this.fact({ kind: 'received', enterprise: receiver, lines: this.both(batches), details: { outcome: 'whole' }, manifest, ...rest })
  }

  /** Part of a batch is refused: what is refused stays on the truck as a batch of its own. */
  receivePart(batch: string, receiver: Party, refused: number, manifest: string, findings: Finding[] = []): string {
    const node = this.node(batch)
    const carrier = node.holder
    const accepted = node.grams - refused
    const fact = this.fact({ kind: 'received', enterprise: receiver, lines: [{ batch, grams: accepted, direction: 'in' }], details: { outcome: 'part', cause: 'not_conform' }, manifest, findings })
    const child = this.born(refused, node.class ?? OIL, carrier, 'refused', [[batch, refused]], fact)
    fact.lines.push({ batch: child, grams: refused, direction: 'out' })
    Object.assign(node, { holder: receiver, state: 'received', grams: accepted })
    return child
  }

  giveBack(batch: string, generator: Party, manifest: string): void {
    this.fact({ kind: 'returned', enterprise: generator, lines: this.both([batch]), manifest })
    Object.assign(this.node(batch), { holder: generator, state: 'on_site' })
  }

  split(batch: string, holder: Party, parts: number[]): string[] {
    const node = this.node(batch)
    const taken = parts.reduce((sum, part) => sum + part, 0)
    const fact = this.fact({ kind: 'split', enterprise: holder, lines: [{ batch, grams: taken, direction: 'in' }] })
    const children = parts.map((part) => this.born(part, node.class ?? OIL, holder, node.state, [[batch, part]], fact))
    for (const child of children) fact.lines.push({ batch: child, grams: this.node(child).grams, direction: 'out' })
    node.grams -= taken
    if (node.grams === 0) node.state = 'split'
    return children
  }

  combine(batches: string[], holder: Party): string {
    const parents = batches.map((batch): [string, number] => [batch, this.node(batch).grams])
    const lines = parents.map(([batch, grams]): TraceLine => ({ batch, grams, direction: 'in' }))
    const fact = this.fact({ kind: 'combined', enterprise: holder, lines })
    const first = this.node(batches[0] ?? '')
    const child = this.born(parents.reduce((sum, [, grams]) => sum + grams, 0), first.class ?? OIL, holder, first.state, parents, fact)
    fact.lines.push({ batch: child, grams: this.node(child).grams, direction: 'out' })
    for (const batch of batches) Object.assign(this.node(batch), { grams: 0, state: 'combined' })
    return child
  }

  treat(batch: string, holder: Party, treatment: string, options: { grams?: number; loss?: number; residue?: number; at?: [number, number]; product?: string; findings?: Finding[] } = {}): string | null {
    const node = this.node(batch)
    const taken = options.grams ?? node.grams
    const { loss = 0, residue = 0 } = options
    const outputs: FactDetails['outputs'] = []
    const made = taken - loss - residue
    if (made > 0) outputs.push({ kind: 'product', grams: made, name: options.product ?? null })
    if (loss > 0) outputs.push({ kind: 'loss', grams: loss, name: null })
    const fact = this.fact({
      kind: 'treated', enterprise: holder, lines: [{ batch, grams: taken, direction: 'in' }], details: { treatment, outputs }, findings: options.findings ?? [], ...(options.at ? { at: options.at } : {}),
    })
    let child: string | null = null
    if (residue > 0) {
      child = this.born(residue, SLUDGE, holder, 'on_site', [[batch, residue]], fact)
      fact.lines.push({ batch: child, grams: residue, direction: 'out' })
      outputs.push({ kind: 'residue', grams: residue, batch: child })
    }
    node.grams -= taken
    if (node.grams === 0) node.state = 'treated'
    this.attribute(batch, fact, treatment, holder, made, loss)
    this.trace.balance.treated += made
    this.trace.balance.lost += loss
    return child
  }

  private attribute(batch: string, fact: TraceFact, treatment: string, enterprise: Party, made: number, loss: number): void {
    const from = [...(this.weights.get(batch) ?? new Map<string, number>())]
    const whole = from.reduce((sum, [, part]) => sum + part, 0)
    for (const [output, grams] of [['treated', made], ['lost', loss]] as const) {
      let left = grams
      for (const [index, [origin, part]] of from.entries()) {
        const share = index === from.length - 1 ? left : Math.floor((grams * part) / whole)
        left -= share
        const row: Attribution = { origin, batch, fact: fact.id, treatment, enterprise, output, grams: share }
        if (share > 0) this.trace.attribution.push(row)
      }
    }
  }

  /** What of each origin is still there. */
  private remaining(): Attribution[] {
    return [...this.nodes.values()].flatMap((node) => {
      const from = [...(this.weights.get(node.id) ?? new Map<string, number>())]
      const whole = from.reduce((sum, [, part]) => sum + part, 0)
      const output = node.state === 'in_transit' ? ('in_transit' as const) : ('on_hand' as const)
      const rows = from.map(([origin, part]) => ({
        origin, batch: node.id, fact: null, treatment: null, enterprise: node.holder, output, grams: Math.floor((node.grams * part) / whole),
      }))
      return rows.filter((row) => row.grams > 0)
    })
  }

  answer(...roots: string[]): Trace {
    const nodes = [...this.nodes.values()]
    const sum = (wanted: TraceNode[]) => wanted.reduce((all, node) => all + node.grams, 0)
    const moving = new Set<BatchState>(['in_transit', 'arrived', 'refused', 'returning'])
    const balance: Balance = {
      ...this.trace.balance,
      generated: nodes.filter((node) => node.level === 0).reduce((all, node) => all + node.grams_at_start, 0),
      on_hand: sum(nodes.filter((node) => !moving.has(node.state))),
      in_transit: sum(nodes.filter((node) => moving.has(node.state))),
    }
    const accounted = balance.on_hand + balance.in_transit + balance.treated + balance.lost + balance.difference
    balance.closes = balance.generated === accounted
    return { ...this.trace, root: { kind: 'batch', id: roots[0] ?? '', number: null }, roots, nodes, balance, attribution: [...this.trace.attribution, ...this.remaining()] }
  }
}
