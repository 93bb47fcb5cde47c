/**
 * One client in one room. Each is a process of its own: if one fails, the others go on.
 *
 * @module
 */

import { channelOf, ok, Presence, PubSub, refuse, reply } from "@urvogel/realtime";
import { room } from "./contract.ts";

/** A client that has connected. */
export interface User {
  readonly name: string;
}

/** What connects the channels of this server. With an adapter it connects several servers. */
export const pubsub = new PubSub();

/** Tracks who is in which room. */
export const presence = new Presence<Record<never, never>>({ pubsub });

/** A client in a room. */
export class RoomChannel extends channelOf(room)<User> {
  // A client that joins gets what was said before, and one that was away gets what it missed.
  // Events that matter only to those who are there, such as "typing", belong in `exclude`.
  override history = { maxMessages: 50, maxAgeMs: 60 * 60_000 };

  override join(topic: string) {
    return /^room:[\w-]{1,40}$/.test(topic) ? ok() : refuse({ reason: "no such room" });
  }

  override afterJoin() {
    presence.track(this.socket, this.socket.assigns.name, {});
    presence.pushState(this.socket);
  }

  override handleIn = this.handlers({
    say: async ({ text }, socket) => {
      await socket.publish("said", { from: socket.assigns.name, text });
      return reply();
    },
  });
}
