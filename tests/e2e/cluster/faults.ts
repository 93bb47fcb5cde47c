/**
 * What is done to a cluster, chosen by a seed.
 *
 * @module
 */

import type { Random } from "../../soak/random.ts";

/** One thing that goes wrong. */
export type Fault =
  /** A node ends with SIGKILL, and another one takes its place. */
  | { readonly kind: "node killed" }
  /** The engine ends with SIGKILL and comes back, with its data or without. */
  | { readonly kind: "engine killed"; readonly forMs: number; readonly isEmpty: boolean }
  /** The engine stops answering (SIGSTOP) and goes on, for longer than it takes to be noticed. */
  | { readonly kind: "engine stopped"; readonly forMs: number }
  /** The engine ends, and while it is down a node does. */
  | { readonly kind: "engine and node killed"; readonly forMs: number }
  /** Some clients lose their connections. */
  | { readonly kind: "clients dropped"; readonly count: number };

const KINDS = ["node killed", "engine killed", "engine stopped", "engine and node killed", "clients dropped"] as const;

/** Returns each of the shorter faults once, in some order. */
export function someFaults(random: Random): Fault[] {
  const rest = ["node killed", "engine killed", "engine stopped", "clients dropped"] as const;
  return shuffled(rest, random).map((kind) => faultOf(kind, random));
}

/** Returns faults without end. */
export function* endlessFaults(random: Random): Generator<Fault> {
  for (;;) yield faultOf(random.pick(KINDS), random);
}

/** Describes a fault in a line. */
export function describeFault({ kind, ...rest }: Fault): string {
  return `${kind} ${JSON.stringify(rest)}`;
}

function faultOf(kind: Fault["kind"], random: Random): Fault {
  switch (kind) {
    case "node killed":
      return { kind };
    case "engine killed":
      return { kind, forMs: random.between(100, 2000), isEmpty: random.next() < 0.5 };
    case "engine stopped":
      return { kind, forMs: random.between(5000, 5500) };
    case "engine and node killed":
      return { kind, forMs: random.between(500, 2500) };
    case "clients dropped":
      return { kind, count: random.between(1, 4) };
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = random.between(0, last);
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}
