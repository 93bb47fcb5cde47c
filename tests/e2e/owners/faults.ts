/**
 * What is done to a cluster with owners, chosen by a seed.
 *
 * @module
 */

import type { Random } from "../../soak/random.ts";
import { TTL_MS } from "./counter_node.ts";

/** One thing that goes wrong. All happen to the node that owns the first key, or to the engine. */
export type Fault =
  /** The node ends with SIGKILL, and another one takes its place. */
  | { readonly kind: "node killed" }
  /** The node does nothing for longer than its session lives (SIGSTOP), and goes on. */
  | { readonly kind: "node stopped"; readonly forMs: number }
  /** The node cannot reach the engine for longer than its session lives. What it sent meanwhile arrives then. */
  | { readonly kind: "node cut off"; readonly forMs: number }
  /** The engine ends with SIGKILL and comes back, with its data or without. */
  | { readonly kind: "engine killed"; readonly forMs: number; readonly isEmpty: boolean };

/** Returns so many faults: of each kind about as many. */
export function faults(random: Random, rounds: number): Fault[] {
  const first = random.between(0, 4);
  return Array.from({ length: rounds }, (_, round) => faultOf((first + round) % 5, random));
}

/** Describes a fault in a line. */
export function describeFault({ kind, ...rest }: Fault): string {
  return `${kind} ${JSON.stringify(rest)}`;
}

function faultOf(choice: number, random: Random): Fault {
  const longerThanTtl = () => TTL_MS + random.between(200, 1000);
  switch (choice) {
    case 0:
      return { kind: "node killed" };
    case 1:
      return { kind: "node stopped", forMs: longerThanTtl() };
    case 2:
      return { kind: "node cut off", forMs: longerThanTtl() };
    default:
      return { kind: "engine killed", forMs: random.between(50, TTL_MS), isEmpty: choice === 3 };
  }
}
