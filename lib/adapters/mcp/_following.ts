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

/** What a view of a topic has. */
type Followed = { readonly [key: string]: Plain; readonly events: readonly { readonly number: number }[] };

/** Follows topics. */
export class Following implements Disposable {
  readonly #inspection: Inspection;
  readonly #isOver: () => boolean;
  #pauses = new Pauses();

  /**
   * Follows no topic yet.
   *
   * @param inspection Shows the topics.
   * @param isOver Whether nothing more will happen, so that nobody needs to wait.
   */
  constructor(inspection: Inspection, isOver: () => boolean) {
    this.#inspection = inspection;
    this.#isOver = isOver;
  }

  /** Shows what happens in a topic from now on; nothing if it ends early. */
  async follow({ seconds = "", ...texts }: QueryTexts): Promise<Plain> {
    const delayMs = Math.min(new ViewQuery({ seconds }).integer("seconds", SECONDS), MOST_SECONDS) * 1_000;
    const before = await this.#inspection.view("follow", texts) as Followed;
    if (!await this.#hasPassed(delayMs)) return { ...before, events: [] };
    return await this.#inspection.view("follow", { ...texts, after: `${before.events.at(-1)?.number ?? 0}` });
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
      if (pauses !== this.#pauses || this.#isOver()) return false;
    }
    return true;
  }
}
