/**
 * Requests of the server to a client, which Phoenix does not have.
 *
 * The request is a push whose frame carries a reference in its `ref` field, where pushes of Phoenix have `null`. Every
 * version of phoenix.js passes it to the callback of `channel.on` as the second argument. The client answers with a
 * push of the event `phx_answer`, whose payload is `{ ref, response }` or `{ ref, error }`.
 *
 * ```text
 * server: ["1", "ask-5f0c…", "room:1", "confirm", { "text": "Delete it?" }]
 * client: ["1", "7", "room:1", "phx_answer", { "ref": "ask-5f0c…", "response": true }]
 * ```
 *
 * @module
 */

/** Keeps references apart from the refs of clients, which are plain numbers, and from other uses of the field. */
const PREFIX = "ask-";

/** Creates the reference of a request: unguessable, and unique among all servers. */
export function newRequestRef(): string {
  return PREFIX + crypto.randomUUID();
}

/** Returns whether the `ref` of a frame is the reference of a request. */
export function isRequestRef(ref: unknown): ref is string {
  return typeof ref === "string" && ref.startsWith(PREFIX);
}

/** A client's answer to a request: `"ok"` with its response, or `"error"` with why it refused. */
export interface Answer {
  /** Whether the client did what it was asked. */
  readonly status: "ok" | "error";
  /** The response, or the error: any JSON value, `null` if the client sent none. */
  readonly response: unknown;
}

/**
 * Reads the payload of `phx_answer`.
 *
 * @example Usage
 * ```ts
 * import { readAnswer } from "./request.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const read = readAnswer({ ref: "ask-1", error: "busy" });
 * assertEquals(read, { ref: "ask-1", answer: { status: "error", response: "busy" } });
 * assertEquals(readAnswer("busy"), undefined);
 * ```
 *
 * @param payload What the client sent.
 * @returns The reference and the answer; `undefined` if the payload is something else.
 */
export function readAnswer(payload: unknown): { readonly ref: string; readonly answer: Answer } | undefined {
  if (typeof payload !== "object" || payload === null || !Object.hasOwn(payload, "ref")) return undefined;
  const { ref, response = null, error } = payload as { ref: unknown; response?: unknown; error?: unknown };
  if (typeof ref !== "string") return undefined;
  const isError = Object.hasOwn(payload, "error");
  return { ref, answer: isError ? { status: "error", response: error } : { status: "ok", response } };
}
