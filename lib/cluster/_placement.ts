/**
 * Which node gets a key that nobody owns, when keys are spread. Pure.
 *
 * @module
 */

import type { ClusterNode } from "./membership.ts";
import type { NodeDetails } from "./node_details.ts";

/** What this node knows about another one, and has given it since. */
interface Load {
  readonly details: NodeDetails;
  /** How many keys it got since it last said how many it has. */
  placed: number;
}

/**
 * Chooses the node with the fewest servers. What nodes say is as old as their last heartbeat, so the keys that they got
 * since are added.
 */
export class Placement {
  readonly #fact: string;
  readonly #loads = new Map<string, Load>();

  /** @param fact The name under which nodes say how many servers they have. Those that do not say it have none. */
  constructor(fact: string) {
    this.#fact = fact;
  }

  /**
   * Chooses a node that is up, and counts the key.
   *
   * @param own How many servers this node has, and begins to start.
   * @param unable The names of the nodes that are left out this time.
   * @returns The name of the node; `undefined` if it is this one.
   */
  choose(nodes: readonly ClusterNode[], own: number, unable: ReadonlySet<string>): string | undefined {
    let least = own;
    let best: { readonly name: string; readonly load: Load } | undefined;
    for (const { name, status, isSelf, details } of nodes) {
      const reported = details[this.#fact];
      if (
        isSelf || status !== "up" || unable.has(name) || typeof reported !== "number" || details.isDraining === true
      ) continue;
      const load = this.#loadOf(name, details);
      if (reported + load.placed >= least) continue;
      least = reported + load.placed;
      best = { name, load };
    }
    if (best) best.load.placed++;
    for (const name of this.#loads.keys()) if (!nodes.some((node) => node.name === name)) this.#loads.delete(name);
    return best?.name;
  }

  #loadOf(name: string, details: NodeDetails): Load {
    const known = this.#loads.get(name);
    if (known?.details === details) return known;
    const load = { details, placed: 0 };
    this.#loads.set(name, load);
    return load;
  }
}
