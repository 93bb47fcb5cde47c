/**
 * The sockets of the chat.
 *
 * @module
 */

import { Endpoint, ok, type Params, refuse, Socket } from "@urvogel/realtime";
import type { Person } from "./contract.ts";
import { isName } from "./names.ts";
import { pubsub } from "./people.ts";
import { RoomChannel } from "./room_channel.ts";

/** Decides who may connect, and to what. The page has its types from here. */
export class ChatSocket extends Socket<Person> {
  override channels = { "room:*": RoomChannel };

  override async connect({ name, secret }: Params) {
    return isName(name) ? ok({ id: await idOf(secret), name }) : refuse({ reason: "a name has 1 to 32 characters" });
  }

  override id({ id }: Person) {
    return `person:${id}`;
  }
}

/** Anybody may take any name, but not the id of another, which all can see: it follows from what only its owner knows. */
async function idOf(secret: unknown): Promise<string> {
  if (typeof secret !== "string" || secret.length < 16) return crypto.randomUUID();
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  return Array.from(new Uint8Array(hash, 0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Where people connect. */
export const endpoint = new Endpoint({ pubsub, sockets: { "/socket": ChatSocket } });
