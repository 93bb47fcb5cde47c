/**
 * One client in one room.
 *
 * @module
 */

import { channelOf, ok, refuse, reply, replyError } from "@urvogel/realtime";
import { room } from "./contract.ts";
import { people } from "./people.ts";
import { rooms } from "./room_server.ts";

/** Who is connected. */
export interface Person {
  readonly name: string;
}

/** A client in a room, which speaks by the contract. */
export class RoomChannel extends channelOf(room)<Person> {
  override join(topic: string) {
    return /^room:[\p{L}\p{N}_-]{1,40}$/u.test(topic) ? ok() : refuse({ reason: "no such room" });
  }

  // Not in `join`: what is said from here on reaches the client, so nothing falls between the history and the present.
  override async afterJoin() {
    const { socket } = this;
    people.track(socket, socket.assigns.name, {});
    people.pushState(socket);
    const server = await rooms.ensure(socket.topic);
    socket.push("history", { messages: await server.call("history") });
  }

  override handleIn = this.handlers({
    say: async ({ text, tag }, socket) => {
      const server = await rooms.ensure(socket.topic);
      const outcome = await server.call("say", { from: socket.assigns.name, text, tag });
      return outcome === "said" ? reply() : replyError({ reason: "the other servers cannot be reached" });
    },
  });
}
