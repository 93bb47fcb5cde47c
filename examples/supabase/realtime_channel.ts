/**
 * One client in one channel of Supabase's realtime-js.
 *
 * @module
 */

import {
  cancelTimer,
  Channel,
  type JoiningSocket,
  type JoinResult,
  type MaybePromise,
  noreply,
  ok,
  type Presence,
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
  /** Knows who is where. */
  readonly presence: Presence<object>;
}

/** What a client sends when it joins: `realtime.channel(name, { config })`. */
interface JoinParams {
  readonly access_token?: unknown;
  readonly config?: {
    readonly broadcast?: { readonly ack?: boolean; readonly self?: boolean };
    readonly presence?: { readonly key?: string; readonly enabled?: boolean };
    readonly postgres_changes?: readonly unknown[];
  };
}

/** Broadcasts to all who have subscribed to the same name, and tells who they are. */
export class RealtimeChannel extends Channel<Visitor> {
  #ack = false;
  #self = false;
  #hearsPresence = false;
  #key = "";

  override join(_topic: string, params: unknown, _socket: JoiningSocket<Visitor>): MaybePromise<JoinResult> {
    const { broadcast, presence, postgres_changes } = paramsOf(params).config ?? {};
    if (postgres_changes && postgres_changes.length > 0) return refuse({ reason: "postgres_changes are not offered" });
    this.#ack = broadcast?.ack === true;
    this.#self = broadcast?.self === true;
    this.#hearsPresence = presence?.enabled !== false; // old clients do not say, and listen
    this.#key = typeof presence?.key === "string" && presence.key !== "" ? presence.key : crypto.randomUUID();
    return ok({ postgres_changes: [] });
  }

  override afterJoin() {
    if (this.#hearsPresence) this.socket.assigns.presence.pushState(this.socket);
  }

  override handleIn = this.handlers({
    // `channel.send({ type: "broadcast", event, payload })`
    broadcast: (message, socket) => {
      if (!isMessage(message)) return replyError({ reason: "a broadcast has an event" });
      if (this.#self) socket.broadcast("broadcast", message);
      else socket.broadcastFrom("broadcast", message);
      return this.#ack ? reply() : noreply();
    },
    // `channel.track(meta)`, again to change it, and `channel.untrack()`
    presence: (message, socket) => {
      const { presence } = socket.assigns;
      if (!isMessage(message)) return replyError({ reason: "presence has an event" });
      if (message.event === "track" && !isObject(message.payload)) return replyError({ reason: "track an object" });
      // Not `presence.update`: of that, realtime-js 2.109 keeps the old meta beside the new one.
      presence.untrack(socket, this.#key);
      if (message.event !== "track") return reply();
      presence.track(socket, this.#key, message.payload as object);
      if (!this.#hearsPresence) presence.pushState(socket); // who tracks wants to know the others, from now on
      this.#hearsPresence = true;
      return reply();
    },
    // `realtime.setAuth(token)`: a public channel has no use for it
    access_token: () => noreply(),
  });
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

  override handleIn = this.extendHandlers({
    access_token: async (message, socket) => {
      const token = await socket.assigns.verify(paramsOf(message).access_token);
      this.#endAt(token.ok ? token.expiresAtMs : Date.now(), socket);
      return noreply();
    },
  });

  override handleInfo(message: unknown) {
    if (message !== TOKEN_IS_OVER) return noreply();
    const text = "the access token is no longer good";
    this.socket.push("system", { extension: "system", status: "error", message: text, channel: this.socket.topic });
    return stop({ shutdown: text });
  }

  #endAt(timeMs: number, { self }: JoiningSocket<Visitor>): void {
    if (this.#end) cancelTimer(this.#end);
    this.#end = timeMs === Infinity ? undefined : sendAfter(self, TOKEN_IS_OVER, Math.max(0, timeMs - Date.now()));
  }
}

function paramsOf(params: unknown): JoinParams {
  return isObject(params) ? params : {};
}

function isMessage(message: unknown): message is { readonly event: string; readonly payload?: unknown } {
  return isObject(message) && "event" in message && typeof message.event === "string";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
