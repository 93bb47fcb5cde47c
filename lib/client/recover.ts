/**
 * A channel of phoenix.js that loses nothing when its connection is cut.
 *
 * @module
 */

import { TOKEN_EXPIRED } from "../protocol/error_reasons.ts";
import { PHX_CLOSE, PHX_ERROR } from "../protocol/events.ts";
import { assertInside } from "./_load_first.ts";
import type { PhoenixChannel, PhoenixPush, PhoenixSocket } from "./phoenix_client.ts";
import { Place, type Recovery } from "./_place.ts";
import { spreadReconnects } from "./spread_reconnects.ts";
import { Unanswered } from "./_unanswered.ts";

export type { Recovery };

/** Options for {@linkcode recover}. */
export interface RecoverOptions {
  /**
   * Called when the client has joined with a position or another `since`, before the messages that follow; and when the
   * server itself has lost messages while the client was there.
   *
   * @default {nothing is called}
   */
  readonly onRecovery?: (recovery: Recovery) => void;
}

/** What is used of a channel, beyond what is documented. The same in all releases from 1.4 to 1.8. */
interface ChannelInside {
  readonly state: string;
  push: PhoenixChannel["push"];
  trigger(event: string, payload?: unknown, ref?: unknown, joinRef?: unknown): void;
  readonly joinPush: { payload: () => unknown };
  readonly pushBuffer: PhoenixPush[];
  readonly socket: PhoenixSocket;
  /** The listeners that the socket removes with the channel. The first of 1.4 have none. */
  readonly stateChangeRefs?: string[];
}

/**
 * Makes a channel of phoenix.js 1.4 to 1.8 recover what it misses while it is away, if the channel of the server declares
 * `history`.
 *
 * ```ts ignore
 * import { Socket } from "phoenix";
 * import { live, recover } from "@urvogel/realtime/client";
 *
 * const channel = recover(socket.channel("room:1"), {
 *   onRecovery: (recovery) => {
 *     if (recovery.kind === "lost") reload();
 *     else if (recovery.kind === "recovered" && recovery.missed > 0) note(`${recovery.missed} while you were away`);
 *   },
 * });
 * const room = live(channel);
 * await room.join();
 * await room.call("say", { text: "hello" }); // also if the connection is lost before the reply
 * ```
 *
 * - **Messages** that were sent while the client was away arrive after it has joined again, in order and once, as any
 *   other. `onRecovery` is called before them. The join parameter `since` is the client's position; until it has one, it
 *   is what `socket.channel` was given: with `{ since: "last:20" }` the last 20 messages follow the first join, of which
 *   none was missed (`kind: "first"`).
 * - **Pushes** without a reply are sent again, in their order, when the connection was lost. The server handles them once
 *   and repeats its reply, if it is the one that handled them. **If it was killed before it replied, another one handles
 *   them again**: pass `push.key` to `socket.publish`, so that at least the message counts once. A push with a reply like
 *   this may take longer than its timeout, which begins again.
 *   A channel that failed (`phx_error`) has pushes that are not sent again, and so has one without history.
 * - **Long polling.** Releases before 1.8.2 do not notice that their session has ended, such as with a node that was
 *   replaced: their channels stay silent. A channel that recovers joins again.
 * - **Reconnects.** A server that shuts down names a random time, at which the channel's socket reconnects:
 *   {@linkcode spreadReconnects}.
 *
 * @param channel A channel that has not been joined. It works as before, and with `live`.
 * @param options What is called after a join.
 * @returns The channel.
 * @throws {TypeError} If it is not of phoenix.js 1.4 to 1.8.
 */
export function recover<C extends PhoenixChannel>(channel: C, { onRecovery = () => {} }: RecoverOptions = {}): C {
  const inside = channel as unknown as ChannelInside;
  const { trigger, joinPush, pushBuffer } = inside;
  assertInside(trigger, joinPush, pushBuffer, inside.socket);
  spreadReconnects(inside.socket);
  const place = new Place(onRecovery);
  const unanswered = new Unanswered(inside);
  inside.trigger = (event, payload, ref, joinRef) => {
    if (event === PHX_CLOSE) unanswered.forget();
    else if (event === PHX_ERROR) {
      if (isCut(payload, ref) && place.position !== undefined) unanswered.sendAgain();
      else unanswered.forget();
    } else if (!place.read(event, payload, ref, joinRef)) return;
    else unanswered.settle(event);
    trigger.call(channel, event, payload, ref, joinRef);
  };
  addSince(joinPush, () => place.position);
  // Releases before 1.8.2 do not notice that a poll has opened another session.
  const ref = inside.socket.onOpen(() => inside.state === "joined" && inside.trigger(PHX_ERROR));
  inside.stateChangeRefs?.push(ref as string);
  return channel;
}

/** Whether the connection was lost. Only what the server sends has a `ref`, if only `null`. */
function isCut(payload: unknown, ref: unknown): boolean {
  return ref === undefined || (payload as { reason?: unknown } | undefined)?.reason === TOKEN_EXPIRED;
}

/** Adds the position to whatever parameters the join has, also if they are replaced, as `live` does. */
function addSince(joinPush: ChannelInside["joinPush"], position: () => string | undefined): void {
  let { payload } = joinPush;
  const withSince = () => {
    const params = payload.call(joinPush);
    const since = position();
    return since !== undefined && isObject(params) ? { ...params, since } : params;
  };
  Object.defineProperty(joinPush, "payload", { get: () => withSince, set: (other) => void (payload = other) });
}

function isObject(params: unknown): params is object {
  return Object.prototype.toString.call(params) === "[object Object]"; // neither an array nor bytes
}
