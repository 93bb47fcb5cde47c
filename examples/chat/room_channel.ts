/**
 * One client in one room.
 *
 * @module
 */

import { Channel, type JoiningSocket, ok, refuse, reply, replyError } from "@urvogel/realtime";
import { roomOf } from "./room_server.ts";

/** Who is connected. */
export interface Person {
  readonly name: string;
}

const MAX_TEXT = 2000;

/** `room:*`: join it to hear `message` and `people`, push `say` to speak. */
export class RoomChannel extends Channel<Person> {
  override async join(topic: string, _params: unknown, socket: JoiningSocket<Person>) {
    if (!/^room:[\p{L}\p{N}_-]{1,40}$/u.test(topic)) return refuse({ reason: "no such room" });
    const room = await roomOf(topic, socket.pubsub);
    return ok(await room.call("enter", { pid: socket.self, name: socket.assigns.name }));
  }

  override handleIn = this.handlers({
    say: async (payload, socket) => {
      const text = textOf(payload);
      if (text === undefined) return replyError({ reason: `a message has 1 to ${MAX_TEXT} characters` });
      const room = await roomOf(socket.topic, socket.pubsub);
      return reply(await room.call("say", { from: socket.assigns.name, text }));
    },
  });
}

/** What a client sends is anybody's guess until it has been looked at. */
function textOf(payload: unknown): string | undefined {
  if (typeof payload !== "object" || payload === null || !("text" in payload)) return undefined;
  const { text } = payload;
  return typeof text === "string" && text.trim() !== "" && text.length <= MAX_TEXT ? text.trim() : undefined;
}
