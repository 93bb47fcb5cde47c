/**
 * The `Presence` class of phoenix.js over real sockets.
 */

import { assertEquals } from "@std/assert";
import {
  Channel,
  type ChannelSocket,
  Endpoint,
  ok,
  type Params,
  Presence,
  PubSub,
  reply,
  Socket,
} from "@urvogel/realtime";
import {
  answerOf,
  CLIENT_VERSIONS,
  loadPresenceClass,
  loadSocketClass,
  type PhoenixChannel,
} from "../../support/phoenix_client.ts";
import { onTransports, type TransportUnderTest } from "../../support/transports.ts";

interface User {
  readonly name: string;
}

interface Meta {
  readonly status: string;
}

const [client] = CLIENT_VERSIONS;
// The client leaves timers of its own behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

/** A server with presence, and clients that are gone when the test is over. */
async function setUp(transport: TransportUnderTest) {
  const SocketClass = await loadSocketClass(client!);
  const PresenceClass = await loadPresenceClass(client!);
  const pubsub = new PubSub();
  const presence = new Presence<Meta>({ pubsub });

  class RoomChannel extends Channel<User> {
    override join() {
      return ok();
    }
    override afterJoin(socket: ChannelSocket<User>) {
      presence.track(socket, socket.assigns.name, { status: "here" });
      presence.pushState(socket);
    }
    override handleIn = this.handlers({
      status: (payload, socket) => {
        presence.update(socket, socket.assigns.name, { status: String(payload) });
        return reply();
      },
    });
  }

  class UserSocket extends Socket<User> {
    override channels = { "room:*": RoomChannel };
    override connect({ name }: Params) {
      return ok({ name: String(name) });
    }
  }

  const endpoint = new Endpoint({ pubsub, sockets: { "/socket": UserSocket } });
  const server = await transport.serve(endpoint);
  const tabs: Tab[] = [];

  /** A client that has joined, with the presence it sees. */
  class Tab {
    readonly #socket;
    readonly #view;
    readonly channel: PhoenixChannel;
    #onSync: () => void = () => {};
    readonly events: string[] = [];

    constructor(name: string) {
      tabs.push(this);
      this.#socket = new SocketClass(`${server.wsUrl}/socket`, { params: { name }, transport: WebSocket });
      this.channel = this.#socket.channel("room:1");
      this.#view = new PresenceClass(this.channel);
      this.#view.onJoin((key, current) => void this.events.push(`+${key}${current ? " again" : ""}`));
      this.#view.onLeave((key, { metas }) => void this.events.push(`-${key}${metas.length > 0 ? " once" : ""}`));
      this.#view.onSync(() => this.#onSync());
      this.#socket.connect();
      this.channel.join();
    }

    /** What this client shows, such as `"ann here,away"`. */
    get shown(): string[] {
      const metas = this.#view.list((key, { metas }) => `${key} ${metas.map(({ status }) => status)}`);
      return metas.sort();
    }

    /** Waits until this client shows `expected`. */
    async shows(...expected: string[]): Promise<void> {
      while (this.shown.join() !== expected.join()) await new Promise<void>((resolve) => this.#onSync = resolve);
    }

    close(): void {
      this.#socket.disconnect();
    }
  }

  return {
    presence,
    open: (name: string) => new Tab(name),
    async [Symbol.asyncDispose]() {
      for (const tab of tabs) tab.close();
      await server[Symbol.asyncDispose]();
      await presence.stop();
    },
  };
}

onTransports("phoenix.js Presence shows who comes, changes and goes", sanitize, async (transport) => {
  await using setup = await setUp(transport);
  const ann = setup.open("ann");
  await ann.shows("ann here");
  const bob = setup.open("bob");
  await Promise.all([ann.shows("ann here", "bob here"), bob.shows("ann here", "bob here")]);

  assertEquals((await answerOf(bob.channel.push("status", "away"))).status, "ok");
  await Promise.all([ann.shows("ann here", "bob away"), bob.shows("ann here", "bob away")]);

  bob.close();
  await ann.shows("ann here");
  // Its own join reaches a client twice, in the state and in a diff, as with Phoenix.
  assertEquals(ann.events, ["+ann", "+ann again", "+bob", "+bob again", "-bob once", "-bob"]);
});

onTransports(
  "phoenix.js Presence shows the tabs of one user, and that the user stays until the last is closed",
  sanitize,
  async (transport) => {
    await using setup = await setUp(transport);
    const [ann, first] = [setup.open("ann"), setup.open("bob")];
    await ann.shows("ann here", "bob here");
    const second = setup.open("bob");
    await second.shows("ann here", "bob here,here");
    await ann.shows("ann here", "bob here,here");
    await answerOf(second.channel.push("status", "away"));
    await ann.shows("ann here", "bob here,away");
    first.close();
    await ann.shows("ann here", "bob away");
    await answerOf(second.channel.leave());
    await ann.shows("ann here");
    assertEquals(setup.presence.count("room:1"), { keys: 1, metas: 1 });
  },
);
