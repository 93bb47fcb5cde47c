/**
 * The games: one server for each, wherever it runs.
 *
 * @module
 */

import { GenServer, KeyedServers, ownershipOf, PubSub, reply } from "@urvogel/realtime";
import { natsAdapter } from "@urvogel/realtime/nats";
import { type Game, kick, move, type Moved, NEW_GAME, sit } from "./rules.ts";
import { SqliteStore } from "./store.ts";

/** A game, and where it runs. */
export type View = Game & { readonly pid: number };

interface GameServerCalls {
  calls: {
    sit(name: string): View;
    move(request: { readonly name: string; readonly cell: number; readonly turn: number }): Moved;
    kick(request: { readonly by: string; readonly name: string }): Moved;
  };
}

/** One game. What it has replied is saved, so whoever goes on with it knows. */
class GameServer extends GenServer<Game, GameServerCalls> {
  #topic = "";

  override init({ topic, saved }: { topic: string; saved: Game | undefined }) {
    this.#topic = topic;
    const game = { ...NEW_GAME, ...saved };
    this.#show(game); // the server before this one may have been killed between its save and its broadcast
    return game;
  }

  override handleCall = this.calls({
    sit: async (game, name) => {
      const next = await this.#commit(game, sit(game, name));
      return reply(viewOf(next), next);
    },
    move: async (game, { name, cell, turn }) => {
      const moved = move(game, name, cell, turn);
      return reply(moved, "game" in moved ? await this.#commit(game, moved.game) : game);
    },
    kick: async (game, { by, name }) => {
      const kicked = kick(game, by, name);
      if (!("game" in kicked)) return reply(kicked, game);
      const next = await this.#commit(game, kicked.game);
      pubsub.broadcast(this.#topic, "kicked", { name }); // to the channels, on whatever server they are
      return reply(kicked, next);
    },
  });

  async #commit(before: Game, game: Game): Promise<Game> {
    if (game === before) return game;
    await ownershipOf(this.self)!.save(game);
    this.#show(game);
    return game;
  }

  /** While the bus is down this throws, and ends the server. The next one shows the game when it starts. */
  #show(game: Game): void {
    pubsub.broadcast(this.#topic, "state", viewOf(game));
  }
}

const servers = Deno.env.get("ADAPTER");

/** The players of all servers. Redis or PostgreSQL is one line too: see `examples/cluster/bus.ts`. A server that was killed is replaced after three seconds at the most, not after ten. */
export const pubsub = new PubSub({
  adapter: servers === undefined ? undefined : natsAdapter({ servers }),
  heartbeatMs: 500,
  downMs: 1500,
  ownerTtlMs: 3000,
});
await pubsub.ready;

/** The games by topic. */
export const games = new KeyedServers(GameServer, {
  pubsub,
  name: "games",
  store: new SqliteStore(Deno.env.get("STORE") ?? ":memory:"),
  idleMs: 60 * 60_000,
  arg: (topic, saved) => ({ topic, saved: saved as Game | undefined }),
});

function viewOf(game: Game): View {
  return { ...game, pid: Deno.pid };
}
