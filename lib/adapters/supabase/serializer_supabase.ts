/**
 * Serializers for Supabase's unmodified client, `@supabase/realtime-js`.
 *
 * That client speaks Phoenix's protocol with two additions: it sends broadcasts in its own kind of binary frame, and it
 * reads only another kind of its own. A binary frame of Phoenix causes an uncaught error in the client. A socket with
 * {@linkcode SUPABASE_SERIALIZERS} reads everything that the client sends, and sends nothing that it cannot read.
 *
 * ```ts
 * import { Channel, noreply, ok, Socket } from "@urvogel/realtime";
 * import { SUPABASE_SERIALIZERS } from "@urvogel/realtime/supabase";
 *
 * class RealtimeChannel extends Channel {
 *   override join() {
 *     return ok();
 *   }
 *   override handleIn = this.handlers({
 *     access_token: () => noreply(),
 *     // `channel.send({ type: "broadcast", event, payload })`, with JSON or bytes as payload
 *     broadcast: (message, socket) => {
 *       socket.broadcastFrom("broadcast", message as object);
 *       return noreply();
 *     },
 *   });
 * }
 *
 * class SupabaseSocket extends Socket {
 *   override channels = { "realtime:*": RealtimeChannel };
 *   override serializers = SUPABASE_SERIALIZERS;
 *   override connect() {
 *     return ok({});
 *   }
 * }
 * ```
 *
 * **History:** if the channel declares `history`, a user broadcast that is kept has `meta: { id }`, where `id` is its
 * position, and `replayed: true` if it is sent again. `config.broadcast.replay: { since, limit }` of the client asks for
 * the latest messages since a time, at most 25, as at Supabase. Nothing says whether they are all: for that, use
 * phoenix.js. Bytes within a user broadcast are not kept as bytes.
 *
 * **When not to use it:** for phoenix.js and the other clients of Phoenix. They do not know these frames, so give them
 * a socket of their own, at another path. Topics are shared by all sockets of an endpoint, so both receive the same
 * broadcasts, each in its format.
 *
 * This is only the wire format. A complete channel with acknowledgements is in
 * [an example](https://github.com/urvogel/realtime/tree/main/examples/supabase).
 *
 * @module
 */

import { UnencodableError } from "../../base/unencodable_error.ts";
import { kindOf } from "../../protocol/json.ts";
import type { BroadcastMessage, ClientMessage, Frame, PushMessage, ReplyMessage } from "../../protocol/message.ts";
import { isRequestRef } from "../../protocol/request.ts";
import type { ReplayRequest, Serializer, SerializerChoice } from "../../protocol/serializer.ts";
import { serializerV1 } from "../../protocol/serializer_v1.ts";
import { serializerV2 } from "../../protocol/serializer_v2.ts";
import {
  BROADCAST_EVENT,
  decodeUserBroadcastPush,
  encodeUserBroadcast,
  USER_BROADCAST_PUSH,
  type UserBroadcast,
} from "./_supabase_binary.ts";

export type {
  BroadcastMessage,
  ClientMessage,
  Frame,
  PushMessage,
  ReplayRequest,
  ReplyMessage,
  Serializer,
  SerializerChoice,
  UserBroadcast,
};

/**
 * Serializer for protocol version 2 with Supabase's additions.
 *
 * Reads everything that `serializerV2` reads, and user broadcasts: their event is `"broadcast"`, their
 * payload a {@linkcode UserBroadcast}. JSON is written as version 2 does. Bytes are written as a user broadcast,
 * whether they are the payload itself or that of a {@linkcode UserBroadcast}.
 *
 * @example Usage
 * ```ts
 * import { serializerSupabaseV2 } from "@urvogel/realtime/supabase";
 * import { assertEquals } from "@std/assert";
 *
 * const payload = new Uint8Array([1, 2, 3]);
 * const frame = serializerSupabaseV2.encodeBroadcast({ topic: "realtime:a", event: "cursor", payload });
 * assertEquals([...frame.slice(0, 5)], [4, 10, 6, 0, 0]); // kind 4, the lengths, bytes
 * ```
 */
export const serializerSupabaseV2: Serializer = {
  name: "supabase-v2",

  decode(frame: Frame, maxNesting?: number): ClientMessage {
    const isOurs = typeof frame !== "string" && frame[0] === USER_BROADCAST_PUSH;
    return isOurs ? decodeUserBroadcastPush(frame, maxNesting) : serializerV2.decode(frame, maxNesting);
  },

  encodePush(push: PushMessage): Frame {
    assertNoRequest(push);
    return encodeBytes(push) ?? serializerV2.encodePush(push);
  },

  encodeReply(reply: ReplyMessage): Frame {
    if (!(reply.response instanceof Uint8Array)) return serializerV2.encodeReply(reply);
    throw new UnencodableError("Cannot encode response of reply: Supabase's clients have no binary replies");
  },

  encodeBroadcast(broadcast: BroadcastMessage): Frame {
    const message = withMeta(broadcast);
    return encodeBytes(message) ?? serializerV2.encodeBroadcast(message);
  },

  readReplay,
};

/**
 * Serializer for protocol version 1 on the same topics. A {@linkcode UserBroadcast} of bytes is not delivered, since
 * version 1 cannot carry it. Without this serializer it would be written as JSON, one field per byte.
 */
export const serializerSupabaseV1: Serializer = {
  ...serializerV1,
  name: "supabase-v1",

  encodePush(push: PushMessage): Frame {
    assertNoRequest(push);
    return serializerV1.encodePush(withoutBytes(push, "push"));
  },

  encodeBroadcast(broadcast: BroadcastMessage): Frame {
    return serializerV1.encodeBroadcast(withoutBytes(withMeta(broadcast), "broadcast"));
  },

  readReplay,
};

/** The `serializers` of a socket for Supabase's clients. */
export const SUPABASE_SERIALIZERS: readonly SerializerChoice[] = [
  { serializer: serializerSupabaseV1, versions: "~> 1.0.0" },
  { serializer: serializerSupabaseV2, versions: "~> 2.0.0" },
];

/** A message that the server sends unasked. */
type Outgoing = Pick<PushMessage, "topic" | "event" | "payload">;

/** Returns the frame for a payload of bytes, bare or in a user broadcast; `undefined` for other payloads. */
function encodeBytes({ topic, event, payload }: Outgoing): Frame | undefined {
  if (payload instanceof Uint8Array) return encodeUserBroadcast(topic, event, payload);
  if (!isBroadcastOfBytes(event, payload)) return undefined;
  if (typeof payload.event !== "string") {
    throw new TypeError(`Cannot encode broadcast: "event" must be a string, received ${kindOf(payload.event)}`);
  }
  return encodeUserBroadcast(topic, payload.event, payload.payload, payload.meta);
}

/** Refuses requests: the client passes no refs to its application, so nobody could answer. */
function assertNoRequest({ ref }: PushMessage): void {
  if (!isRequestRef(ref)) return;
  throw new UnencodableError("Cannot encode request: Supabase's clients have no way to answer one");
}

function withoutBytes<M extends Outgoing>(message: M, name: string): M {
  if (!isBroadcastOfBytes(message.event, message.payload)) return message;
  throw new UnencodableError(`Cannot encode payload of ${name}: V1 has no binary frames`);
}

function isBroadcastOfBytes(
  event: string,
  payload: unknown,
): payload is UserBroadcast & { readonly payload: Uint8Array } {
  return event === BROADCAST_EVENT && typeof payload === "object" && payload !== null && "payload" in payload &&
    payload.payload instanceof Uint8Array;
}

/** Adds the position of a user broadcast to it, as Supabase does: its clients pass no refs to their application. */
function withMeta(broadcast: BroadcastMessage): BroadcastMessage {
  const { event, payload, position, isReplayed } = broadcast;
  if (position === undefined || event !== BROADCAST_EVENT || kindOf(payload) !== "object") return broadcast;
  const meta = { ...(payload as UserBroadcast).meta, id: position, ...(isReplayed && { replayed: true }) };
  return { ...broadcast, payload: { ...payload as object, meta } };
}

/** As many messages as Supabase replays at most. */
const MAX_REPLAYED = 25;

/** Reads `config.broadcast.replay` of a join: `since` in milliseconds, and `limit`. */
function readReplay(params: unknown): ReplayRequest | undefined {
  const replay = fieldOf(fieldOf(fieldOf(params, "config"), "broadcast"), "replay");
  const [sinceMs, limit = MAX_REPLAYED] = [fieldOf(replay, "since"), fieldOf(replay, "limit")];
  if (typeof sinceMs !== "number" || typeof limit !== "number") return undefined;
  return { sinceMs, count: Math.max(0, Math.min(MAX_REPLAYED, Math.trunc(limit))) };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
