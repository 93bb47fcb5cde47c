/**
 * Waiting for the reply to a message.
 *
 * @module
 */

import { assertAtLeast } from "./_at_least.ts";
import { ReplyError, ReplyTimeoutError } from "./errors.ts";

/** Options for what waits for a reply. */
export interface ReplyOptions {
  /**
   * How long to wait for the reply, in milliseconds, including the time until the connection is open.
   *
   * @default {10000}
   */
  readonly timeoutMs?: number;
  /** Stops waiting when aborted. A message that has been sent is not taken back; one that waits is not sent. */
  readonly signal?: AbortSignal;
}

/** The longest delay of `setTimeout`, 25 days; a longer one would end at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** A reply that is awaited. The first call settles it; others do nothing. */
export interface AwaitedReply {
  /** How long it is waited for, in milliseconds. */
  readonly limitMs: number;
  /** Settles it with the response to `"ok"`. */
  readonly ok: (response: unknown) => void;
  /** Settles it with the response to `"error"`. */
  readonly error: (response: unknown) => void;
  /** Settles it with an error that is not the server's. */
  readonly fail: (error: unknown) => void;
}

/**
 * Waits for a reply.
 *
 * @param what What is not done without it, for errors: `call say`.
 * @param options How long to wait. The default of `timeoutMs` is that of phoenix.js.
 * @param send Sends the message. Returns a function that is called once the reply is settled, whichever way.
 */
export async function awaitReply(
  what: string,
  { timeoutMs = 10_000, signal }: ReplyOptions,
  send: (reply: AwaitedReply) => () => void,
): Promise<unknown> {
  signal?.throwIfAborted();
  assertAtLeast(0, "timeoutMs", timeoutMs);
  const settled = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onSettled: (() => void) | undefined;
  try {
    return await new Promise((ok, fail) => {
      const limitMs = Math.min(timeoutMs, LONGEST_MS);
      timer = setTimeout(() => fail(new ReplyTimeoutError(what, timeoutMs)), limitMs);
      signal?.addEventListener("abort", () => fail(signal.reason), { signal: settled.signal });
      onSettled = send({ limitMs, ok, error: (response) => fail(new ReplyError(what, response)), fail });
    });
  } finally {
    clearTimeout(timer);
    settled.abort();
    onSettled?.();
  }
}
