/**
 * What keeps a server busy: the interface, and which there are.
 *
 * @module
 */

import { Broadcasts, type Crowd } from "./broadcasts.ts";
import type { Target } from "./client.ts";
import { Connects } from "./connects.ts";
import { Echoes } from "./echoes.ts";
import { Joins } from "./joins.ts";

/** A load on one server. What it needs to begin is ready, so that each window is only the work itself. */
export interface Load extends Disposable {
  /**
   * Works for `windowMs`, and until what it began is done: all of what it counts happened within the call.
   *
   * @returns How much was done.
   */
  work(windowMs: number): Promise<number>;
  /** Clears up what the last window left behind; not part of any. */
  tidy(): Promise<void>;
}

/** A load to be made; travels to the generator as JSON. */
export type LoadPlan =
  /** Clients that send to their own topic what comes back, so many messages at a time. */
  | { readonly load: "echoes"; readonly clients: number; readonly inFlight: number }
  /** Clients that are sent what `senders` of them say, so many messages at a time. */
  | { readonly load: "broadcasts" } & Crowd
  /** Clients connect and join a topic, at most so many in a window. */
  | { readonly load: "connects"; readonly most: number }
  /** Clients join a topic and leave it. */
  | { readonly load: "joins"; readonly clients: number };

/** Makes ready for `plan` against the server at `target`. */
export async function prepare(plan: LoadPlan, target: Target): Promise<Load> {
  switch (plan.load) {
    case "echoes":
      return await Echoes.prepare(target, plan.clients, plan.inFlight);
    case "broadcasts":
      return await Broadcasts.prepare(target, plan);
    case "connects":
      return new Connects(target, plan.most);
    case "joins":
      return await Joins.prepare(target, plan.clients);
  }
}
