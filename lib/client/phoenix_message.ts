/**
 * Messages in the form that phoenix.js uses.
 *
 * @module
 */

import { PHX_REPLY } from "../protocol/events.ts";
import { decodeServerFrame } from "../protocol/server_frames.ts";

/** A message of the server, in the form that phoenix.js expects from its `decode` option. */
export interface PhoenixMessage {
  /** The ref of the join that it belongs to, or `null`. */
  readonly join_ref: string | null;
  /** The ref of the push that it replies to, or `null`. */
  readonly ref: string | null;
  /** The topic. */
  readonly topic: string;
  /** The event. */
  readonly event: string;
  /** Any JSON value; an `ArrayBuffer` if it was sent as bytes; `{ status, response }` in a reply. */
  readonly payload: unknown;
}

/**
 * Decodes one message of protocol V2, as phoenix.js does.
 *
 * @throws {SyntaxError} If a text is not JSON.
 * @throws {MalformedFrameError} If bytes are not a message.
 */
export function decodePhoenixMessage(data: string | ArrayBuffer): PhoenixMessage {
  return typeof data === "string" ? decodeText(data) : decodeBytes(data);
}

function decodeText(text: string): PhoenixMessage {
  const [join_ref, ref, topic, event, payload] = JSON.parse(text);
  return { join_ref, ref, topic, event, payload };
}

function decodeBytes(data: ArrayBuffer): PhoenixMessage {
  const message = decodeServerFrame(new Uint8Array(data));
  const { topic } = message;
  switch (message.kind) {
    case "reply": {
      const { joinRef, ref, status } = message;
      const payload = { status, response: bufferOf(message.response) };
      return { join_ref: joinRef, ref, topic, event: PHX_REPLY, payload };
    }
    case "push":
      return { join_ref: message.joinRef, ref: null, topic, event: message.event, payload: bufferOf(message.payload) };
    case "broadcast":
      return { join_ref: null, ref: null, topic, event: message.event, payload: bufferOf(message.payload) };
  }
}

/** Returns the bytes as phoenix.js expects them. `decodeServerFrame` returns a view of the whole frame. */
function bufferOf(bytes: unknown): ArrayBufferLike {
  return (bytes as Uint8Array).slice().buffer;
}
