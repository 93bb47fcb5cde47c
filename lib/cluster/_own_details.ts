/**
 * What this node says about itself.
 *
 * @module
 */

import type { NodeDetails } from "./node_details.ts";
import { isDetails } from "./_node_message.ts";

/** Runs code of others, whose errors must not end the heartbeats. */
export type Attempt = (during: string, action: () => void) => void;

/** Collects the facts that parts of the program contribute. */
export class OwnDetails {
  readonly #describers = new Set<() => NodeDetails>();
  readonly #attempt: Attempt;

  /** @param attempt Calls a function that may throw, and reports it. */
  constructor(attempt: Attempt) {
    this.#attempt = attempt;
  }

  /** Adds facts, until the returned function is called. */
  add(describer: () => NodeDetails): () => void {
    this.#describers.add(describer);
    return () => void this.#describers.delete(describer);
  }

  /** Returns all facts; none if they are not fit to be sent, since other nodes would ignore the heartbeat. */
  describe(): NodeDetails {
    const details: NodeDetails = {};
    for (const describe of this.#describers) {
      this.#attempt(DURING, () => void Object.assign(details, describe()));
    }
    if (isDetails(details)) return details;
    this.#attempt(DURING, () => {
      throw new TypeError("Cannot describe node: the details must be plain values, at most 4096 characters as JSON");
    });
    return {};
  }
}

const DURING = "the details of a node";
