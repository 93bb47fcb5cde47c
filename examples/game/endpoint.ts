/**
 * One player at one game, and who may connect.
 *
 * @module
 */

import {
  channelOf,
  Endpoint,
  type JoiningSocket,
  noreply,
  ok,
  type Params,
  refuse,
  reply,
  replyError,
  Socket,
  stop,
} from "@urvogel/realtime";
import { game } from "./contract.ts";
import { games, pubsub } from "./games.ts";

interface Player {
  readonly name: string;
}

const KICKED = "you were removed from this game";

class GameChannel extends channelOf(game)<Player> {
  override async join(topic: string, _params: unknown, socket: JoiningSocket<Player>) {
    if (!/^game:[\w-]{1,40}$/.test(topic)) return refuse({ reason: "no such game" });
    const { name } = socket.assigns;
    const view = await (await games.ensure(topic)).call("sit", name);
    return view.kicked.includes(name) ? refuse({ reason: KICKED }) : ok(view);
  }

  override handleIn = this.handlers({
    move: async ({ cell, turn }, { topic, assigns: { name } }) => {
      try {
        const moved = await (await games.ensure(topic)).call("move", { name, cell, turn });
        return "game" in moved ? reply() : replyError({ reason: moved.reason });
      } catch (error) {
        console.warn(`${topic}: ${error}`);
        return replyError({ reason: "again" }); // its server is gone; the move counts once, however often it is sent
      }
    },
    kick: async ({ name }, { topic, assigns }) => {
      const kicked = await (await games.ensure(topic)).call("kick", { by: assigns.name, name });
      return "game" in kicked ? reply() : replyError({ reason: kicked.reason });
    },
  });

  // Broadcasts of the game pass here before they go to the client. This one ends the channel of the player it names.
  override handleOut = this.outgoing({
    kicked: ({ name }, { assigns }) => name === assigns.name ? stop("normal") : noreply(),
  });
}

class GameSocket extends Socket<Player> {
  override channels = { "game:*": GameChannel };

  override connect({ name }: Params) {
    return typeof name === "string" && /^[\w-]{1,20}$/.test(name) ? ok({ name }) : refuse();
  }
}

/** Where players connect. */
export const endpoint = new Endpoint({ pubsub, sockets: { "/socket": GameSocket } });
