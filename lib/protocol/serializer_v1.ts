/**
 * Version 1 of the protocol: every frame is a JSON object `{topic, event, payload, ref}`.
 *
 * Clients before Phoenix 1.3 use it, and many clients in other languages still do. It has no binary
 * form and does not say which join a message belongs to.
 *
 * @module
 */

import { UnencodableError } from "../base/unencodable_error.ts";
import { MalformedFrameError } from "./errors.ts";
import { PHX_REPLY } from "./events.ts";
import { assertJson, kindOf, parseJson } from "./json.ts";
import type { BroadcastMessage, ClientMessage, Frame, PushMessage, ReplyMessage } from "./message.ts";
import type { JsonOrBytes } from "./payload.ts";
import type { Serializer } from "./serializer.ts";

/**
 * The serializer for `vsn=1.0.0`.
 *
 * @category Protocol
 */
export const serializerV1: Serializer = {
  name: "v1",

  decode(frame: Frame, maxNesting?: number): ClientMessage {
    if (typeof frame !== "string") throw new MalformedFrameError("V1 has no binary frames");
    const message = parseJson(frame, maxNesting);
    if (typeof message !== "object" || message === null) {
      throw new MalformedFrameError(`V1 takes an object, received ${kindOf(message)}`);
    }
    return {
      joinRef: Object.hasOwn(message, "join_ref") ? field(message, "join_ref") : null,
      ref: field(message, "ref"),
      topic: field(message, "topic"),
      event: field(message, "event"),
      payload: field(message, "payload") as JsonOrBytes, // it comes from JSON
    };
  },

  encodePush({ ref, topic, event, payload }: PushMessage): string {
    assertV1(payload, "payload of push");
    return JSON.stringify({ event, payload, ref, topic });
  },

  encodeReply({ ref, topic, status, response }: ReplyMessage): string {
    assertV1(response, "response of reply");
    return JSON.stringify({ event: PHX_REPLY, payload: { status, response }, ref, topic });
  },

  encodeBroadcast({ topic, event, payload, position }: BroadcastMessage): string {
    assertV1(payload, "payload of broadcast");
    return JSON.stringify({ event, payload, ref: position ?? null, topic });
  },
};

function field(message: object, name: string): unknown {
  if (!Object.hasOwn(message, name)) throw new MalformedFrameError(`"${name}" is missing`);
  return Reflect.get(message, name);
}

function assertV1(value: unknown, name: string): void {
  if (value instanceof Uint8Array) {
    throw new UnencodableError(`Cannot encode ${name}: V1 has no binary frames; connect with vsn=2.0.0`);
  }
  assertJson(value, name);
}
