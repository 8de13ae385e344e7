import { type Invariant, invariants } from './invariants.ts'

/** What is wrong with one thing: which, and what differs. `workspace` is its id until the report, its code there. */
export type Example = Record<string, string | number | boolean | null>

export interface Finding {
  invariant: Invariant
  checked: number
  violations: number
  /** The first 20. */
  examples: Example[]
  /** How long it took to look; invariants found in one pass share its time. */
  ms: number
}

const examplesMax = 20

/** Counts what was looked at and what was wrong with it, by invariant. */
export class Tally {
  private readonly findings = new Map<Invariant, Finding>()

  checked(invariant: Invariant, count: number): void {
    this.of(invariant).checked += count
  }

  wrong(invariant: Invariant, example: Example): void {
    this.found(invariant, 1, [example])
  }

  found(invariant: Invariant, violations: number, examples: readonly Example[]): void {
    const finding = this.of(invariant)
    finding.violations += violations
    finding.examples.push(...examples.slice(0, examplesMax - finding.examples.length))
  }

  took(invariant: Invariant, ms: number): void {
    this.of(invariant).ms += ms
  }

  /** Takes in what another tally, perhaps of another thread, has found. */
  add(findings: readonly Finding[]): void {
    for (const { invariant, checked, violations, examples, ms } of findings) {
      this.checked(invariant, checked)
      this.found(invariant, violations, examples)
      this.took(invariant, ms)
    }
  }

  /** What was looked at, in the order of the table of invariants. */
  all(): Finding[] {
    // The keys of the table are the names.
    return (Object.keys(invariants) as Invariant[]).flatMap((invariant) => this.findings.get(invariant) ?? [])
  }

  private of(invariant: Invariant): Finding {
    let finding = this.findings.get(invariant)
    if (!finding) {
      finding = { invariant, checked: 0, violations: 0, examples: [], ms: 0 }
      this.findings.set(invariant, finding)
    }
    return finding
  }
}
