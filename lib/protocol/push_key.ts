/**
 * Keys of pushes, which Phoenix does not have: a push that a client sends again after it has lost the connection has the
 * same key, so that the server handles it once.
 *
 * The key is the last part of the push's `ref`. Servers that do not know keys send the `ref` back with the reply, as they
 * do with any other, so phoenix.js matches replies as always.
 *
 * ```text
 * client: ["1", "7~k3f0c9.2", "room:1", "say", { "text": "hello" }]
 * client: ["9", "12~k3f0c9.2", "room:1", "say", { "text": "hello" }]    after a cut
 * server: ["9", "12~k3f0c9.2", "room:1", "phx_reply", { "status": "ok", "response": {} }]
 * ```
 *
 * @module
 */

/** Begins the key in a `ref`. The refs of phoenix.js are numbers. */
const SEPARATOR = "~";

const KEY = /^[A-Za-z0-9_-]{1,64}\.[0-9]{1,16}$/;

/** Returns a `ref` with a key. `key` is the client's random name and a number: `k3f0c9.2`. */
export function withPushKey(ref: string, key: string): string {
  return ref + SEPARATOR + key;
}

/**
 * Returns the key of a push, with its separator; `undefined` if it has none.
 *
 * @example Usage
 * ```ts
 * import { pushKeyOf } from "./push_key.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(pushKeyOf("7~k3f0c9.2"), "~k3f0c9.2");
 * assertEquals(pushKeyOf("7"), undefined);
 * ```
 *
 * @param ref The `ref` as the client sent it.
 */
export function pushKeyOf(ref: unknown): string | undefined {
  if (typeof ref !== "string") return undefined;
  const at = ref.indexOf(SEPARATOR);
  return at >= 0 && KEY.test(ref.slice(at + 1)) ? ref.slice(at) : undefined;
}
