/**
 * The ids of the sessions in which nodes own keys, at engines that keep who owns a key in one text.
 *
 * @module
 */

import { ulid } from "@std/ulid";

/** Returns the id of a new session of a node. */
export function newSessionId(node: string): string {
  return `${node}.${ulid()}`;
}

/** Returns the node of a session. The names of nodes have no dot. */
export function nodeOfSession(id: string): string {
  return id.slice(0, id.lastIndexOf("."));
}
