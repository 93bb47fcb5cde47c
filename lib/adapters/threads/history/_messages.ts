/**
 * What threads say to each other about history. One thread keeps it: the keeper.
 *
 * | message | from | content |
 * | --- | --- | --- |
 * | `claim` | the keeper, to all | it keeps from now on |
 * | `ask` | another thread, to the keeper | a request with a number |
 * | `reply` | the keeper | the number of the request, and its result |
 * | `refuse` | the keeper | the number of the request, and why nothing was done |
 * | `live` | the keeper, to subscribers | a message that was numbered |
 *
 * @module
 */

import type { HistoryPage, Stored, Unnumbered } from "../../../history/engine.ts";
import { formatPosition, parsePosition, type Position } from "../../../history/position.ts";
import { finiteRetention, readRetention, type Retention } from "../../../history/retention.ts";
import { decodeEnvelope, encodeEnvelope } from "../../../pubsub/envelope.ts";
import { pack, type Packed, unpack } from "./_packed.ts";

/** A request to the keeper. */
export type Request =
  | {
    readonly op: "publish";
    readonly topic: string;
    readonly keep: Retention;
    readonly key?: string | undefined;
    readonly body: Uint8Array;
  }
  | { readonly op: "read"; readonly topic: string; readonly keep: Retention; readonly after?: number | undefined }
  | { readonly op: "delete"; readonly topic: string; readonly position: Position }
  | { readonly op: "clear"; readonly topic: string }
  | { readonly op: "declare"; readonly routes: string }
  | { readonly op: "routes" };

/** What a thread says. */
export type Message =
  | { readonly kind: "claim" }
  | { readonly kind: "ask"; readonly id: number; readonly request: Request }
  | { readonly kind: "reply"; readonly id: number; readonly result: Packed }
  | { readonly kind: "refuse"; readonly id: number; readonly why: string }
  | { readonly kind: "live"; readonly message: Stored & { readonly topic: string } };

/** The numbers of a message that is kept. */
export type Numbers = Pick<Stored, "epoch" | "offset" | "previous" | "atMs">;

/**
 * Encodes what is kept of a message: an envelope whose sender is {@linkcode Unnumbered.from}.
 *
 * @throws {TypeError} If its payload has neither JSON text nor bytes.
 * @throws {TooLargeError} If no bus could carry it.
 */
export function encodeBody(topic: string, { event, payload, from = "" }: Unnumbered): Uint8Array<ArrayBuffer> {
  return encodeEnvelope(from, { topic, event, payload });
}

/** Joins what is kept of a message with its numbers. */
export function storedOf({ epoch, offset, previous, atMs }: Numbers, body: Uint8Array): Stored & { topic: string } {
  const { topic, node, event, payload } = decodeEnvelope(body);
  return { topic, epoch, offset, previous, atMs, event, payload, from: node || undefined };
}

/** Encodes what has no content but its kind. */
export function encodeClaim(): Uint8Array {
  return pack({ head: { kind: "claim" }, bodies: [] });
}

/** Encodes a request. */
export function encodeRequest(id: number, request: Request): Uint8Array {
  const keep = "keep" in request ? finiteRetention(request.keep) : undefined;
  const position = "position" in request ? formatPosition(request.position) : undefined;
  const bodies = request.op === "publish" ? [request.body] : [];
  return pack({ head: { kind: "ask", id, ...request, body: undefined, keep, position }, bodies });
}

/** Encodes the result of a request. */
export function encodeReply(id: number, { head, bodies }: Packed): Uint8Array {
  return pack({ head: { kind: "reply", id, result: head }, bodies });
}

/** Encodes why a request was refused. */
export function encodeRefusal(id: number, why: string): Uint8Array {
  return pack({ head: { kind: "refuse", id, why }, bodies: [] });
}

/** Encodes a message that was numbered. */
export function encodeLive({ epoch, offset, previous, atMs }: Numbers, body: Uint8Array): Uint8Array {
  return pack({ head: { kind: "live", at: formatPosition({ epoch, offset }), previous, atMs }, bodies: [body] });
}

/** Packs a page whose payloads are bodies. */
export function packPage({ top, completeFrom, messages }: HistoryPage): Packed {
  const numbers = messages.map(({ epoch, offset, previous, atMs }) => ({
    at: formatPosition({ epoch, offset }),
    previous,
    atMs,
  }));
  const bodies = messages.map(({ payload }) => payload as Uint8Array);
  return { head: { top: formatPosition(top), completeFrom, numbers }, bodies };
}

/**
 * Unpacks a page.
 *
 * @throws {TypeError} If it is none.
 */
export function unpackPage({ head, bodies }: Packed): HistoryPage {
  const { top, completeFrom, numbers } = fieldsOf(head);
  if (!Array.isArray(numbers) || numbers.length !== bodies.length) throw malformed("its page");
  return {
    top: positionOf(top),
    completeFrom: integerOf(completeFrom),
    messages: numbers.map((each: unknown, n) => {
      const { topic: _, ...message } = storedOf(numbersOf(fieldsOf(each)), bodies[n]!);
      return message;
    }),
  };
}

/**
 * Reads a position of a request or a result.
 *
 * @throws {TypeError} If it is none.
 */
export function positionOf(text: unknown): Position {
  const position = parsePosition(text);
  if (!position) throw malformed("a position");
  return position;
}

/**
 * Reads a message of another thread.
 *
 * @throws {TypeError} If no thread of this version sends it.
 * @throws {RangeError} If a retention is out of range.
 */
export function readMessage(bytes: Uint8Array): Message {
  const { head, bodies } = unpack(bytes);
  const fields = fieldsOf(head);
  switch (fields["kind"]) {
    case "claim":
      return { kind: "claim" };
    case "ask":
      return { kind: "ask", id: integerOf(fields["id"]), request: requestOf(fields, bodies) };
    case "reply":
      return { kind: "reply", id: integerOf(fields["id"]), result: { head: fields["result"], bodies } };
    case "refuse":
      return { kind: "refuse", id: integerOf(fields["id"]), why: textOf(fields["why"]) };
    case "live":
      return { kind: "live", message: storedOf(numbersOf(fields), bodyOf(bodies)) };
    default:
      throw malformed("its kind");
  }
}

function requestOf(fields: Fields, bodies: readonly Uint8Array[]): Request {
  const { op, after, key } = fields;
  switch (op) {
    case "publish":
      return {
        ...{ op, topic: textOf(fields["topic"]), keep: keepOf(fields["keep"]), body: bodyOf(bodies) },
        key: key === undefined ? undefined : textOf(key),
      };
    case "read":
      return {
        ...{ op, topic: textOf(fields["topic"]), keep: keepOf(fields["keep"]) },
        after: after === undefined ? undefined : integerOf(after),
      };
    case "delete":
      return { op, topic: textOf(fields["topic"]), position: positionOf(fields["position"]) };
    case "clear":
      return { op, topic: textOf(fields["topic"]) };
    case "declare":
      return { op, routes: textOf(fields["routes"]) };
    case "routes":
      return { op };
    default:
      throw malformed("its request");
  }
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null) throw malformed("its head");
  return value as Fields;
}

function numbersOf({ at, previous, atMs }: Fields): Numbers {
  return { ...positionOf(at), previous: integerOf(previous), atMs: integerOf(atMs) };
}

function keepOf(value: unknown): Retention {
  return readRetention(fieldsOf(value));
}

function integerOf(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw malformed("a number");
  return value;
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw malformed("a text");
  return value;
}

function bodyOf([body, ...more]: readonly Uint8Array[]): Uint8Array {
  if (!body || more.length > 0) throw malformed("its body");
  return body;
}

function malformed(what: string): TypeError {
  return new TypeError(`Cannot read message between threads: ${what} is wrong`);
}
