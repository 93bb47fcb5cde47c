import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { monotonicUlid } from "@std/ulid/monotonic-ulid";
import {
  encodeEnvelope,
  Endpoint,
  type Logger,
  type NodeChangedEvent,
  type NodeMessageMalformedEvent,
  type NodeNameTakenEvent,
  type NodeTimeOptions,
  PubSub,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Membership, type NodeChange } from "../../lib/cluster/membership.ts";
import type { NodeDetails } from "../../lib/cluster/node_details.ts";
import { NODES_TOPIC } from "../../lib/pubsub/adapter.ts";
import { Crashes } from "../support/crashes.ts";
import { pass } from "../support/pass_time.ts";
import { Hub } from "../support/pubsub_hub.ts";
import { Collected } from "../support/telemetry.ts";

const TIMES: NodeTimeOptions = { heartbeatMs: 100, downMs: 300, permdownMs: 1000, graceMs: 1000 };

/** A node with its membership, and what it noticed of others. */
class Node implements AsyncDisposable {
  readonly pubsub: PubSub;
  readonly membership: Membership;
  readonly changes: string[] = [];

  constructor(hub: Hub, name: string, options: NodeTimeOptions = TIMES) {
    this.pubsub = new PubSub({ adapter: hub.adapter(name), ...options });
    this.membership = Membership.of(this.pubsub);
    this.membership.onChange(({ node, status }: NodeChange) => void this.changes.push(`${node.name} ${status}`));
  }

  get statuses(): string[] {
    return this.membership.nodes().map(({ name, status }) => `${name} ${status}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pubsub.stop();
  }
}

Deno.test("Membership.of() returns one membership per PubSub", async () => {
  const pubsub = new PubSub();
  assert(Membership.of(pubsub) === Membership.of(pubsub));
  assertEquals(Membership.of(pubsub).nodes().map(({ name, isSelf }) => [name, isSelf]), [["local", true]]);
  await pubsub.stop();
});

Deno.test("Membership.nodes() knows the others within a turn, whoever came first", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await settle();
  await using b = new Node(hub, "b");
  await settle();
  assertEquals([a.statuses, b.statuses], [["a up", "b up"], ["b up", "a up"]]);
  await pass(time, 1000);
  assertEquals([a.changes, b.changes], [["b up"], ["a up"]]);
});

Deno.test("Membership reports a silent node as down, and later as gone", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b");
  await settle();
  using events = new Collected<NodeChangedEvent>("urvogel:node:changed");
  hub.part(["a"], ["b"]);
  await pass(time, 500);
  assertEquals(a.statuses, ["a up", "b down"]);
  assertEquals(b.membership.isUp("a"), false);
  hub.heal();
  await pass(time, 200);
  assertEquals(a.statuses, ["a up", "b up"]);
  hub.part(["a"], ["b"]);
  await pass(time, 1200);
  assertEquals(a.statuses, ["a up"]);
  assertEquals(a.changes, ["b up", "b down", "b up", "b down", "b gone"]);
  assertEquals(events.events.filter(({ node }) => node === "a").map(({ status }) => status), [
    "down",
    "up",
    "down",
    "gone",
  ]);
});

/** The lines that the endpoint of a node logs about others, without the name of the node. */
function logged(pubsub: PubSub): string[] {
  const lines: string[] = [];
  const logger: Logger = ({ level, message }) => void lines.push(`${level} ${message}`.replace("node a: ", ""));
  new Endpoint({ pubsub, sockets: {}, logger, logLevel: "info" });
  return lines;
}

Deno.test("Membership logs that a node is down and its return at warn, and its start and end at info", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  const lines = logged(a.pubsub);
  const b = new Node(hub, "b");
  await settle();
  hub.part(["a"], ["b"]);
  await pass(time, 500);
  hub.heal();
  await pass(time, 200);
  await b.pubsub.stop();
  await settle();
  const about = lines.filter((line) => line.includes("node b"));
  assertEquals(about, ["info node b is up", "warn node b is down", "warn node b is up", "info node b is gone"]);
});

Deno.test("Membership logs at warn that a node which was down has started again", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  const lines = logged(a.pubsub);
  await using _killed = new Node(hub, "b");
  await settle();
  hub.part(["a"], ["b"]);
  await pass(time, 500);
  const again = { name: "b", vsn: monotonicUlid() };
  a.pubsub.localBroadcast(NODES_TOPIC, "heartbeat", { from: again, asks: false, details: {} });
  await settle();
  const about = lines.filter((line) => line.includes("node b"));
  assertEquals(about, ["info node b is up", "warn node b is down", "info node b is gone", "warn node b is up"]);
});

Deno.test("Membership logs in the log of its endpoint that its name is taken", async () => {
  const hub = new Hub();
  await using a = new Node(hub, "a");
  const lines = logged(a.pubsub);
  await settle();
  const namesake = { name: "a", vsn: monotonicUlid() };
  a.pubsub.localBroadcast(NODES_TOPIC, "heartbeat", { from: namesake, asks: false, details: {} });
  await settle();
  assert(lines.at(-1)?.startsWith("error another node has the same name"), `${lines}`);
});

Deno.test("Membership considers a node that stops as gone at once, and ignores its late messages", async () => {
  using _time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  const b = new Node(hub, "b");
  await settle();
  const { self } = b.membership;
  await b.pubsub.stop();
  await settle();
  assertEquals(a.changes, ["b up", "b gone"]);
  assertEquals(a.membership.heard(self), false);
  await using again = new Node(hub, "b");
  await settle();
  assertEquals(a.statuses, ["a up", "b up"]);
  assert(again.membership.self.vsn !== self.vsn);
});

Deno.test("Membership does not take others for down while its own bus is down, up to graceMs", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b", { ...TIMES, graceMs: 0 });
  await settle();
  hub.break();
  await pass(time, 800);
  assertEquals([a.statuses, b.statuses], [["a up", "b up"], ["b up", "a down"]]);
  hub.mend();
  await settle();
  assertEquals([a.statuses, b.statuses], [["a up", "b up"], ["b up", "a up"]]); // at once, not a period later
  hub.break();
  await pass(time, 1500);
  assertEquals(a.statuses, ["a up", "b down"]);
});

Deno.test("Membership.addDetails() is what other nodes see", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b");
  let connections = 1;
  const remove = b.membership.addDetails(() => ({ connections }));
  b.membership.addDetails(() => ({ isDraining: false }));
  await pass(time, 100);
  const seen = () => a.membership.nodes().find(({ name }) => name === "b")?.details;
  assertEquals(seen(), { connections: 1, isDraining: false });
  connections = 2;
  await pass(time, 100);
  assertEquals(seen(), { connections: 2, isDraining: false });
  remove();
  await pass(time, 100);
  assertEquals(seen(), { isDraining: false });
});

Deno.test("Membership goes on with its table when its process is replaced", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b");
  await settle();
  a.pubsub.supervisor.exit("kill");
  await settle();
  await pass(time, 1000);
  assertEquals([a.changes, b.changes], [["b up"], ["a up"]]);
});

Deno.test("Membership.heard() accepts 4,095 other nodes, and none that has the name of this one", async () => {
  const pubsub = new PubSub();
  const membership = Membership.of(pubsub);
  for (let n = 1; n < 4096; n++) assert(membership.heard({ name: `n${n}`, vsn: "1" }));
  assertEquals(membership.heard({ name: "one-more", vsn: "1" }), false);
  assertEquals(membership.heard({ name: "n1", vsn: "1" }), true);
  assertEquals(membership.heard({ name: "local", vsn: "1" }), false);
  assertEquals(membership.nodes().length, 4096);
  await pubsub.stop();
});

Deno.test("Membership reports another node with its name once, and does not take its own echo for one", async () => {
  using time = new FakeTime();
  using taken = new Collected<NodeNameTakenEvent>("urvogel:node:name_taken");
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await settle();
  const hear = (vsn: string) => {
    const payload = { from: { name: "a", vsn }, asks: true, details: {} };
    hub.inject("a", encodeEnvelope("a", { topic: "urvogel:nodes", event: "heartbeat", payload }));
  };
  hear(a.membership.self.vsn);
  await settle();
  assertEquals(taken.events, []);
  hear("another");
  hear("another");
  await settle();
  assertEquals(taken.events, [{ node: "a" }]);
  assertEquals([a.statuses, a.changes], [["a up"], []]);
  await pass(time, 200);
});

Deno.test("Membership reports each of several nodes with its name once, and not all that somebody invents", async () => {
  using _time = new FakeTime();
  using taken = new Collected<NodeNameTakenEvent>("urvogel:node:name_taken");
  await using a = new Node(new Hub(), "a");
  await settle();
  const hear = async (...runs: string[]) => {
    for (const vsn of runs) {
      const payload = { from: { name: "a", vsn }, asks: false, details: {} };
      a.pubsub.localBroadcast(NODES_TOPIC, "heartbeat", payload);
    }
    await settle();
    return taken.events.length;
  };
  for (let heartbeat = 0; heartbeat < 5; heartbeat++) assertEquals(await hear("second", "third"), 2);
  assertEquals(await hear(...Array.from({ length: 1_000 }, (_, n) => `invented${n}`)), 100);
});

Deno.test("Membership says nothing about a node that it has never seen and that leaves", async () => {
  const hub = new Hub();
  await using a = new Node(hub, "a");
  const stranger = new PubSub({ adapter: hub.adapter("b") });
  await settle();
  for (let i = 0; i < 2; i++) stranger.broadcast("urvogel:nodes", "bye", { from });
  await settle();
  assertEquals(a.changes, []);
  await stranger.stop();
});

Deno.test("Membership.leaveSilently() leaves the other nodes to find out", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  const b = new Node(hub, "b");
  await settle();
  b.membership.leaveSilently();
  await b.pubsub.stop();
  await pass(time, 500);
  assertEquals(a.changes, ["b up", "b down"]);
});

Deno.test.each<[string, () => NodeDetails, string]>([
  ["fail", () => {
    throw new Error("mine");
  }, "mine"],
  ["are too long", () => ({ a: "x".repeat(5000) }), "at most 4096 characters"],
  ["are no plain values", () => ({ a: {} as never }), "plain values"],
])("Membership goes on without details that %s, and reports it", async (_case, describe, message) => {
  using time = new FakeTime();
  using crashes = new Crashes();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b");
  await settle();
  const remove = b.membership.addDetails(describe);
  await pass(time, 500);
  remove();
  assertEquals(a.statuses, ["a up", "b up"]);
  assert(crashes.messages.length > 0 && crashes.messages.every((text) => text.includes(message)));
});

const from = { name: "b", vsn: "1" };
const MALFORMED: readonly [why: string, event: string, payload: unknown][] = [
  ["no sender", "heartbeat", { asks: false, details: {} }],
  ["a name that is no name", "heartbeat", { from: { name: "b b", vsn: "1" }, asks: false, details: {} }],
  ["a long run", "heartbeat", { from: { name: "b", vsn: "1".repeat(65) }, asks: false, details: {} }],
  ["no details", "heartbeat", { from, asks: false }],
  ["endless details", "heartbeat", { from, asks: false, details: { a: "x".repeat(5000) } }],
  ["details that are no plain values", "heartbeat", { from, asks: false, details: { a: [] } }],
  ["no object", "heartbeat", 7],
  ["an unknown event", "bonjour", { from }],
];
for (const [why, event, payload] of MALFORMED) {
  Deno.test(`Membership ignores a message with ${why}`, async () => {
    const hub = new Hub();
    await using a = new Node(hub, "a");
    const stranger = new PubSub({ adapter: hub.adapter("b") });
    await settle();
    using malformed = new Collected<NodeMessageMalformedEvent>("urvogel:node:malformed");
    stranger.broadcast("urvogel:nodes", event, payload);
    await settle();
    assertEquals(malformed.events, [{ node: "a", event }]);
    assertEquals(a.changes, []);
    await stranger.stop();
  });
}
