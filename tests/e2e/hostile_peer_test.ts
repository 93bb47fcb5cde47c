/**
 * A peer that knows what nodes say to each other, and says it with other values: whoever can publish on the bus may be
 * one. No process of the others ends, and a node that comes later still agrees with them about who is there.
 */

import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import fc from "fast-check";
import { Broadcast, encodeEnvelope, Presence, spawn, supervisionTree } from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";
import { EndpointNode } from "../support/endpoint_cluster.ts";
import { pass } from "../support/pass_time.ts";
import { Hub } from "../support/pubsub_hub.ts";

const PERIOD_MS = 100;
const RUNS = 1_000;
/** All that nodes say to each other. */
const EVENTS = [
  "room:1 shout",
  "urvogel:nodes bye",
  "urvogel:nodes heartbeat",
  "urvogel:presence:people_shard0 clocks",
  "urvogel:presence:people_shard0 heartbeat",
  "urvogel:presence:people_shard0 permdown",
  "urvogel:presence:people_shard0 transfer_ack",
  "urvogel:presence:people_shard0 transfer_req",
  "urvogel:requests reply",
  "urvogel:requests request",
  "user:nobody disconnect",
];

/** What no node sends. */
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    -1,
    0,
    0.5,
    Number.MAX_SAFE_INTEGER,
    1e308,
    "",
    "__proto__",
    "a",
    "b\r\nx >",
    [],
    {},
    true,
    { toString: 1, valueOf: 1 },
    JSON.parse('{ "__proto__": { "name": "b" }, "constructor": null }'),
    "x".repeat(5_000),
    Array(5_000).fill(1),
  ),
  fc.jsonValue(),
);

/** A place in a JSON value, by numbers that are taken modulo what is there, and what to put there; nothing removes it. */
const change = fc.record({ path: fc.array(fc.nat(50), { maxLength: 8 }), value: fc.option(odd, { nil: undefined }) });
type Change = Readonly<{ path: readonly number[]; value: unknown }>;

/** Returns a copy of a JSON value with another value at one place. */
function changed(json: unknown, { path: [first, ...rest], value }: Change): unknown {
  if (first === undefined || typeof json !== "object" || json === null) return value;
  const entries = Object.entries(json);
  if (entries.length === 0) return value;
  const [key, inner] = entries[first % entries.length]!;
  const other = changed(inner, { path: rest, value });
  if (Array.isArray(json)) return json.toSpliced(Number(key), 1, ...(other === undefined ? [] : [other]));
  return Object.fromEntries(
    entries.flatMap(([k, v]) => k !== key ? [[k, v]] : other === undefined ? [] : [[k, other]]),
  );
}

/** The parts of a request between nodes, whose header is as long as its first four bytes say. */
function partsOf(bytes: Uint8Array): unknown[] {
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const text = new TextDecoder().decode(bytes.subarray(4, end));
  const header = JSON.parse(text);
  return [header, header[3] === true ? null : JSON.parse(new TextDecoder().decode(bytes.subarray(end)))];
}

function requestOf([header, body]: readonly unknown[]): Uint8Array {
  const encoder = new TextEncoder();
  const head = encoder.encode(JSON.stringify(header) ?? "");
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length);
  return Uint8Array.from([...length, ...head, ...encoder.encode(JSON.stringify(body) ?? "")]);
}

/** Returns what a peer may make of a broadcast. */
function forge({ topic, event, payload }: Broadcast, changes: readonly Change[]): Broadcast {
  const change = (json: unknown) => changes.reduce(changed, json) ?? null;
  if (!(payload instanceof Uint8Array)) return new Broadcast(topic, event, change(payload));
  const parts = change(partsOf(payload));
  return new Broadcast(topic, event, requestOf(Array.isArray(parts) ? parts : [parts, parts]));
}

/** A node with a presence, and somebody who is there. */
class Node extends EndpointNode {
  readonly presence = new Presence({ pubsub: this.pubsub, name: "people", broadcastPeriodMs: PERIOD_MS });
  readonly #member = spawn<never>(async (mailbox) => {
    for await (const _ of mailbox);
  });

  comes(who: string): void {
    this.presence.track(this.#member, "room:1", who, { tab: 1 });
  }

  leaves(who: string): void {
    this.presence.untrack(this.#member, "room:1", who);
  }

  /** The people who are there, as it sees them. */
  get sees(): string[] {
    return Object.keys(this.presence.list("room:1")).sort();
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#member.exit("shutdown");
    await super[Symbol.asyncDispose]();
  }
}

/** Lets `b` and others say all that nodes say, and returns it. */
async function overhear(time: FakeTime, hub: Hub, b: Node): Promise<Broadcast[]> {
  const overheard: Broadcast[] = [];
  hub.decide = (_from, _to, broadcast) => {
    overheard.push(broadcast);
    return "deliver";
  };
  await pass(time, 3 * PERIOD_MS);
  for (const who of ["ann", "bob"]) b.comes(who);
  await pass(time, 3 * PERIOD_MS);
  b.leaves("bob");
  {
    await using late = new Node(hub, "late"); // has missed all that
    await pass(time, 30 * PERIOD_MS);
    late.comes("cid");
    await pass(time, 3 * PERIOD_MS);
  } // and says goodbye
  await pass(time, 3 * PERIOD_MS);
  const asked = [
    b.endpoint.confirmDisconnect("nobody"),
    b.endpoint.removeFromTopic("nobody", "room:1"),
    b.endpoint.requestAll("room:1", "confirm", { text: "?" }, { timeoutMs: PERIOD_MS }),
  ];
  await pass(time, 20 * PERIOD_MS);
  await Promise.all(asked);
  b.endpoint.disconnect("user:nobody");
  b.endpoint.broadcast("room:1", "shout", { text: "hello" });
  await pass(time, PERIOD_MS);
  return overheard;
}

Deno.test("a peer that says anything ends no process of a node, and later nodes agree with it", async () => {
  using time = new FakeTime();
  using crashes = new Crashes();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b");
  const overheard = await overhear(time, hub, b);
  const kinds = Map.groupBy(overheard, ({ topic, event }) => `${topic} ${event}`);
  assertEquals([...kinds.keys()].sort(), EVENTS);
  const processes = () => JSON.stringify(supervisionTree(a.pubsub), (key, value) => key === "pid" ? value.id : value);
  const before = processes();
  const sender = fc.constantFrom("b", "stranger");
  const broadcast = fc.constantFrom(...kinds.values()).chain((ofKind) => fc.constantFrom(...ofKind));
  const changes = fc.array(change, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(sender, broadcast, changes, fc.nat(19), async (from, broadcast, changes, moment) => {
      hub.inject("a", encodeEnvelope(from, forge(broadcast, changes)));
      if (moment === 0) time.tick(PERIOD_MS);
      await settle();
      assertEquals([crashes.reports, processes()], [[], before]);
    }),
    { numRuns: RUNS },
  );
  await using newcomer = new Node(hub, "newcomer");
  newcomer.comes("dan");
  a.comes("eve");
  await pass(time, 20 * PERIOD_MS);
  assertEquals(newcomer.sees.filter((who) => who === "eve" || who === "dan"), ["dan", "eve"]);
  assertEquals(a.sees.filter((who) => who === "eve" || who === "dan"), ["dan", "eve"]);
});
