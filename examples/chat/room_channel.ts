/**
 * One client in one room.
 *
 * @module
 */

import { channelOf, ok, refuse, reply, replyError } from "@urvogel/realtime";
import { room } from "./contract.ts";
import { people } from "./people.ts";

/** A connected person. */
export interface Person {
  readonly name: string;
}

/** A client in a room, which speaks by the contract. */
export class RoomChannel extends channelOf(room)<Person> {
  // What was said last, for those who come, and for those who were away.
  override history = { maxMessages: 50, maxAgeMs: 60 * 60_000 };

  override join(topic: string) {
    return /^room:[\p{L}\p{N}_-]{1,40}$/u.test(topic) ? ok() : refuse({ reason: "no such room" });
  }

  override afterJoin() {
    const { socket } = this;
    people.track(socket, socket.assigns.name, {});
    people.pushState(socket);
  }

  override handleIn = this.handlers({
    say: async ({ text, tag }, socket) => {
      const { name } = socket.assigns;
      const key = tag === "" ? undefined : `${name}/${tag}`; // who says it again, since the answer got lost, says it once
      try {
        await socket.publish("message", { from: name, text, tag, at: Date.now() }, { key });
        return reply();
      } catch (error) {
        if (error instanceof TypeError) throw error; // a fault of this program
        return replyError({ reason: "the other servers cannot be reached" }); // kept or not: it may be said again
      }
    },
  });
}

/** Whether `value` may be somebody's name. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value.trim() === value && value.length >= 1 && value.length <= 32;
}
