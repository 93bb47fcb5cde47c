/**
 * One client in one room.
 *
 * @module
 */

import { Channel, ok, refuse, reply, replyError } from "@urvogel/realtime";
import { people } from "./people.ts";
import { rooms } from "./room_server.ts";

/** Who is connected. */
export interface Person {
  readonly name: string;
}

const MAX_TEXT = 2000;
const MAX_TAG = 64;

/** `room:*`: join it to hear `history`, `message` and who is there, push `say` to speak. */
export class RoomChannel extends Channel<Person> {
  override join(topic: string) {
    return /^room:[\p{L}\p{N}_-]{1,40}$/u.test(topic) ? ok() : refuse({ reason: "no such room" });
  }

  // Not in `join`: what is said from here on reaches the client, so nothing falls between the history and the present.
  override async afterJoin() {
    const { socket } = this;
    people.track(socket, socket.assigns.name, {});
    people.pushState(socket);
    const room = await rooms.ensure(socket.topic);
    socket.push("history", { messages: await room.call("history") });
  }

  override handleIn = this.handlers({
    say: async (payload, socket) => {
      const said = readMessage(payload);
      if (!said) return replyError({ reason: `a message has 1 to ${MAX_TEXT} characters` });
      const room = await rooms.ensure(socket.topic);
      await room.call("say", { from: socket.assigns.name, ...said });
      return reply();
    },
  });
}

/** What a client sends is anybody's guess until it has been looked at. */
function readMessage(payload: unknown): { text: string; tag: string } | undefined {
  if (typeof payload !== "object" || payload === null || !("text" in payload)) return undefined;
  const { text, tag = "" } = payload as { text: unknown; tag?: unknown };
  if (typeof text !== "string" || text.trim() === "" || text.length > MAX_TEXT) return undefined;
  return { text: text.trim(), tag: typeof tag === "string" ? tag.slice(0, MAX_TAG) : "" };
}
