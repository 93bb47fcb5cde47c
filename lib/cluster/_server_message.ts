/**
 * What nodes say to each other about a server: a call or a cast, and its reply.
 *
 * @module
 */

import type { ExitReason } from "../otp/process/exit_reason.ts";
import { isError } from "../base/foreign.ts";
import { decodeCrossing, encodeCrossing } from "./crossing.ts";

/** A call or a cast for a server of another node. */
export interface ServerRequest {
  /** What it is. */
  readonly kind: "call" | "cast";
  /** Which server: a key, or the name under which it is exposed. */
  readonly target: string;
  /** The name of the call or the cast. */
  readonly name: string;
  /** What is requested. */
  readonly request?: unknown;
  /** How long the caller waits, in milliseconds; `null` for as long as the server lives. */
  readonly timeoutMs?: number | null;
  /** Whether it was passed on by a node that does not have the server. */
  readonly isForwarded?: boolean;
}

/** An error on its way between nodes: its stack stays where it is. */
export interface CrossingError {
  /** Its name, such as `"RangeError"`. */
  readonly name: string;
  /** Its message. */
  readonly message: string;
}

/** An exit reason on its way between nodes. */
export type CrossingReason = Exclude<ExitReason, Error> | "ignore" | "timeout" | { readonly error: CrossingError };

/** The reply to a {@linkcode ServerRequest}. */
export type ServerReply =
  /** The reply of the server; nothing for a cast. */
  | { readonly reply: "value"; readonly value?: unknown }
  /** The server is not there. The request was not handled. */
  | { readonly reply: "elsewhere" }
  /** The server ended. */
  | { readonly reply: "exit"; readonly reason: CrossingReason }
  /** The server did not reply in time. */
  | { readonly reply: "timeout"; readonly message: string }
  /** The mailbox of the server is full. */
  | { readonly reply: "full" }
  /** The request was refused. */
  | { readonly reply: "refused"; readonly error: CrossingError };

const REPLIES: ReadonlySet<unknown> = new Set(["value", "elsewhere", "exit", "timeout", "full", "refused"]);

/**
 * Encodes a request.
 *
 * @throws {TypeError} If what is requested is neither JSON nor bytes.
 */
export function encodeServerRequest(request: ServerRequest): Uint8Array<ArrayBuffer> {
  return encodeCrossing(request, `${request.kind} "${request.name}" to another node`);
}

/** Decodes a request of another node. @throws {TypeError} If it is malformed. */
export function decodeServerRequest(message: unknown): ServerRequest {
  const request = decodeCrossing(message) as Readonly<Record<string, unknown>> | null;
  const isFine = typeof request === "object" && request !== null &&
    (request.kind === "call" || request.kind === "cast") &&
    typeof request.target === "string" && typeof request.name === "string" && isTimeout(request.timeoutMs);
  if (!isFine) throw new TypeError("Cannot handle request of another node: it is malformed");
  return request as object as ServerRequest;
}

/** Encodes a reply. @throws {TypeError} If its value is neither JSON nor bytes. */
export function encodeServerReply(reply: ServerReply, name: string): Uint8Array<ArrayBuffer> {
  return encodeCrossing(reply, `the reply to "${name}" to another node`);
}

/** Decodes a reply of another node. @throws {TypeError} If it is malformed. */
export function decodeServerReply(message: unknown): ServerReply {
  const reply = decodeCrossing(message) as Readonly<Record<string, unknown>> | null;
  if (typeof reply !== "object" || reply === null || !REPLIES.has(reply.reply)) {
    throw new TypeError("Cannot read reply of another node: it is malformed");
  }
  return reply as object as ServerReply;
}

/** Converts an error for its way to another node. */
export function crossingError({ name, message }: Error): CrossingError {
  return { name, message };
}

/** Converts an exit reason for its way to another node. */
export function crossingReason(reason: ExitReason | "ignore" | "timeout"): CrossingReason {
  if (isError(reason)) return { error: crossingError(reason) };
  return typeof reason === "string" ? reason : { shutdown: String(reason.shutdown) };
}

function isTimeout(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "number" && value >= 0);
}
