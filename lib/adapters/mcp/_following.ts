/**
 * Follows topics for agents, for some seconds each.
 *
 * @module
 */

import { Pauses } from "../../base/pause.ts";
import type { Inspection } from "../inspector/_inspection.ts";
import type { Plain } from "../inspector/_plain.ts";
import { type QueryTexts, ViewQuery } from "../inspector/_view_query.ts";
import { MOST_SECONDS } from "./_tools.ts";

const SECONDS = 5;
/** How long the server may have to wait for its shutdown, in milliseconds. */
const STEP_MS = 250;
/** How often a topic is looked at: one at which nobody looks for 15 s is followed no longer, and what was seen is lost. */
const LOOK_MS = 5_000;

/** What a view of a topic has. */
type Followed = { readonly [key: string]: Plain; readonly events: readonly { readonly number: number }[] };

/** Follows topics. One that is followed would keep the server from shutting down, so that ends it. */
export class Following implements Disposable {
  readonly #inspection: Inspection;
  #pauses = new Pauses();

  /**
   * Follows no topic yet.
   *
   * @param inspection Shows the topics.
   */
  constructor(inspection: Inspection) {
    this.#inspection = inspection;
  }

  /** Shows what happens in a topic from now on; nothing if it ends early. */
  async follow({ seconds = "", ...texts }: QueryTexts): Promise<Plain> {
    const delayMs = Math.min(new ViewQuery({ seconds }).integer("seconds", SECONDS), MOST_SECONDS) * 1_000;
    const before = await this.#inspection.view("follow", texts) as Followed;
    const after = `${before.events.at(-1)?.number ?? 0}`;
    const nothing = { ...before, events: [] };
    let followed: Plain = nothing;
    for (let leftMs = delayMs; leftMs > 0; leftMs -= LOOK_MS) {
      if (!await this.#hasPassed(Math.min(LOOK_MS, leftMs))) return nothing;
      followed = await this.#inspection.view("follow", { ...texts, after });
    }
    return followed;
  }

  /** Ends all pauses. Topics may be followed again. */
  [Symbol.dispose](): void {
    this.#pauses.end();
    this.#pauses = new Pauses();
  }

  async #hasPassed(delayMs: number): Promise<boolean> {
    const pauses = this.#pauses;
    for (let leftMs = delayMs; leftMs > 0; leftMs -= STEP_MS) {
      await pauses.pause(Math.min(STEP_MS, leftMs));
      if (pauses !== this.#pauses || this.#inspection.isOver) return false;
    }
    return true;
  }
}
