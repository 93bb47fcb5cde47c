/**
 * Requests to the members of a topic on several nodes.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { PubSub } from "@urvogel/realtime";
import { connect, settle } from "@urvogel/realtime/testing";
import { Membership } from "../../lib/cluster/membership.ts";
import { NodeRequests } from "../../lib/cluster/node_requests.ts";
import { EndpointNode } from "../support/endpoint_cluster.ts";
import { Leaks } from "../support/leaks.ts";
import { pass } from "../support/pass_time.ts";
import { Hub } from "../support/pubsub_hub.ts";
import { Collected } from "../support/telemetry.ts";

/** Ann on one node, bob and cem on the other, all in a room. */
async function setUp() {
  const hub = new Hub();
  const resources = new AsyncDisposableStack();
  const [a, b] = ["a", "b"].map((name) => resources.use(new EndpointNode(hub, name)));
  await settle();
  const rooms = [];
  for (const [node, user] of [[a!, "ann"], [b!, "bob"], [b!, "cem"]] as const) {
    const client = resources.use(await connect(node.endpoint, { user }));
    rooms.push(await client.join("room:1"));
  }
  const [ann, bob, cem] = rooms;
  return { hub, a: a!, b: b!, ann: ann!, bob: bob!, cem: cem!, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

Deno.test("Endpoint.requestAll() asks the members on all nodes", async () => {
  using _ = new Leaks();
  await using world = await setUp();
  const { a, ann, bob, cem } = world;
  const vote = a.endpoint.requestAll("room:1", "vote", { on: "a pause" });
  (await ann.assertRequest("vote", { on: "a pause" })).answer({ yes: true });
  (await bob.assertRequest("vote", { on: "a pause" })).answer({ yes: false });
  (await cem.assertRequest("vote", { on: "a pause" })).refuse("asleep");
  const { replies, missing, missingNodes } = await vote;
  assertEquals(
    replies.map(({ node, socketId, pid, status, response }) => [node, socketId, pid?.label, status, response]),
    [
      ["a", "user:ann", 'RoomChannel "room:1"', "ok", { yes: true }],
      ["b", "user:bob", undefined, "ok", { yes: false }],
      ["b", "user:cem", undefined, "error", "asleep"],
    ],
  );
  assertEquals([missing, missingNodes], [[], []]);
});

Deno.test("Endpoint.requestAll() names the members of other nodes that did not answer in time", async () => {
  using time = new FakeTime();
  await using world = await setUp();
  const { a, ann, bob } = world;
  const vote = a.endpoint.requestAll("room:1", "vote", {}, { timeoutMs: 300 });
  await settle();
  (await ann.assertRequest("vote")).answer(1);
  (await bob.assertRequest("vote")).answer(2);
  await pass(time, 400);
  const { replies, missing, missingNodes } = await vote;
  assertEquals(replies.map(({ response }) => response), [1, 2]);
  assertEquals(missing, [{ node: "b", socketId: "user:cem", pid: undefined, reason: "timeout" }]);
  assertEquals(missingNodes, []);
});

Deno.test("Endpoint.requestAll() names nodes that did not reply within a second more, or are down", async () => {
  using time = new FakeTime();
  await using world = await setUp();
  const { hub, a, ann } = world;
  hub.decide = (_from, _to, { event }) => event === "reply" ? "lose" : "deliver";
  let result: Awaited<ReturnType<typeof a.endpoint.requestAll>> | undefined;
  const ask = () =>
    void a.endpoint.requestAll("room:1", "vote", {}, { timeoutMs: 300 }).then((value) => result = value);
  ask();
  await settle();
  (await ann.assertRequest("vote")).answer(1);
  await pass(time, 1_200);
  assertEquals(result, undefined);
  await pass(time, 100);
  assertEquals([result?.replies.length, result?.missingNodes], [1, ["b"]]);
  hub.part(["a"], ["b"]);
  await pass(time, 500);
  ask();
  await settle();
  (await ann.assertRequest("vote")).answer(1);
  await settle();
  assertEquals([result?.replies.length, result?.missingNodes], [1, ["b"]]);
});

Deno.test("Endpoint.requestAll() names nodes that cannot be reached, or have too many members", async () => {
  using _status = new Collected("urvogel:bus:status");
  await using world = await setUp();
  const { hub, a, ann } = world;
  const few = a.endpoint.requestAll("room:1", "vote", {}, { maxMembers: 1 });
  (await ann.assertRequest("vote")).answer(1);
  assertEquals([(await few).replies.length, (await few).missingNodes], [1, ["b"]]);
  hub.break();
  const alone = a.endpoint.requestAll("room:1", "vote", {});
  (await ann.assertRequest("vote")).answer(2);
  assertEquals([(await alone).replies.length, (await alone).missingNodes], [1, ["b"]]);
  hub.mend();
});

Deno.test("Endpoint.requestAll() asks nobody if its arguments are invalid, and stops with its signal", async () => {
  await using world = await setUp();
  const { a, hub, bob } = world;
  await assertRejects(() => a.endpoint.requestAll("room:1", "vote", {}, { timeoutMs: -1 }), RangeError, '"timeoutMs"');
  await assertRejects(() => a.endpoint.requestAll("room:1", "vote", {}, { maxMembers: 0 }), RangeError, "at most 0");
  assertEquals(hub.sent.filter(({ event }) => event === "request"), []);
  const owner = new AbortController();
  const vote = a.endpoint.requestAll("room:1", "vote", {}, { timeoutMs: Infinity, signal: owner.signal });
  const asked = await bob.assertRequest("vote");
  owner.abort(new Error("no more interest"));
  await assertRejects(() => vote, Error, "no more interest");
  asked.answer(1);
});

const nonsense: readonly unknown[] = [
  null,
  7,
  {},
  { replies: {}, missing: [] },
  { replies: [[1, "ok", 1]], missing: [] },
  { replies: [[null, "weird", 1]], missing: [] },
  { replies: [], missing: [[null, "bored"]] },
];
for (const reply of nonsense) {
  Deno.test(`Endpoint.requestAll() does not believe a node that replies ${JSON.stringify(reply)}`, async () => {
    await using world = await setUp();
    const liar = new PubSub({ adapter: world.hub.adapter("liar") });
    NodeRequests.of(liar).handle("endpoint.request_all", () => reply as null);
    Membership.of(liar).addDetails(() => ({ connections: 1 }));
    await settle();
    const { replies, missingNodes } = await world.a.endpoint.requestAll("room:2", "vote", {});
    assertEquals([replies, missingNodes], [[], ["liar"]]);
    await liar.stop();
  });
}

Deno.test.each(
  [
    null,
    {},
    { topic: 1, event: "vote", payload: {} },
    { topic: "room:1", event: "vote", payload: [] },
    { topic: "room:1", event: "vote", payload: {}, timeoutMs: "long" },
    { topic: "room:1", event: "vote", payload: {}, timeoutMs: -1 },
  ] as const,
)("A node asks no members for another one that sends %j", async (argument) => {
  await using world = await setUp();
  const stranger = new PubSub({ adapter: world.hub.adapter("stranger") });
  const requests = NodeRequests.of(stranger);
  await settle();
  const error = await requests.ask("b", "endpoint.request_all", argument).catch((error) => error);
  assertEquals(error.name, "RemoteError");
  await stranger.stop();
});
