/**
 * The responses of long polling. The actual status is in their JSON.
 *
 * @module
 */

import type { Frame } from "../../protocol/message.ts";
import { frameUndeliverable } from "../telemetry.ts";
import type { PollDelivery } from "./_poll_delivery.ts";
import type { LongPollSession } from "./_session.ts";

/** Headers of all responses. */
export const CORS = { "access-control-allow-origin": "*", "cache-control": "no-store" } as const;
const JSON_HEADERS = { ...CORS, "content-type": "application/json; charset=utf-8" } as const;

/** Creates a response with a status in its JSON. */
export function status(code: number, httpStatus = 200, more: object = {}): Response {
  return new Response(JSON.stringify({ status: code, ...more }), { status: httpStatus, headers: JSON_HEADERS });
}

/** Creates the response of a poll that has ended without a message. */
export function emptyPoll(token: string): Response {
  return status(204, 200, { token, messages: [] });
}

/** Creates the response to a CORS preflight request. */
export function preflight(request: Request): Response {
  const headers = {
    ...CORS,
    "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "",
    "access-control-allow-methods": "get, post, options",
    "access-control-max-age": "3600",
  };
  return new Response("", { status: 200, headers });
}

/** Creates the response for `delivery`. Frames after one that cannot be sent as JSON wait for the next poll. */
export function deliver(session: LongPollSession, delivery: PollDelivery, token: string): Response {
  const { frames } = delivery;
  const messages = frames.map(textOf);
  const unfit = messages.indexOf(undefined);
  if (unfit === -1) {
    const text = JSON.stringify({ status: frames.length > 0 ? 200 : 204, token, messages });
    return new Response(delivery.body(text), { headers: JSON_HEADERS });
  }
  frameUndeliverable.emit({ connection: session, frame: frames[unfit]! });
  delivery.fail(frames.toSpliced(unfit, 1));
  return status(500, 406); // 500 is what phoenix.js knows: it opens a new session
}

/** Returns a frame as text for JSON. As in Phoenix, a binary frame is included if it is valid UTF-8. */
function textOf(frame: Frame): string | undefined {
  if (typeof frame === "string") return frame;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(frame);
  } catch {
    return undefined;
  }
}
