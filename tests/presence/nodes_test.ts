/** Presence on several nodes whose bus fails, is slow, or refuses what is large. */

import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  type NodeTimeOptions,
  type Pid,
  Presence,
  PubSub,
  type PubSubAdapter,
  spawn,
  TooLargeError,
  type TrackerFaultEvent,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { lostFromNow } from "../support/lost.ts";
import { Hub } from "../support/pubsub_hub.ts";
import { SlowLink } from "../support/slow_link.ts";
import { Collected } from "../support/telemetry.ts";

const PERIOD_MS = 100;
const TIMES: NodeTimeOptions = { heartbeatMs: PERIOD_MS, downMs: 5 * PERIOD_MS, graceMs: 60_000 };

interface Meta {
  readonly text: string;
}

/** A node with a presence, and what its members were told. */
class Node implements AsyncDisposable {
  readonly pubsub: PubSub;
  readonly presence: Presence<Meta>;
  readonly told: string[] = [];
  readonly #pids: Pid<never>[] = [];

  constructor(adapter: PubSubAdapter, times: NodeTimeOptions = TIMES) {
    const { told } = this;
    class People extends Presence<Meta> {
      override handleMetas(_: undefined, _topic: string, { joins, leaves }: { joins: object; leaves: object }) {
        told.push(...Object.keys(joins).map((key) => `+${key}`), ...Object.keys(leaves).map((key) => `-${key}`));
        return undefined;
      }
    }
    this.pubsub = new PubSub({ adapter, ...times });
    this.presence = new People({ pubsub: this.pubsub, broadcastPeriodMs: PERIOD_MS });
  }

  track(key: string, text = ""): Pid<never> {
    const self = spawn(async (mailbox) => {
      for await (const _ of mailbox);
    });
    this.#pids.push(self);
    this.presence.track(self, "t", key, { text });
    return self;
  }

  get keys(): string[] {
    return Object.keys(this.presence.list("t")).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pubsub.stop();
    for (const pid of this.#pids) pid.exit("shutdown");
  }
}

async function periods(time: FakeTime, count: number, each: () => void = () => {}): Promise<void> {
  for (let i = 0; i < count; i++) {
    time.tick(PERIOD_MS);
    await settle();
    each();
    await settle();
  }
}

Deno.test("Presence makes nobody leave while its own bus is down, and is right again at once", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub.adapter("a"));
  await using b = new Node(hub.adapter("b"));
  a.track("ann");
  const bob = b.track("bob");
  await periods(time, 3);
  assertEquals([a.keys, b.keys], [["ann", "bob"], ["ann", "bob"]]);
  for (const { told } of [a, b]) told.length = 0;
  hub.break();
  await periods(time, 25); // five times downMs
  assertEquals([a.told, b.told], [[], []]);
  bob.exit("shutdown");
  a.track("cleo");
  await periods(time, 1);
  hub.mend();
  await settle(); // no period passes
  assertEquals([a.keys, b.keys], [["ann", "cleo"], ["ann", "cleo"]]);
  assertEquals([a.told, b.told], [["+cleo", "-bob"], ["-bob", "+cleo"]]);
});

Deno.test("Presence with graceMs: 0 hides the others while its bus is down, as Phoenix does", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub.adapter("a"), { ...TIMES, graceMs: 0 });
  await using b = new Node(hub.adapter("b"));
  a.track("ann");
  b.track("bob");
  await periods(time, 3);
  hub.break();
  await periods(time, 25);
  assertEquals([a.keys, b.keys], [["ann"], ["ann", "bob"]]);
  hub.mend();
  await settle();
  assertEquals([a.keys, b.keys], [["ann", "bob"], ["ann", "bob"]]);
});

Deno.test("a presence that ended while its bus was down leaves no ghosts when it is back", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub.adapter("a"));
  await using b = new Node(hub.adapter("b"));
  a.track("ann");
  b.track("bob");
  await periods(time, 3);
  assertEquals(a.keys, ["ann", "bob"]);
  hub.break();
  await b.presence.stop(); // its node goes on
  hub.mend();
  await settle();
  assertEquals([a.keys, a.told.at(-1)], [["ann"], "-bob"]);
});

Deno.test("Presence asks at once for what it missed when its bus is back", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  const slow = new SlowLink({ bytesPerPeriod: Infinity, maxWaitingBytes: 0 }); // cut by the first message
  await using a = new Node(hub.adapter("a"));
  const adapter = slow.wrap(hub.adapter("b"));
  await using b = new Node(adapter);
  await periods(time, 2);
  assert(!adapter.isConnected);
  a.track("ann");
  await periods(time, 1);
  hub.sent.length = 0;
  assertEquals(b.keys, []);
  slow.endPeriod();
  await settle();
  const replies = hub.sent.filter(({ from, event }) => from === "a" && event === "clocks").map(({ to }) => to);
  assertEquals(replies, ["b"]);
});

Deno.test.each([
  ["64 KB a period", 65_536, 262_144],
  ["8 KB a period", 8192, 131_072],
  ["2 KB a period", 2048, 131_072],
])("Presence converges behind a slow link: %s", async (_name, bytesPerPeriod, maxWaitingBytes) => {
  using time = new FakeTime();
  const hub = new Hub();
  const link = new SlowLink({ bytesPerPeriod, maxWaitingBytes });
  await using a = new Node(hub.adapter("a"), { ...TIMES, downMs: 2000 * PERIOD_MS });
  await using b = new Node(link.wrap(hub.adapter("b")), { ...TIMES, downMs: 2000 * PERIOD_MS });
  await settle();
  for (let i = 0; i < 4000; i++) a.track(`user ${i}`, "x".repeat(20));
  for (let i = 0; i < 1000 && b.keys.length < 4000; i++) await periods(time, 1, () => link.endPeriod());
  assertEquals(b.keys, a.keys);
  assert(link.cuts > 0, "it was not slow");
  await periods(time, 5, () => link.endPeriod());
  const { cuts } = link;
  a.track("late");
  await periods(time, 20, () => link.endPeriod());
  assertEquals([link.cuts, b.keys.includes("late")], [cuts, true]);
});

/** An adapter that carries no message above a size. */
function limited(adapter: PubSubAdapter, maxBytes: number): PubSubAdapter {
  const check = (topic: string, payload: unknown) => {
    const bytes = JSON.stringify(payload).length;
    if (bytes > maxBytes) throw new TooLargeError(topic, bytes, maxBytes);
  };
  return {
    ...adapter,
    broadcast: (broadcast) => {
      check(broadcast.topic, broadcast.payload);
      adapter.broadcast(broadcast);
    },
    directBroadcast: (to, broadcast) => {
      check(broadcast.topic, broadcast.payload);
      adapter.directBroadcast(to, broadcast);
    },
  };
}

Deno.test("Presence leaves out an entry that the bus cannot carry, reports it, and sends the others", async () => {
  using time = new FakeTime();
  using unsent = new Collected<TrackerFaultEvent>("urvogel:tracker:unsent");
  const lostNow = lostFromNow();
  const hub = new Hub();
  await using a = new Node(limited(hub.adapter("a"), 4000));
  await using b = new Node(hub.adapter("b"));
  await settle();
  for (let i = 0; i < 100; i++) a.track(`user ${100 + i}`, "x".repeat(100));
  const large = a.track("large", "x".repeat(5000));
  for (let i = 0; i < 100; i++) a.track(`user ${200 + i}`, "x".repeat(100));
  await periods(time, 1);
  const others = a.keys.filter((key) => key !== "large");
  assertEquals(b.keys, others);
  assertEquals(unsent.events.map(({ event, omitted }) => [event, omitted]), [
    ["heartbeat", { topic: "t", key: "large" }],
  ]);
  assertEquals(lostNow(), { presence_unsent: 1 });
  await using c = new Node(hub.adapter("c")); // which asks for all of it
  await periods(time, 4);
  assertEquals(c.keys, others);
  assertEquals(unsent.events.at(-1)?.event, "transfer_ack");
  a.presence.update(large, "t", "large", { text: "small" });
  await periods(time, 1);
  assertEquals([b.keys, c.keys], [a.keys, a.keys]);
  large.exit("shutdown");
  await periods(time, 1);
  assertEquals([b.keys, c.keys], [others, others]);
});
