/**
 * What has come and has not been looked at.
 *
 * @module
 */

import { AssertionError } from "@std/assert/assertion-error";
import { nextTurn } from "../base/pause.ts";
import { ServerProcess } from "../otp/server/server_process.ts";
import { inspected } from "../base/printable.ts";
import { Process } from "../otp/process/process.ts";
import { settle } from "./settle.ts";

/** How a log waits for what has not come yet. */
export type Patience =
  /** The server runs in this thread: wait until it has nothing left to do. */
  | { readonly until: "idle"; readonly timeoutMs: number }
  /** It runs elsewhere: only time tells. */
  | { readonly until: "timeout"; readonly timeoutMs: number };

/** How a log describes what it has, for the error of an assertion. */
export interface LogWords<T> {
  /** A message in words. */
  readonly describe: (message: T) => string;
  /** What else came that nobody has expected, in words. */
  readonly others?: () => readonly string[];
  /** What explains that nothing more comes: how a channel or a connection ended. */
  readonly ends?: () => readonly string[];
}

/** How many messages the error of an assertion lists: the latest. */
const LISTED = 20;

/** Messages that came, the oldest first, until somebody expects them. */
export class MessageLog<T> {
  readonly #messages: T[] = [];
  readonly #patience: Patience;
  readonly #words: LogWords<T>;

  /** Creates an empty log. */
  constructor(patience: Patience, words: LogWords<T>) {
    this.#patience = patience;
    this.#words = words;
  }

  /** Adds a message. Bound, so that it may be a callback. */
  readonly add = (message: T): void => {
    this.#messages.push(message);
  };

  /** What nobody has expected yet. */
  get rest(): readonly T[] {
    return this.#messages;
  }

  /** The same in words. */
  get restInWords(): readonly string[] {
    return this.#messages.map(this.#words.describe);
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
    if (found.is === "there") return found.message;
    const why = [...this.#words.ends?.() ?? [], ...found.is === "late" ? [describeBusy(this.#patience)] : []];
    throw new AssertionError([`Expected ${what}, but there ${this.#describeRest()}`, ...why].join("\n"));
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

/** What became of a wait. */
type Found<T> =
  | { readonly is: "there"; readonly message: T }
  /** It is not there, and will not come. */
  | { readonly is: "absent" }
  /** Time was up. */
  | { readonly is: "late" };

/** Why nobody can say whether a message still comes. */
function describeBusy({ until, timeoutMs }: Patience): string {
  if (until === "timeout") return `It did not come within ${timeoutMs} ms.`;
  return `After ${timeoutMs} ms something was still at work: ${Process.busy.map(describeProcess).join(", ")}.`;
}

function describeProcess(process: Process): string {
  const why = process instanceof ServerProcess ? process.whyLate : undefined;
  return why === undefined ? process.label : `${process.label}, ${why}`;
}

/** The longest text of a value in an error. */
const LONGEST_SHOWN = 1000;

/** A value in words, for an error. Never throws. */
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
