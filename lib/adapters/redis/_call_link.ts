/**
 * How history and owners reach Redis over the connection of their adapter.
 *
 * @module
 */

import { BusDownError } from "../../pubsub/errors.ts";
import type { ScriptCalls } from "./_script_calls.ts";

/** What they need of the adapter for that. */
export interface CallLink {
  /** The connection that publishes, while the bus is up. */
  readonly calls: ScriptCalls | undefined;
  /** Returns an error that may be shown. */
  faultOf(thrown: unknown): Error;
}

/**
 * Returns the calls over the open connection.
 *
 * @param what What is done, for the error.
 * @throws {BusDownError} If there is no connection.
 */
export function openCalls({ calls }: CallLink, what: string): ScriptCalls {
  if (!calls) throw new BusDownError(what);
  return calls;
}

/**
 * Sends something over the open connection, and returns the reply.
 *
 * @param what What is done, for the error.
 * @throws {BusDownError} If there is no connection.
 * @throws {Error} If it fails.
 */
export async function ask(
  link: CallLink,
  what: string,
  send: (calls: ScriptCalls) => Promise<unknown>,
): Promise<unknown> {
  const calls = openCalls(link, what);
  try {
    return await send(calls);
  } catch (thrown) {
    throw link.faultOf(thrown);
  }
}
