/**
 * One client in one channel of Supabase's realtime-js.
 *
 * @module
 */

import {
  cancelTimer,
  Channel,
  type ChannelSocket,
  type JoiningSocket,
  type JoinResult,
  type MaybePromise,
  noreply,
  ok,
  refuse,
  reply,
  replyError,
  sendAfter,
  stop,
  type TimerRef,
} from "@urvogel/realtime";
import type { JwtVerifier } from "@urvogel/realtime/jwt";

/** What the socket gives its channels. */
export interface Visitor {
  /** Checks the tokens that private channels ask for. */
  readonly verify: JwtVerifier;
}

/** What a client sends when it joins: `realtime.channel(name, { config })`. */
interface JoinParams {
  readonly access_token?: unknown;
  readonly config?: {
    readonly broadcast?: { readonly ack?: boolean; readonly self?: boolean };
    readonly postgres_changes?: readonly unknown[];
  };
}

/** Broadcasts to all who have subscribed to the same name. */
export class RealtimeChannel extends Channel<Visitor> {
  #ack = false;
  #self = false;

  override join(_topic: string, params: unknown, _socket: JoiningSocket<Visitor>): MaybePromise<JoinResult> {
    const { broadcast, postgres_changes } = paramsOf(params).config ?? {};
    if (postgres_changes && postgres_changes.length > 0) return refuse({ reason: "postgres_changes are not offered" });
    this.#ack = broadcast?.ack === true;
    this.#self = broadcast?.self === true;
    return ok({ postgres_changes: [] });
  }

  override handleIn = this.handlers({
    // `channel.send({ type: "broadcast", event, payload })`
    broadcast: (message, socket) => {
      if (!isBroadcast(message)) return replyError({ reason: "a broadcast has an event" });
      if (this.#self) socket.broadcast("broadcast", message);
      else socket.broadcastFrom("broadcast", message);
      return this.#ack ? reply() : noreply();
    },
    // `realtime.setAuth(token)`
    access_token: async (message, socket) => {
      await this.renew(paramsOf(message).access_token, socket);
      return noreply();
    },
  });

  /** Gets a new token of the client. A public channel has no use for it. */
  protected renew(_token: unknown, _socket: ChannelSocket<Visitor>): MaybePromise<void> {}
}

const TOKEN_IS_OVER = Symbol("token is over");

/** The same for those who have a token, and as long as it is good. */
export class PrivateChannel extends RealtimeChannel {
  #end: TimerRef | undefined;

  override async join(topic: string, params: unknown, socket: JoiningSocket<Visitor>) {
    const token = await socket.assigns.verify(paramsOf(params).access_token);
    if (!token.ok) return refuse({ reason: `the access token is ${token.reason}` });
    this.#endAt(token.expiresAtMs, socket);
    return await super.join(topic, params, socket);
  }

  override handleInfo(message: unknown, socket: ChannelSocket<Visitor>) {
    if (message !== TOKEN_IS_OVER) return noreply();
    const text = "the access token is no longer good";
    socket.push("system", { extension: "system", status: "error", message: text, channel: socket.topic });
    return stop({ shutdown: text });
  }

  protected override async renew(token: unknown, socket: ChannelSocket<Visitor>) {
    const result = await socket.assigns.verify(token);
    this.#endAt(result.ok ? result.expiresAtMs : Date.now(), socket);
  }

  #endAt(timeMs: number, { self }: JoiningSocket<Visitor>): void {
    if (this.#end) cancelTimer(this.#end);
    this.#end = timeMs === Infinity ? undefined : sendAfter(self, TOKEN_IS_OVER, Math.max(0, timeMs - Date.now()));
  }
}

function paramsOf(params: unknown): JoinParams {
  return typeof params === "object" && params !== null ? params : {};
}

function isBroadcast(message: unknown): message is { readonly event: string } {
  return typeof message === "object" && message !== null && "event" in message && typeof message.event === "string";
}
