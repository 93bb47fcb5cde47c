import { assertEquals, assertThrows } from "@std/assert";
import { debug, Endpoint, PubSub } from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { SpokenSocket } from "../../support/spoken_app.ts";

const idsOf = ({ items }: debug.Page<debug.SocketInfo>) => items.map(({ id }) => id);

function createEndpoint(pubsub?: PubSub): Endpoint {
  return new Endpoint({ sockets: { "/socket": SpokenSocket }, ...(pubsub && { pubsub }) });
}

async function connectAll(endpoint: Endpoint, names: readonly string[]): Promise<AsyncDisposableStack> {
  const stack = new AsyncDisposableStack();
  for (const [i, name] of names.entries()) {
    const connectInfo = { peerData: { hostname: `10.0.0.${i}`, port: 1 } };
    const client = stack.use(await connect(endpoint, { name }, { connectInfo }));
    await client.join(`room:${name.toUpperCase()}`);
  }
  return stack;
}

Deno.test("debug.sockets() returns one page after the other, and where the next one begins", async () => {
  const endpoint = createEndpoint();
  await using _ = await connectAll(endpoint, ["a", "b", "c"]);
  const first = debug.sockets(endpoint, { limit: 2 });
  assertEquals([idsOf(first), first.total, first.next], [["user:a", "user:b"], 3, 2]);
  const second = debug.sockets(endpoint, { limit: 2, offset: 2 });
  assertEquals([idsOf(second), second.total, second.next], [["user:c"], 3, undefined]);
  assertEquals(debug.sockets(endpoint, { offset: 9 }).items, []);
});

for (
  const [what, search, found] of [
    ["an id", "user:b", ["user:b"]],
    ["an address", "10.0.0.2", ["user:c"]],
    ["a topic in another case", "ROOM:a", ["user:a"]],
    ["the class", "spoken", ["user:a", "user:b", "user:c"]],
    ["nothing", "nobody", []],
  ] as const
) {
  Deno.test(`debug.sockets() finds connections by ${what}`, async () => {
    const endpoint = createEndpoint();
    await using _ = await connectAll(endpoint, ["a", "b", "c"]);
    const page = debug.sockets(endpoint, { search });
    assertEquals([idsOf(page), page.total], [[...found], found.length]);
  });
}

Deno.test("debug.socketsOf() returns the connections of one id, and none of another endpoint on the same PubSub", async () => {
  const pubsub = new PubSub();
  const endpoint = createEndpoint(pubsub);
  await using _mine = await connectAll(endpoint, ["a", "a", "b"]);
  await using _other = await connectAll(createEndpoint(pubsub), ["a"]);
  assertEquals(idsOf(debug.socketsOf(endpoint, "user:a")), ["user:a", "user:a"]);
  assertEquals(debug.socketsOf(endpoint, "user:nobody").total, 0);
});

for (const [name, value] of [["limit", 0], ["limit", 1001], ["limit", 1.5], ["offset", -1], ["offset", NaN]] as const) {
  Deno.test(`debug.sockets() refuses "${name}": ${value}`, () => {
    const endpoint = createEndpoint();
    assertThrows(() => debug.sockets(endpoint, { [name]: value }), RangeError, `"${name}" must be an integer`);
  });
}
