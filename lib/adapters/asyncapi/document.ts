/**
 * The parts of an AsyncAPI document that are written.
 *
 * @module
 */

/** A JSON Schema of draft 7, which is the default of AsyncAPI. `{}` allows anything. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** A reference to another part of the document. */
export interface Reference {
  /** A pointer, such as `"#/channels/room"`. */
  readonly $ref: string;
}

/** A message: an event with its payload. */
export interface MessageObject {
  /** The event. */
  readonly name: string;
  /** What it is, in words. */
  readonly summary: string;
  /** The payload of the event. */
  readonly payload: JsonSchema;
}

/** A channel: the topics of one pattern. */
export interface ChannelObject {
  /** The topics: `"room:{rest}"` for the pattern `"room:*"`. */
  readonly address: string;
  /** What it is, in words. */
  readonly description: string;
  /** The part of the topic that varies. */
  readonly parameters?: { readonly [name: string]: { readonly description: string } };
  /** The server that has it, if servers are known. */
  readonly servers?: readonly Reference[];
  /** All messages, of both directions. */
  readonly messages: { readonly [id: string]: MessageObject };
}

/** An operation: what the server does with a message. */
export interface OperationObject {
  /** Whether the server sends it, or receives it. */
  readonly action: "send" | "receive";
  /** The channel. */
  readonly channel: Reference;
  /** The message. */
  readonly messages: readonly Reference[];
  /** The reply to it. */
  readonly reply?: { readonly channel: Reference; readonly messages: readonly Reference[] };
}

/** A server: where clients connect to. */
export interface ServerObject {
  /** The host, with its port if it has another one than usual. */
  readonly host: string;
  /** The path of the WebSocket. */
  readonly pathname: string;
  /** The protocol. */
  readonly protocol: "ws" | "wss";
}

/** A document of AsyncAPI 3. */
export interface AsyncApiDocument {
  /** The version of the specification. */
  readonly asyncapi: "3.0.0";
  /** What it describes. */
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  /** How payloads are written. */
  readonly defaultContentType: "application/json";
  /** Where clients connect to, if the host is known. */
  readonly servers?: { readonly [id: string]: ServerObject };
  /** The topics. */
  readonly channels: { readonly [id: string]: ChannelObject };
  /** What is said in them. */
  readonly operations: { readonly [id: string]: OperationObject };
}
