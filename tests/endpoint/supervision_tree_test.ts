import { assertEquals, assertNotStrictEquals, assertThrows, fail } from "@std/assert";
import {
  Channel,
  type ChannelSocket,
  debug,
  Endpoint,
  noreply,
  ok,
  type Params,
  type Pid,
  Presence,
  PubSub,
  reply,
  Socket,
  supervisionTree,
} from "@urvogel/realtime";
import { connect, settle, type TestClient } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";
import { Leaks } from "../support/leaks.ts";
import { Hub } from "../support/pubsub_hub.ts";
import { door, SpokenSocket } from "../support/spoken_app.ts";

interface User {
  name: string;
}

/** A chat with presence, as the README's. */
class Chat implements AsyncDisposable {
  readonly pubsub = new PubSub({ maxRestarts: Infinity, adapter: new Hub().adapter("a") });
  readonly presence = new Presence<{ name: string }>({ pubsub: this.pubsub, name: "people" });
  readonly endpoint: Endpoint;

  constructor() {
    const { pubsub, presence } = this;
    class RoomChannel extends Channel<User> {
      override join() {
        return ok();
      }
      override afterJoin(socket: ChannelSocket<User>) {
        const { name } = socket.assigns;
        presence.track(socket, name, { name });
        socket.push("presence_state", presence.list(socket));
      }
      override handleIn = this.handlers({
        fail: () => {
          throw new Error("broken");
        },
        echo: (payload) => reply(payload),
      });
    }
    class UserSocket extends Socket<User> {
      override channels = { "room:*": RoomChannel };
      override connect({ name }: Params) {
        return ok({ name: String(name) });
      }
      override id({ name }: User) {
        return `user:${name}`;
      }
    }
    this.endpoint = new Endpoint({ pubsub, sockets: { "/socket": UserSocket } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endpoint.shutdown();
    await this.pubsub.stop();
  }
}

function lines(target: Parameters<typeof supervisionTree>[0], maxChildren = 100): string[] {
  return `${supervisionTree(target, { maxChildren })}`.replaceAll(/#\d+/g, "#N").split("\n");
}

Deno.test("supervisionTree() shows the PubSub, the connections and the channels of an endpoint", async () => {
  using _ = new Leaks();
  await using chat = new Chat();
  await using ann = await connect(chat.endpoint, { name: "ann" });
  await using bob = await connect(chat.endpoint, { name: "bob" });
  for (const topic of ["room:1", "room:2"]) await ann.join(topic);
  await bob.join("room:1");
  await settle();
  assertEquals(lines(chat.endpoint), [
    "Endpoint #N",
    "├─ PubSub #N",
    "│  ├─ adapter #N",
    "│  ├─ nodes #N",
    "│  ├─ presence people #N",
    "│  ├─ tracker people_shard0 #N",
    "│  └─ requests #N",
    "├─ UserSocket user:ann #N",
    '│  ├─ RoomChannel "room:1" #N',
    '│  └─ RoomChannel "room:2" #N',
    "└─ UserSocket user:bob #N",
    '   └─ RoomChannel "room:1" #N',
  ]);
  assertEquals(chat.endpoint.socketPids.map(({ label }) => label), ["UserSocket user:ann", "UserSocket user:bob"]);
});

Deno.test("supervisionTree() shows no more than maxChildren of each process, and says how many are left out", async () => {
  await using chat = new Chat();
  const clients = await Promise.all(Array.from({ length: 120 }, (_, n) => connect(chat.endpoint, { name: `u${n}` })));
  await settle();
  assertEquals(lines(chat.endpoint).length, 1 + 1 + 5 + 99 + 1);
  assertEquals(lines(chat.endpoint).at(-1), "└─ and 21 more");
  assertEquals(lines(chat.endpoint, 1), [
    "Endpoint #N",
    "├─ PubSub #N",
    "│  ├─ adapter #N",
    "│  └─ and 4 more",
    "└─ and 120 more",
  ]);
  assertEquals(supervisionTree(chat.endpoint, { maxChildren: 2 }).omittedChildren, 119);
  assertEquals(lines(chat.endpoint, Infinity).length, 1 + 6 + 120);
  for (const maxChildren of [-1, 0.5, NaN]) {
    assertThrows(() => supervisionTree(chat.endpoint, { maxChildren }), Error, '"maxChildren" must be an integer >= 0');
  }
  for (const client of clients) await client.close();
});

Deno.test("supervisionTree() keeps names that clients choose within their line", async () => {
  await using chat = new Chat();
  await using client = await connect(chat.endpoint, { name: "ann\n└─ admin #1" });
  await client.join("room:\n└─ x");
  await settle();
  assertEquals(lines(chat.endpoint).length, 1 + 6 + 2);
});

Deno.test("supervisionTree() shows a channel that terminates after its connection is gone", async () => {
  const endpoint = new Endpoint({ sockets: { "/socket": SpokenSocket } });
  const client = await connect(endpoint);
  const room = await client.join("room:open");
  room.push("wait");
  await settle({ timeoutMs: 0 });
  await client.close();
  assertEquals(lines(endpoint), ["Endpoint #N", "├─ PubSub #N", '└─ SpokenChannel "room:open" #N']);
  door.open();
  await settle();
  assertEquals(lines(endpoint), ["Endpoint #N", "└─ PubSub #N"]);
  await endpoint.shutdown();
});

Deno.test("Crash reports of channels and presences name their ancestors", async () => {
  using _ = new Leaks();
  using crashes = new Crashes();
  class Broken extends Presence {
    override handleMetas(): never {
      throw new Error("metas");
    }
  }
  class RoomChannel extends Channel {
    override join() {
      return ok();
    }
    override afterJoin(socket: ChannelSocket) {
      presence.track(socket, "ann", {});
    }
    override handleIn = this.handlers({
      fail: () => {
        throw new Error("handler");
      },
      echo: () => noreply(),
    });
  }
  class UserSocket extends Socket {
    override channels = { "room:*": RoomChannel };
    override connect() {
      return ok();
    }
  }
  await using endpoint = new Endpoint({ sockets: { "/socket": UserSocket } });
  const presence = new Broken({ pubsub: endpoint.pubsub, name: "people" }); // on the PubSub that the endpoint made
  await using client = await connect(endpoint);
  const room = await client.join("room:1");
  await settle();
  room.push("fail");
  await settle();
  assertEquals(
    crashes.reports.slice(0, 2).map(({ error, ancestors }) => [error.message, ...ancestors.map(({ label }) => label)]),
    [["metas", "PubSub", "Endpoint"], ["handler", "UserSocket", "Endpoint"]],
  );
});

Deno.test("Endpoint.supervisor is followed by another when it was killed, and its clients come back", async () => {
  using _ = new Leaks();
  await using chat = new Chat();
  const { endpoint } = chat;
  const client = await connect(endpoint, { name: "ann" });
  await client.join("room:1");
  const before = endpoint.supervisor;
  before.exit("kill");
  await client.assertClosed(1001);
  await settle();
  assertEquals([endpoint.connectionCount, endpoint.socketPids, chat.presence.list("room:1")], [0, [], {}]);
  await using again = await connect(endpoint, { name: "ann" });
  await again.join("room:1");
  assertNotStrictEquals(endpoint.supervisor, before);
  assertEquals(lines(endpoint).length, 1 + 6 + 2);
  await client.close();
});

Deno.test("Endpoint.shutdown() ends its supervisor for good", async () => {
  using _ = new Leaks();
  await using chat = new Chat();
  await using _client = await connect(chat.endpoint, { name: "ann" });
  await chat.endpoint.shutdown();
  assertEquals(chat.endpoint.supervisor.alive, false);
  assertEquals(chat.endpoint.socketPids, []);
});

/** What can be killed: each kind of process of the realtime half. */
const victims: readonly [string, (chat: Chat) => Pid | undefined][] = [
  ["a connection", ({ endpoint }) => endpoint.socketPids.at(-1)],
  ["a channel", ({ endpoint }) => debug.listChannels(endpoint.socketPids.at(-1)!)[0]?.pid],
  ["the presence", ({ pubsub }) => childOf(pubsub, "presence people")],
  ["the tracker", ({ pubsub }) => childOf(pubsub, "tracker people_shard0")],
  ["the adapter", ({ pubsub }) => childOf(pubsub, "adapter")],
  ["the PubSub's supervisor", ({ pubsub }) => pubsub.supervisor],
  ["the endpoint's supervisor", ({ endpoint }) => endpoint.supervisor],
];

function childOf(pubsub: PubSub, id: string): Pid | undefined {
  return supervisionTree(pubsub).children.find((child) => child.id === id)?.pid;
}

Deno.test.each(victims)("the chat goes on when %s is killed among joins and leaves", async (_victim, find) => {
  using _ = new Leaks();
  await using chat = new Chat();
  await settle();
  const { endpoint, presence, pubsub } = chat;
  const connectAll = (names: string[]) => Promise.all(names.map((name) => connect(endpoint, { name })));
  const clients: TestClient[] = [];
  for (let round = 0; round < 4; round++) {
    clients.push(...await connectAll(Array.from({ length: 10 }, (_, n) => `${round}.${n}`)));
    const joins = clients.map((client) => client.join("room:1").catch(() => {})); // some are killed meanwhile
    await Promise.resolve();
    const victim = find(chat) ?? fail("there is none");
    victim.exit("kill");
    await Promise.all(joins);
    await Promise.all(clients.splice(0, 5).map((client) => client.close()));
    await settle();
  }
  await using last = await connect(endpoint, { name: "last" });
  const room = await last.join("room:1");
  await settle();
  const members = debug.listSockets(endpoint).filter(({ topics }) => topics.includes("room:1"));
  assertEquals(
    Object.keys(presence.list("room:1")).map((name) => `user:${name}`).sort(),
    members.map(({ id }) => id).sort(),
  );
  await room.assertPush("presence_diff", { joins: { last: { metas: [{ name: "last" }] } }, leaves: {} });
  await room.assertReply(room.push("echo", { still: "here" }), "ok", { still: "here" });
  assertEquals(supervisionTree(pubsub).children.map(({ status }) => status), Array(5).fill("running"));
  await Promise.all(clients.map((client) => client.close()));
});
