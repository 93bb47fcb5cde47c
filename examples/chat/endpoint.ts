/**
 * The sockets of the chat.
 *
 * @module
 */

import { Endpoint, ok, type Params, refuse, Socket } from "@urvogel/realtime";
import { pubsub } from "./people.ts";
import { isName, type Person, RoomChannel } from "./room_channel.ts";

/** Decides who may connect, and to what. The page has its types from here. */
export class ChatSocket extends Socket<Person> {
  override channels = { "room:*": RoomChannel };

  override connect(params: Params) {
    return isName(params.name) ? ok({ name: params.name }) : refuse({ reason: "a name has 1 to 32 characters" });
  }

  override id({ name }: Person) {
    return `person:${name}`;
  }
}

/** Where people connect. */
export const endpoint = new Endpoint({ pubsub, sockets: { "/socket": ChatSocket } });
