/**
 * Describes the topics of one pattern: a channel with its operations.
 *
 * @module
 */

import type { Schema } from "../../contract/schema.ts";
import type { MountedContract } from "../../endpoint/mounted_contract.ts";
import { PHX_ANSWER, PHX_JOIN, PHX_REPLY } from "../../protocol/events.ts";
import type { ChannelObject, JsonSchema, MessageObject, OperationObject, Reference } from "./document.ts";
import { Ids } from "./_ids.ts";
import { jsonSchemaOf, type ToJsonSchema } from "./json_schema.ts";

/** What the whole document has in common. */
export interface WriterOptions {
  /** The name of the channel. */
  readonly id: string;
  /** Names operations. */
  readonly operationIds: Ids;
  /** The server that has the channel. */
  readonly server: Reference | undefined;
  /** Converts schemas that do not do so themselves. */
  readonly convert: ToJsonSchema | undefined;
}

/** A payload that is built where it will be. */
type PayloadAt = (pointer: string) => JsonSchema;

/** Writes one channel and its operations. */
export class ChannelWriter {
  /** The operations by name. */
  readonly operations: { [id: string]: OperationObject } = {};
  readonly #mounted: MountedContract;
  readonly #options: WriterOptions;
  readonly #ids = new Ids();
  readonly #messages: { [id: string]: MessageObject } = {};

  /** Describes a contract. */
  constructor(mounted: MountedContract, options: WriterOptions) {
    this.#mounted = mounted;
    this.#options = options;
    const { join, in: incoming = {}, out = {} } = mounted.contract;
    this.#addReceived("join", PHX_JOIN, "Joins the topic.", join?.params, join?.reply);
    for (const [event, { payload, reply }] of Object.entries(incoming)) {
      this.#addReceived(event, event, "Sent by a client.", payload, reply);
    }
    for (const [event, { payload, reply }] of Object.entries(out)) this.#addSent(event, payload, reply);
  }

  /** The channel. */
  get channel(): ChannelObject {
    const { path, pattern } = this.#mounted;
    const { server } = this.#options;
    const isPrefix = pattern.endsWith("*");
    return {
      address: isPrefix ? `${pattern.slice(0, -1)}{rest}` : pattern,
      description: `Topics of the socket at ${path}.`,
      ...(isPrefix ? { parameters: { rest: { description: "The rest of the topic." } } } : {}),
      ...(server ? { servers: [server] } : {}),
      messages: this.#messages,
    };
  }

  #addReceived(name: string, event: string, summary: string, payload: Schema | undefined, reply: Schema | undefined) {
    const message = this.#addMessage(name, event, summary, (pointer) => this.#schemaOf(payload, pointer));
    const response = this.#addMessage(`${name}_reply`, PHX_REPLY, `The reply to ${event}.`, (pointer) => {
      const ok = `${pointer}/oneOf/0/properties/response`;
      return { oneOf: [replyOf("ok", reply ? this.#schemaOf(reply, ok) : { type: "object" }), replyOf("error", {})] };
    });
    this.#addOperation("receive", name, message, response);
  }

  #addSent(event: string, payload: Schema, reply: Schema | undefined) {
    const message = this.#addMessage(
      event,
      event,
      "Sent by the server.",
      (pointer) => this.#schemaOf(payload, pointer),
    );
    const answer = reply &&
      this.#addMessage(`${event}_answer`, PHX_ANSWER, `The answer if ${event} is a request.`, (pointer) => {
        const response = this.#schemaOf(reply, `${pointer}/properties/response`);
        return { type: "object", properties: { ref: { type: "string" }, response, error: {} }, required: ["ref"] };
      });
    this.#addOperation("send", event, message, answer);
  }

  #addMessage(name: string, event: string, summary: string, payload: PayloadAt): Reference {
    const id = this.#ids.of(name);
    const pointer = `#/channels/${this.#options.id}/messages/${id}`;
    this.#messages[id] = { name: event, summary, payload: payload(`${pointer}/payload`) };
    return { $ref: pointer };
  }

  #addOperation(action: "send" | "receive", name: string, message: Reference, reply: Reference | undefined) {
    const { id, operationIds } = this.#options;
    const channel = { $ref: `#/channels/${id}` };
    this.operations[operationIds.of(`${id}_${name}`)] = {
      action,
      channel,
      messages: [message],
      ...(reply ? { reply: { channel, messages: [reply] } } : {}),
    };
  }

  #schemaOf(schema: Schema | undefined, pointer: string): JsonSchema {
    return jsonSchemaOf(schema, pointer, this.#options.convert);
  }
}

function replyOf(status: "ok" | "error", response: JsonSchema): JsonSchema {
  return {
    type: "object",
    properties: { status: { const: status }, response },
    required: ["status", "response"],
  };
}
