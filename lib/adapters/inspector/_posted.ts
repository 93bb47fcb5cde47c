/**
 * Reads what is posted: JSON, and the parameters in it.
 *
 * @module
 */

import { PostedBodies } from "../../transport/long_poll/posted_body.ts";
import type { QueryTexts } from "./_view_query.ts";

const BODY_TIMEOUT_MS = 5_000;

/**
 * Reads the JSON in the body of a request.
 *
 * @returns The value; `undefined` if the body is no JSON, larger than `maxPostBytes`, or late.
 */
export async function readJson(request: Request, maxPostBytes: number): Promise<unknown> {
  const bodies = new PostedBodies({ maxPostBytes, maxRequests: 1, bodyTimeoutMs: BODY_TIMEOUT_MS });
  using body = bodies.take(request)!; // there is room for one
  if (await body.read) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(body.bytes));
  } catch { // no JSON
    return undefined;
  }
}

/** Returns the entries that are texts or numbers, as texts. */
export function textsOf(values: object): QueryTexts {
  const given = Object.entries(values).filter(([, value]) => ["string", "number"].includes(typeof value));
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}
