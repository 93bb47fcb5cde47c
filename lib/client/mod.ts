/**
 * Optional additions to phoenix.js for clients of an Urvogel server. They run in browsers, Deno and Node.
 *
 * ```ts ignore
 * import { Socket } from "phoenix";
 * import { batched } from "@urvogel/realtime/client";
 *
 * const socket = new Socket("/socket", { ...batched });
 * ```
 *
 * @module
 */

export { batched, type BatchedOptions } from "./batched.ts";
export type { PhoenixMessage } from "./phoenix_message.ts";
