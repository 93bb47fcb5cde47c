import { assertEquals, assertRejects } from "@std/assert";
import {
  DynamicSupervisor,
  Endpoint,
  GenServer,
  KeyedServers,
  type KeyedServersLimits,
  type KeyedServersScope,
  ok,
  PubSub,
  reply,
  Socket,
} from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";

class Shelf extends GenServer<Map<string, number>, { calls: { all(): unknown; add(book: unknown): number } }> {
  override init() {
    return new Map();
  }
  override handleCall = this.calls({
    all: (books) => reply(books, books),
    add: (books, book) => reply(books.set(String(book), 1).size, books),
  });
}

class ShelfSocket extends Socket {
  override channels = {};
  override connect() {
    return ok();
  }
}

type Options = Partial<KeyedServersLimits> & KeyedServersScope<typeof Shelf>;

/** A program on one node, to which a test has connected. */
async function shelfUnderTest(options: Options) {
  const pubsub = new PubSub();
  const endpoint = new Endpoint({ pubsub, sockets: { "/socket": ShelfSocket } });
  const client = await connect(endpoint);
  const supervisor = await DynamicSupervisor.start();
  const shelves = new KeyedServers(Shelf, { pubsub, supervisor, ...options });
  const shelf = await shelves.ensure("7");
  return {
    shelf,
    [Symbol.asyncDispose]: async () => {
      await supervisor.stop();
      await client.close();
      await endpoint.shutdown();
    },
  };
}

Deno.test("connect() makes servers by key refuse what could not cross to another node", async () => {
  await using program = await shelfUnderTest({});
  await assertRejects(() => program.shelf.call("all"), TypeError, "received Map");
  await assertRejects(() => program.shelf.call("add", new Date(0)), TypeError, "received Date");
  assertEquals(await program.shelf.call("add", "Emma"), 1);
});

const UNCHECKED: readonly (readonly [what: string, options: Options])[] = [
  ["whose checkCalls is false", { checkCalls: false }],
  ['whose scope is "node"', { scope: "node" }],
];
for (const [what, options] of UNCHECKED) {
  Deno.test(`connect() does not check the calls of servers by key ${what}`, async () => {
    await using program = await shelfUnderTest(options);
    assertEquals(await program.shelf.call("all"), new Map());
  });
}

Deno.test("KeyedServers check nothing in a program to which no test has connected", async () => {
  const supervisor = await DynamicSupervisor.start();
  const shelves = new KeyedServers(Shelf, { pubsub: new PubSub(), supervisor });
  assertEquals(await (await shelves.ensure("7")).call("all"), new Map());
  await supervisor.stop();
});
