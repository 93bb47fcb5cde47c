/**
 * The server's sockets: who may connect, and to which channels.
 *
 * @module
 */

import { Endpoint, ok, type Params, refuse, Socket } from "@urvogel/realtime";
import { pubsub, RoomChannel, type User } from "./room_channel.ts";

/** A connection. Anybody may take any name: check a token here before you publish this. */
export class UserSocket extends Socket<User> {
  override channels = { "room:*": RoomChannel };

  override connect({ name }: Params) {
    const isName = typeof name === "string" && /^[\w-]{1,20}$/.test(name);
    return isName ? ok({ name }) : refuse({ reason: "a name has 1 to 20 letters or digits" });
  }
}

/** Where clients connect. */
export const endpoint = new Endpoint({ pubsub, sockets: { "/socket": UserSocket } });
