import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { connect } from "@urvogel/realtime/testing";
import { inspector } from "@urvogel/realtime/inspector";
import { type EndpointNode, startNodes } from "../../support/endpoint_cluster.ts";
import { Hub } from "../../support/pubsub_hub.ts";
import { NodeRequests } from "../../../lib/cluster/node_requests.ts";

async function ask(inspect: ReturnType<typeof inspector>, path: string) {
  const response = await inspect(new Request(`http://localhost/api/${path}`));
  return { status: response.status, body: await response.json() };
}

function inspectorsOf(nodes: readonly EndpointNode[]) {
  return nodes.map(({ endpoint }) => inspector(endpoint, { authorize: () => true }));
}

Deno.test("inspector() shows another node, and closes a connection there", async () => {
  const [a, b] = await startNodes(new Hub(), ["a", "b"]);
  await using _a = a!;
  await using _b = b!;
  const [here, there] = inspectorsOf([a!, b!]);
  using _here = here!;
  using _there = there!;
  await using bob = await connect(b!.endpoint, { user: "bob" });
  await bob.join("room:1");

  assertEquals((await ask(here!, "sockets")).body.total, 0);
  const { body } = await ask(here!, "sockets?node=b");
  assertEquals([body.total, body.items[0].id], [1, "user:bob"]);
  assertEquals((await ask(here!, "overview?node=b")).body.node, "b");
  assertEquals((await ask(here!, "nodes")).body.items.map(({ name }: { name: string }) => name), ["a", "b"]);

  const init = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ node: "b", process: body.items[0].process.id }),
  };
  const closed = await here!(new Request("http://localhost/api/close", init));
  assertEquals(await closed.json(), { closed: body.items[0].process.id });
  assertEquals((await ask(here!, "sockets?node=b")).body.total, 0);
});

Deno.test("inspector() says that the bus is down, also for each topic", async () => {
  const hub = new Hub();
  const [a] = await startNodes(hub, ["a"]);
  await using _a = a!;
  using inspect = inspector(a!.endpoint, { authorize: () => true });
  const isDown = async (path: string) => (await ask(inspect, path)).body.attention.isBusDown;
  assertEquals([await isDown("overview"), await isDown("follow?topic=room:1")], [false, false]);
  inspect[Symbol.dispose](); // the numbers of the latest second are kept otherwise
  hub.break();
  assertEquals([await isDown("overview"), await isDown("follow?topic=room:1")], [true, true]);
});

Deno.test("inspector() finds a client on whichever node it is, and names nodes that it could not ask", async () => {
  const [a, b, c] = await startNodes(new Hub(), ["a", "b", "c"]);
  await using _a = a!;
  await using _b = b!;
  await using _c = c!;
  const [here, there] = inspectorsOf([a!, b!]); // c has none
  using _here = here!;
  using _there = there!;
  await using _ann = await connect(a!.endpoint, { user: "ann" });
  await using _bob = await connect(b!.endpoint, { user: "bob" });

  const found = async (query: string) => {
    const { body } = await ask(here!, `find?${query}`);
    const clients = body.items.map(({ node, id }: { node: string; id: string }) => [node, id]);
    return { clients, total: body.total, failed: body.failed.map(({ node }: { node: string }) => node) };
  };
  const failed = ["c"];
  assertEquals(await found("search=bob"), { clients: [["b", "user:bob"]], total: 1, failed });
  assertEquals(await found("id=user:ann"), { clients: [["a", "user:ann"]], total: 1, failed });
  assertEquals(await found("limit=1"), { clients: [["a", "user:ann"]], total: 2, failed });
  assertEquals((await ask(here!, "find?limit=0")).status, 400);
});

Deno.test("inspector() says why another node cannot be shown", async () => {
  const [a, b] = await startNodes(new Hub(), ["a", "b"]);
  await using _a = a!;
  await using _b = b!;
  using here = inspector(a!.endpoint, { authorize: () => true });
  const none = await ask(here, "sockets?node=b"); // it has no inspector
  assertEquals(none.status, 502);
  assertStringIncludes(none.body.error, "no handler");
  using _there = inspector(b!.endpoint, { authorize: () => true });
  const wrong = await ask(here, "sockets?node=b&limit=0");
  assertEquals(wrong.status, 502);
  assertStringIncludes(wrong.body.error, '"limit"');
  assert((await ask(here, "sockets?node=nobody")).body.error.includes("not up"));
});

Deno.test("inspector() does not wait for another node that does not reply", async () => {
  using time = new FakeTime();
  const [a, b] = await startNodes(new Hub(), ["a", "b"]);
  await using _a = a!;
  await using _b = b!;
  using here = inspector(a!.endpoint, { authorize: () => true });
  const stuck = Promise.withResolvers<null>();
  NodeRequests.of(b!.endpoint.pubsub).handle("inspector.1", () => stuck.promise); // in place of its inspector
  const asked = ask(here, "sockets?node=b");
  const live = await here(new Request("http://localhost/api/live/sockets?node=b"));
  await time.tickAsync(3_001);
  assertEquals(await asked, { status: 504, body: { error: "Cannot ask node b: no reply in time" } });
  const reader = live.body!.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals(await reader.read(), {
    done: false,
    value: 'event: failed\ndata: "Cannot ask node b: no reply in time"\n\n',
  });
  await reader.cancel();
  assertEquals((await ask(here, "sockets")).status, 200);
  stuck.resolve(null);
});
