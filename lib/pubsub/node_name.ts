/**
 * The names of nodes and deployments, which become part of subjects, channels and keys at engines.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";

/** The longest name of a node, in characters. */
export const LONGEST_NODE_NAME = 64;

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Returns whether a node can have this name: 1 to 64 letters, digits, `-` and `_`. */
export function isNodeName(name: unknown): name is string {
  return typeof name === "string" && NAME.test(name);
}

/**
 * Throws if a node cannot have this name.
 *
 * @param task What cannot be done then, such as `"create adapter"`.
 * @throws {TypeError} If it has other characters than letters, digits, `-` and `_`, or not 1 to 64 of them.
 */
export function assertNodeName(task: string, name: unknown): void {
  assertName(task, "nodeName", name);
}

/**
 * Throws if an option cannot be a part of such names. What holds for a node holds for the prefix of a deployment.
 *
 * @param task What cannot be done then, such as `"create adapter"`.
 * @param option The name of the option, such as `"prefix"`.
 * @throws {TypeError} If it has other characters than letters, digits, `-` and `_`, or not 1 to 64 of them.
 */
export function assertName(task: string, option: string, name: unknown): void {
  if (isNodeName(name)) return;
  throw new TypeError(`Cannot ${task}: "${option}" must match ${NAME.source}, received ${quoted(name)}`);
}
