/**
 * Reads the parameters of an action from the body of a request.
 *
 * @module
 */

import { PostedBodies } from "../../transport/long_poll/posted_body.ts";
import type { QueryTexts } from "./_view_query.ts";

/** An action has a few short parameters. */
const LIMITS = { maxPostBytes: 10_000, maxRequests: 1, bodyTimeoutMs: 5_000 };

/**
 * Reads a JSON object whose values are texts or numbers.
 *
 * @returns The values as texts; `undefined` if the body is something else, too large, or late.
 */
export async function readTexts(request: Request): Promise<QueryTexts | undefined> {
  using body = new PostedBodies(LIMITS).take(request)!; // there is room for one
  if (await body.read) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body.bytes));
    if (typeof value !== "object" || value === null) return undefined;
    const entries = Object.entries(value).filter(([, value]) => ["string", "number"].includes(typeof value));
    return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
  } catch { // no JSON
    return undefined;
  }
}
