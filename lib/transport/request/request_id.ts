/**
 * The id that a proxy gave to a request, by which its log and ours are matched.
 *
 * @module
 */

import type { ConnectInfo } from "./connect_info.ts";

/** Printable ASCII without spaces. Anything else is no id of a proxy. */
const REQUEST_ID = /^[\x21-\x7e]{1,200}$/;

/**
 * Returns the `x-request-id` of a handshake, as Plug and most proxies name it; `undefined` if there is none, or it is
 * longer than 200 characters or not printable.
 */
export function requestIdOf({ xHeaders }: Pick<ConnectInfo, "xHeaders">): string | undefined {
  const id = xHeaders.get("x-request-id");
  return id !== undefined && REQUEST_ID.test(id) ? id : undefined;
}
