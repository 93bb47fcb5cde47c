/**
 * One client in one room.
 *
 * @module
 */

import { channelOf, type JoiningSocket, ok, refuse, reply, replyError } from "@urvogel/realtime";
import { type Person, room } from "./contract.ts";
import { isRoom } from "./names.ts";
import { people } from "./people.ts";

/** A client in a room, which speaks by the contract. */
export class RoomChannel extends channelOf(room)<Person> {
  // What was said last, for those who come, and for those who were away.
  override history = { maxMessages: 50, maxAgeMs: 60 * 60_000 };

  override join(topic: string, _params: unknown, { assigns: { id, name } }: JoiningSocket<Person>) {
    return isRoom(topic.slice("room:".length)) ? ok({ you: { id, name } }) : refuse({ reason: "no such room" });
  }

  override afterJoin() {
    const { socket } = this;
    const { id, name } = socket.assigns;
    people.track(socket, id, { name });
    people.pushState(socket);
  }

  override handleIn = this.handlers({
    say: async ({ text, tag }, socket) => {
      const { id, name } = socket.assigns;
      const key = tag === "" ? undefined : `${id}/${tag}`; // who says it again, since the answer got lost, says it once
      try {
        await socket.publish("message", { from: { id, name }, text, tag, at: Date.now() }, { key });
        return reply();
      } catch (error) {
        if (error instanceof TypeError) throw error; // a fault of this program
        return replyError({ reason: "the other servers cannot be reached" }); // kept or not: it may be said again
      }
    },
  });
}
