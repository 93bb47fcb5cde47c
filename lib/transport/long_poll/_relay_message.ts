/**
 * The messages of relayed requests, as bytes: a header in JSON, a line break, a body.
 *
 * @module
 */

import type { JsonOrBytes } from "../../protocol/payload.ts";

/** Begins a request. Its reply is a {@linkcode RelayedHead}, or {@linkcode Gone}. */
export interface Begin {
  /** The kind of message. */
  readonly kind: "begin";
  /** Identifies the request; chosen at random. */
  readonly exchange: string;
  /** The id of the session. */
  readonly session: string;
  /** The token of the session, which the response contains. */
  readonly token: string;
  /** A poll or a post. */
  readonly method: "GET" | "POST";
  /** The headers that matter. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A piece of the body of a post. Its reply is empty. */
export interface BodyPiece {
  /** The kind of message. */
  readonly kind: "body";
  /** The request. */
  readonly exchange: string;
  /** Whether it is the last one. */
  readonly isLast: boolean;
}

/** Asks for the next piece of the response. Its reply is a {@linkcode ResponsePiece}. */
export interface Read {
  /** The kind of message. */
  readonly kind: "read";
  /** The request. */
  readonly exchange: string;
}

/** The client has gone. The reply is empty. */
export interface Cancel {
  /** The kind of message. */
  readonly kind: "cancel";
  /** The request. */
  readonly exchange: string;
}

/** A message to the node of a session. */
export type RelayMessage = Begin | BodyPiece | Read | Cancel;

/** A piece of a response. */
export interface ResponsePiece {
  /** Whether it is the last one. */
  readonly isLast: boolean;
}

/** The head of a response, with its first piece. */
export interface RelayedHead extends ResponsePiece {
  /** The HTTP status. */
  readonly status: number;
  /** Its content type. */
  readonly contentType: string | null;
}

/** There is no such session. */
export interface Gone {
  /** Distinguishes it from a head. */
  readonly isGone: true;
}

/** A decoded message or reply. */
export interface Packet<H> {
  /** What it says. */
  readonly header: H;
  /** Its bytes. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The largest piece of a body, in bytes: small enough for every engine. */
export const PIECE_BYTES = 65_536;
/** A body without bytes. */
export const NOTHING = new Uint8Array();

const NEWLINE = 0x0a;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Encodes a message or a reply. */
export function encodePacket(header: object, body: Uint8Array = NOTHING): Uint8Array<ArrayBuffer> {
  const head = encoder.encode(`${JSON.stringify(header)}\n`);
  const packet = new Uint8Array(head.length + body.length);
  packet.set(head);
  packet.set(body, head.length);
  return packet;
}

/**
 * Decodes a message to the node of a session.
 *
 * @throws {TypeError} If no node sends such a message.
 */
export function decodeMessage(packet: JsonOrBytes): Packet<RelayMessage> {
  const { header, body } = decodePacket(packet);
  if (!isMessage(header)) throw malformed();
  return { header, body };
}

/** Decodes the reply to {@linkcode Begin}. @throws {TypeError} If it is malformed. */
export function decodeHead(packet: JsonOrBytes): Packet<RelayedHead> | undefined {
  const { header, body } = decodePacket(packet);
  if (header.isGone === true) return undefined;
  const { status, contentType, isLast } = header;
  const isStatus = Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599;
  if (!isStatus || typeof isLast !== "boolean") throw malformed();
  return {
    header: { status: Number(status), isLast, contentType: isText(contentType) ? contentType : null },
    body,
  };
}

/** Decodes the reply to {@linkcode Read}. @throws {TypeError} If it is malformed. */
export function decodePiece(packet: JsonOrBytes): Packet<ResponsePiece> {
  const { header: { isLast }, body } = decodePacket(packet);
  if (typeof isLast !== "boolean") throw malformed();
  return { header: { isLast }, body };
}

type Fields = Readonly<Record<string, unknown>>;

function decodePacket(packet: JsonOrBytes): Packet<Fields> {
  const end = packet instanceof Uint8Array ? packet.indexOf(NEWLINE) : -1;
  if (!(packet instanceof Uint8Array) || end < 0) throw malformed();
  const header = parse(packet.subarray(0, end));
  if (typeof header !== "object" || header === null) throw malformed();
  return { header: header as Fields, body: packet.slice(end + 1) };
}

function parse(head: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(head));
  } catch {
    throw malformed();
  }
}

function isMessage(header: unknown): header is RelayMessage {
  const { kind, exchange, session, token, method, headers, isLast } = header as Fields;
  if (!isText(exchange)) return false;
  if (kind === "read" || kind === "cancel") return true;
  if (kind === "body") return typeof isLast === "boolean";
  if (kind !== "begin" || !isText(session) || !isText(token) || (method !== "GET" && method !== "POST")) return false;
  return typeof headers === "object" && headers !== null && Object.values(headers).every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function malformed(): TypeError {
  return new TypeError("Cannot relay long poll: the message is malformed");
}
