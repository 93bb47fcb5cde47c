/**
 * Messages that have arrived and that no assertion has expected yet.
 *
 * @module
 */

import { AssertionError } from "@std/assert/assertion-error";
import { nextTurn } from "../base/pause.ts";
import { inspected } from "../base/printable.ts";
import { Process } from "../otp/process/process.ts";
import { settle } from "./settle.ts";

/** How a log waits for a message that has not come yet. */
export type Patience =
  /** The server runs in this thread: wait until it has nothing left to do. */
  | { readonly until: "idle"; readonly timeoutMs: number }
  /** It runs elsewhere: wait until the time is up. */
  | { readonly until: "timeout"; readonly timeoutMs: number };

/** How a log describes its messages in the error of an assertion. */
export interface LogWords<T> {
  /** Describes a message. */
  readonly describe: (message: T) => string;
  /** Describes other messages that came unexpectedly. */
  readonly others?: () => readonly string[];
  /** Describes why no more messages come: how a channel or a connection ended. */
  readonly ends?: () => readonly string[];
}

/** How many messages the error of an assertion lists: the latest. */
const LISTED = 20;

/** Messages in the order in which they came. An assertion removes the message that it expects. */
export class MessageLog<T> {
  readonly #messages: T[] = [];
  readonly #patience: Patience;
  readonly #words: LogWords<T>;

  /** Creates an empty log. */
  constructor(patience: Patience, words: LogWords<T>) {
    this.#patience = patience;
    this.#words = words;
  }

  /** Adds a message. An arrow function, so that it can be passed as a callback. */
  readonly add = (message: T): void => {
    this.#messages.push(message);
  };

  /** The messages that no assertion has expected yet. */
  get rest(): readonly T[] {
    return this.#messages;
  }

  /** The same messages, described in words. */
  get restInWords(): readonly string[] {
    return this.#messages.map(this.#words.describe);
  }

  /**
   * Removes and returns the first message that `matches`; waits for it if necessary.
   *
   * @param what The message in words, for the error.
   * @param matches Returns whether a message matches.
   * @throws {AssertionError} If it does not come.
   */
  async expect(what: string, matches: (message: T) => boolean): Promise<T> {
    const found = await this.#wait(matches);
    if (found.is === "there") return found.message;
    const why = [...this.#words.ends?.() ?? [], ...found.is === "late" ? [describeBusy(this.#patience)] : []];
    throw new AssertionError([`Expected ${what}, but there ${this.#describeRest()}`, ...why].join("\n"));
  }

  /**
   * Asserts that no message `matches`, including messages that are still to come.
   *
   * @param what The message in words, for the error.
   * @param matches Returns whether a message matches.
   * @throws {AssertionError} If there is one.
   */
  async refute(what: string, matches: (message: T) => boolean): Promise<void> {
    const found = await this.#wait(matches);
    if (found.is !== "there") return;
    throw new AssertionError(`Expected no ${what}, but there was ${this.#words.describe(found.message)}`);
  }

  async #wait(matches: (message: T) => boolean): Promise<Found<T>> {
    const { until, timeoutMs } = this.#patience;
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const index = this.#messages.findIndex(matches);
      if (index !== -1) return { is: "there", message: this.#messages.splice(index, 1)[0] as T };
      if (performance.now() >= deadline) return { is: "late" };
      if (until === "timeout") await nextTurn();
      else if (await settle({ timeoutMs: 0 }) === "idle" && !this.#messages.some(matches)) return { is: "absent" };
    }
  }

  #describeRest(): string {
    const rest = [...this.restInWords, ...this.#words.others?.() ?? []];
    if (rest.length === 0) return "was nothing";
    const omitted = rest.length > LISTED ? [`${rest.length - LISTED} earlier ones`] : [];
    return ["was only:", ...omitted, ...rest.slice(-LISTED)].join("\n  ");
  }
}

/** The result of waiting for a message. */
type Found<T> =
  | { readonly is: "there"; readonly message: T }
  /** The message is not there and will not come. */
  | { readonly is: "absent" }
  /** The message did not come in time. */
  | { readonly is: "late" };

/** Explains why it is unknown whether a message will still come. */
function describeBusy({ until, timeoutMs }: Patience): string {
  if (until === "timeout") return `It did not come within ${timeoutMs} ms.`;
  return `After ${timeoutMs} ms something was still at work: ${Process.busy.map(describeProcess).join(", ")}.`;
}

function describeProcess({ label, whyLate }: Process): string {
  return whyLate === undefined ? label : `${label}, ${whyLate}`;
}

/** Maximum length of a value's text in an error. */
const LONGEST_SHOWN = 1000;

/** Returns a value as text, for an error. Never throws. */
export function show(value: unknown): string {
  const text = json(value) ?? inspected(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

function json(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_key, part) => {
      if (typeof part === "function") return `<${part.name || "a function"}>`;
      if (part instanceof Uint8Array) return `<${part.length} bytes: ${part.toHex()}>`;
      return part;
    });
  } catch { // a cycle, a bigint
    return undefined;
  }
}
