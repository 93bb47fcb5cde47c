/**
 * Calls within a node that are treated as those between nodes, for development: what would not survive the way is
 * noticed at once.
 *
 * @module
 */

import { whenDone } from "../base/thenable.ts";
import type { ServerProcess } from "../otp/server/server_process.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { KeyedServersLimits } from "./keyed_servers_options.ts";
import { decodeCrossing, encodeCrossing } from "./crossing.ts";
import { checkedRequest, type RequestSchemas } from "./_serve_request.ts";

/** The programs under test. */
const checked = new WeakSet<PubSub>();

/** Checks the servers by key of a PubSub that start from now on, unless the options of their `KeyedServers` decide. */
export function checkCallsOf(pubsub: PubSub): void {
  checked.add(pubsub);
}

/** What decides whether the calls of servers are checked. */
interface CallCheckOptions extends Pick<KeyedServersLimits, "checkCalls" | "pubsub" | "schemas"> {
  readonly scope?: unknown;
}

/** Returns what checks the calls of a server that starts, if anything may. */
export function callCheckOf(
  { checkCalls: isChecked, pubsub, schemas = {}, scope }: CallCheckOptions,
): ((server: ServerProcess<unknown>) => void) | undefined {
  if (isChecked === false || isChecked === undefined && scope === "node") return undefined;
  return (server) => isChecked === true || checked.has(pubsub) ? checkCalls(server, schemas) : undefined;
}

/**
 * Makes a server copy the requests that it gets and the replies that it gives, and check requests against schemas. Like a
 * test's spy it stands before two methods of this one process, which stays the same object.
 *
 * A cast whose schema is asynchronous is sent unchecked: its sender cannot wait.
 */
function checkCalls(server: ServerProcess<unknown>, schemas: RequestSchemas): void {
  const call = server.call.bind(server);
  const cast = server.cast.bind(server);
  server.call = async (name, request, options) => {
    const copy = copied(request, `call "${name}" to another node`);
    const checked = await checkedRequest({ kind: "call", name, request: copy }, schemas);
    return copied(await call(name, checked, options), `the reply to "${name}" to another node`);
  };
  server.cast = (name, request) => {
    const copy = copied(request, `cast "${name}" to another node`);
    const checked = whenDone(
      checkedRequest({ kind: "cast", name, request: copy }, schemas),
      (checked) => ({ checked }),
    );
    if (!(checked instanceof Promise)) return cast(name, checked.checked);
    checked.catch(() => {});
    return cast(name, copy);
  };
}

function copied(value: unknown, what: string): unknown {
  return decodeCrossing(encodeCrossing(value, what));
}
