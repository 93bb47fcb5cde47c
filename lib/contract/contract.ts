/**
 * Contracts: what the client and the server of a channel may say to each other.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";
import { isProtocolEvent } from "../protocol/event_names.ts";
import type { JsonOrBytes, Payload } from "../protocol/payload.ts";
import { isSchema, type Schema } from "./schema.ts";

/**
 * The declaration of a join: its parameters, and the response to it.
 *
 * @category Contracts
 */
export interface JoinDeclaration {
  /**
   * The parameters of a join. Those of the library, such as `since`, are removed before.
   *
   * @default {any JSON value, or bytes}
   */
  readonly params?: Schema;
  /**
   * The response to an accepted join.
   *
   * @default {an empty one}
   */
  readonly reply?: Schema<JsonOrBytes | undefined, unknown>;
}

/**
 * The declaration of an event that clients send: its payload, and the reply of the server.
 *
 * @category Contracts
 */
export interface IncomingDeclaration {
  /** The payload. */
  readonly payload: Schema;
  /**
   * The reply with status `"ok"`. Replies with another status may be anything.
   *
   * @default {an empty one}
   */
  readonly reply?: Schema<JsonOrBytes | undefined, unknown>;
}

/**
 * The declaration of an event that the server sends: its payload, and the answer of a client if it is a request.
 *
 * @category Contracts
 */
export interface OutgoingDeclaration {
  /** The payload: an object, or a `Uint8Array`. */
  readonly payload: Schema<Payload, unknown>;
  /**
   * The answer of a client to a request.
   *
   * @default {anything}
   */
  readonly reply?: Schema;
}

/**
 * The messages that the client and the server of a channel may send each other, with their schemas; see `contract`.
 *
 * @category Contracts
 */
export interface Contract {
  /** The parameters of a join, and the response to it. */
  readonly join?: JoinDeclaration;
  /** The events that clients send to the server. */
  readonly in?: { readonly [event: string]: IncomingDeclaration };
  /** The events that the server sends to clients: pushes, broadcasts and requests. */
  readonly out?: { readonly [event: string]: OutgoingDeclaration };
}

/**
 * Declares the messages that the client and the server of a channel may send each other. Types and validation of both
 * sides follow from it. Keep it in a module that both sides can import: it needs nothing of the server.
 *
 * Schemas of several libraries may be mixed, and asynchronous ones are allowed.
 *
 * ```ts
 * import { contract, validate } from "@urvogel/realtime/contract";
 * import { assertEquals } from "@std/assert";
 * import * as z from "zod";
 *
 * const room = contract({
 *   join: { params: z.object({ nick: z.string() }) },
 *   in: { say: { payload: z.object({ text: z.string().min(1) }), reply: z.object({ id: z.number() }) } },
 *   out: { said: { payload: z.object({ from: z.string(), text: z.string() }) } },
 * });
 *
 * assertEquals(await validate(room.in.say.payload, { text: "hello" }), { kind: "valid", value: { text: "hello" } });
 * ```
 *
 * @category Contracts
 * @param declared The schemas. Events of the protocol (`phx_...`) and `"*"` cannot be declared.
 * @returns The same object. Do not change it.
 * @throws {TypeError} If something else than a schema is declared, or an event that belongs to the protocol.
 */
export function contract<const C extends Contract>(declared: C): C {
  const { join, in: incoming, out } = declared;
  if (join !== undefined) assertFields("join", join, ["params", "reply"]);
  assertEvents("in", incoming);
  assertEvents("out", out);
  return declared;
}

function assertEvents(direction: "in" | "out", events: unknown): void {
  if (events === undefined) return;
  assertObject(direction, events);
  for (const [event, declaration] of Object.entries(events)) {
    const where = `${direction}[${quoted(event)}]`;
    if (event === "*" || isProtocolEvent(event)) {
      throw new TypeError(`Cannot make contract: ${where} is a reserved name; choose another`);
    }
    assertFields(where, declaration, ["payload", "reply"]);
    if (!Object.hasOwn(declaration as object, "payload")) {
      throw new TypeError(`Cannot make contract: ${where} has no "payload"; add a schema for it`);
    }
  }
}

/** Asserts that all fields of `value` are schemas, and have one of `names`. */
function assertFields(where: string, value: unknown, names: readonly string[]): void {
  assertObject(where, value);
  for (const [name, schema] of Object.entries(value)) {
    if (!names.includes(name)) {
      const known = names.map(quoted).join(" and ");
      throw new TypeError(`Cannot make contract: ${where} may have ${known}, received ${quoted(name)}`);
    }
    if (schema !== undefined && !isSchema(schema)) {
      throw new TypeError(`Cannot make contract: ${where}.${name} must be a schema, received ${quoted(schema)}`);
    }
  }
}

function assertObject(where: string, value: unknown): asserts value is object {
  if (typeof value === "object" && value !== null && !isSchema(value)) return;
  throw new TypeError(`Cannot make contract: ${where} must be an object of declarations, received ${quoted(value)}`);
}
