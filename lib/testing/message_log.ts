/**
 * What has come and has not been looked at.
 *
 * @module
 */

import { AssertionError } from "@std/assert/assertion-error";
import { settle, turn } from "./settle.ts";

/** How a log waits for what has not come yet. */
export type Patience =
  /** The server runs in this thread: wait until it has nothing left to do. */
  | { readonly until: "idle"; readonly timeoutMs: number }
  /** It runs elsewhere: only time tells. */
  | { readonly until: "timeout"; readonly timeoutMs: number };

/** Messages that came, the oldest first, until somebody expects them. */
export class MessageLog<T> {
  readonly #messages: T[] = [];
  readonly #patience: Patience;

  /** Creates an empty log. */
  constructor(patience: Patience) {
    this.#patience = patience;
  }

  /** Adds a message. Bound, so that it may be a callback. */
  readonly add = (message: T): void => {
    this.#messages.push(message);
  };

  /** What nobody has expected yet. */
  get rest(): readonly T[] {
    return this.#messages;
  }

  /**
   * Takes the first message that `matches`, and waits for it if it has to.
   *
   * @param what The message in words, for the error.
   * @param matches Tells whether a message is it.
   * @throws {AssertionError} If it does not come.
   */
  async expect(what: string, matches: (message: T) => boolean): Promise<T> {
    const found = await this.#wait(matches);
    if (found) return found.message;
    throw new AssertionError(`Expected ${what}, but there ${this.#describeRest()}`);
  }

  /**
   * Makes sure that no message `matches`, also none that is still to come.
   *
   * @param what The message in words, for the error.
   * @param matches Tells whether a message is it.
   * @throws {AssertionError} If there is one.
   */
  async refute(what: string, matches: (message: T) => boolean): Promise<void> {
    const found = await this.#wait(matches);
    if (found) throw new AssertionError(`Expected no ${what}, but there was ${show(found.message)}`);
  }

  async #wait(matches: (message: T) => boolean): Promise<{ readonly message: T } | undefined> {
    const { until, timeoutMs } = this.#patience;
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const index = this.#messages.findIndex(matches);
      if (index !== -1) return { message: this.#messages.splice(index, 1)[0] as T };
      if (performance.now() >= deadline) return undefined;
      if (until === "timeout") await turn();
      else if (await settle({ timeoutMs: 0 }) === "idle" && !this.#messages.some(matches)) return undefined;
    }
  }

  #describeRest(): string {
    if (this.#messages.length === 0) return "was nothing";
    return `was only:\n${this.#messages.map((message) => `  ${show(message)}`).join("\n")}`;
  }
}

/** A value in words, for an error. */
export function show(value: unknown): string {
  return JSON.stringify(value, (_key, part) => {
    if (typeof part === "function") return `<${part.name || "a function"}>`;
    if (part instanceof Uint8Array) return `<${part.length} bytes: ${part.toHex()}>`;
    return part;
  }) ?? String(value);
}
