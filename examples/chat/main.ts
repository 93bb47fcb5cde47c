/**
 * A chat: rooms, names, a page to open.
 *
 * ```sh
 * deno task chat        # or: PORT=8000 deno task chat
 * ```
 *
 * Who is who:
 *
 * - `main.ts`: the sockets, and the page beside them
 * - `room_channel.ts`: one client in one room
 * - `people.ts`: who is in which room
 * - `room_server.ts`: one room, with its last messages
 * - `page/`: what runs in the browser, on phoenix.js as it comes from npm
 *
 * @module
 */

import { Endpoint, ok, type Params, refuse, shutdownOnSignal, Socket } from "@urvogel/realtime";
import { answerPage } from "./page.ts";
import { pubsub } from "./people.ts";
import { type Person, RoomChannel } from "./room_channel.ts";
import { isName } from "./room_server.ts";

class ChatSocket extends Socket<Person> {
  override channels = { "room:*": RoomChannel };

  override connect(params: Params) {
    return isName(params.name) ? ok({ name: params.name }) : refuse({ reason: "a name has 1 to 32 characters" });
  }

  override id({ name }: Person) {
    return `person:${name}`;
  }
}

const endpoint = new Endpoint({ pubsub, sockets: { "/socket": ChatSocket } });

const server = Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 4000),
  onListen: ({ port }) => console.log(`Chat: open http://localhost:${port}`),
  handler: (request, info) => answerPage(request) ?? endpoint.fetch(request, info),
});

// First the sockets, whose clients come back to the next server; then the server under them.
shutdownOnSignal(endpoint, server);
