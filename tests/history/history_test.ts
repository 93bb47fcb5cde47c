import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { BusDownError, type HistoryRetriedEvent, type LogRecord, PubSub } from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { nextTurn } from "../../lib/base/pause.ts";
import type { HistoryEngine, HistoryRoute, Unnumbered } from "../../lib/history/engine.ts";
import { History } from "../../lib/history/history.ts";
import { MemoryHistory } from "../../lib/history/memory_engine.ts";
import { parsePosition, type Position } from "../../lib/history/position.ts";
import type { PublishOptions } from "../../lib/history/publish.ts";
import { readRetention, type Retention } from "../../lib/history/retention.ts";
import { readSince } from "../../lib/history/since.ts";
import type { Admission } from "../../lib/history/admission.ts";
import { collectGarbage } from "../support/garbage.ts";
import { idleProcess, numberedClient } from "../support/numbered_client.ts";
import { lostFromNow } from "../support/lost.ts";
import { Hub } from "../support/pubsub_hub.ts";
import { Collected } from "../support/telemetry.ts";

const keep = readRetention({ maxMessages: 5 });
const ROUTES: readonly HistoryRoute[] = [
  { pattern: "room:lobby" },
  { pattern: "room:*", keep, exclude: ["typing"] },
];

function node(engine: HistoryEngine = new MemoryHistory(), pubsub = new PubSub(), routes = ROUTES) {
  const history = new History({ pubsub, engine });
  history.declare(routes);
  return { pubsub, history, engine };
}

/** An engine that can be reached or not, and whose calls take a while. */
class DistantEngine extends MemoryHistory {
  isDown = false;
  override readonly tailSize = 0;
  readonly declared: (readonly HistoryRoute[])[] = [];
  #listener = () => {};

  override publish(topic: string, message: Unnumbered, keep: Retention): Position {
    if (this.isDown) throw new BusDownError("publish");
    return super.publish(topic, message, keep);
  }

  override read(...args: Parameters<MemoryHistory["read"]>): ReturnType<MemoryHistory["read"]> {
    if (this.isDown) throw new BusDownError("read");
    return super.read(...args);
  }

  override onReconnect(listener: () => void = () => {}): () => void {
    this.#listener = listener;
    return () => this.#listener = () => {};
  }

  reconnect(): void {
    this.isDown = false;
    this.#listener();
  }

  declare(routes: readonly HistoryRoute[]): void {
    if (this.isDown) throw new BusDownError("declare");
    this.declared.push(routes);
  }

  routes(): readonly HistoryRoute[] {
    return this.declared.at(-1) ?? [];
  }
}

Deno.test("History numbers what its routes declare, in the turn of the broadcast, and nothing else", async () => {
  const { pubsub, history } = node();
  using kept = numberedClient(pubsub, "room:1");
  using plain = numberedClient(pubsub, "room:lobby");
  pubsub.broadcast("room:1", "said", { n: 1 });
  for (const event of ["typing", "presence_diff", "history_state", "disconnect"]) pubsub.broadcast("room:1", event, {});
  pubsub.broadcast("room:lobby", "said", {});
  const refs = kept.frames.map((frame) => (frame as unknown[])[1]);
  assertEquals(refs, [await history.position("room:1"), null, null, null, null]);
  assertEquals(plain.frames, [[null, null, "room:lobby", "said", {}]]);
  assertEquals([history.hasTopic("room:1"), history.hasTopic("room:lobby")], [true, false]);
  await assertRejects(() => history.position("room:lobby"), TypeError, 'must declare "history"');
  await pubsub.stop();
});

Deno.test("History.publishKept() resolves to the position; a key makes it idempotent", async () => {
  const { pubsub, history } = node();
  using ann = numberedClient(pubsub, "room:1");
  const first = await history.publishKept("room:1", "said", { n: 1 }, { key: "k" });
  assertEquals(first, await history.publishKept("room:1", "said", { n: 1 }, { key: "k" }));
  assertEquals(ann.frames, [[null, first, "room:1", "said", { n: 1 }]]);
  assertEquals(await history.position("room:1"), first);
  await assertRejects(() => history.publishKept("room:1", "typing", {}), TypeError, "there is no history of it");
  await assertRejects(() => history.publishKept("news", "said", {}), TypeError, "there is no history of it");
  const key = "k".repeat(201);
  await assertRejects(() => history.publishKept("room:1", "said", {}, { key }), RangeError, "received 201");
  await assertRejects(() => history.publishKept("room:1", "said", {}, { key: "" }), RangeError, "received 0");
  const options = { key: null } as unknown as PublishOptions;
  await assertRejects(
    () => history.publishKept("room:1", "said", {}, options),
    TypeError,
    "must be text, received null",
  );
  await pubsub.stop();
});

Deno.test("History keeps nothing that clients could not receive", async () => {
  const { pubsub, history } = node();
  for (const payload of [[1], "text", null, { n: 1n }]) {
    assertThrows(() => pubsub.broadcast("room:1", "said", payload), TypeError);
  }
  assertEquals(await history.of("room:1").list(), []);
  await pubsub.stop();
});

Deno.test("History.admit() lets a client in between two messages", async () => {
  const { pubsub, history } = node();
  const first = await history.publishKept("room:1", "said", { n: 1 });
  await history.publishKept("room:1", "said", { n: 2 });
  const given: Admission[] = [];
  void history.admit("room:1", readSince(first), (admission) => given.push(admission));
  assertEquals(given.map(({ recovered, missed }) => [recovered, missed.map(({ payload }) => payload)]), [
    [true, [{ n: 2 }]],
  ]);
  await pubsub.stop();
});

Deno.test("History reports a broadcast that could not be kept, and throws if that is known", async () => {
  const engine = new DistantEngine();
  const { pubsub } = node(engine);
  using unpublished = new Collected("urvogel:history:unpublished");
  using ann = numberedClient(pubsub, "room:1");
  engine.isDown = true;
  assertThrows(() => pubsub.broadcast("room:1", "said", {}), BusDownError);
  engine.publish = () => Promise.reject(new BusDownError("publish")) as never;
  pubsub.broadcast("room:1", "said", {});
  await settle();
  assertEquals(unpublished.events.length, 2);
  assertEquals(ann.frames, []);
  await pubsub.stop();
});

Deno.test("History logs a broadcast that was not kept if its sender does not wait any more", async () => {
  const engine = new DistantEngine();
  const records: LogRecord[] = [];
  const { pubsub, history } = node(engine, new PubSub({ logger: (record) => void records.push(record) }));
  const lostNow = lostFromNow();
  engine.isDown = true;
  assertThrows(() => pubsub.broadcast("room:1", "said", {}), BusDownError);
  engine.publish = () => Promise.reject(new BusDownError("publish")) as never;
  await assertRejects(() => history.publishKept("room:1", "said", {}), BusDownError);
  assertEquals(records, []);
  pubsub.broadcast("room:1", "said", {});
  await settle();
  assertEquals(records.map(({ level, fields }) => [level, fields]), [["warn", { topic: "room:1", event: "said" }]]);
  assert(records[0]!.message.startsWith("a broadcast was not kept, or it is not known whether it was: Cannot publish"));
  assertEquals(lostNow(), { history_unpublished: 3 });
  await pubsub.stop();
});

Deno.test("History.ready() waits for an engine that cannot be reached, and not for ever", async () => {
  using time = new FakeTime();
  const engine = new DistantEngine();
  engine.isDown = true;
  const { pubsub, history } = node(engine);
  using retried = new Collected<HistoryRetriedEvent>("urvogel:history:retried");
  assertEquals(pubsub.topicReady("room:lobby"), undefined);
  const late = assertRejects(() => pubsub.topicReady("room:1")!, BusDownError);
  for (let i = 0; i < 100; i++) await time.tickAsync(100); // each retry takes some turns
  await late;
  const reads = retried.events.filter(({ topic }) => topic === "room:1");
  assert(reads.length > 3);
  for (const { error } of reads) assertInstanceOf(error, BusDownError);
  const ready = pubsub.topicReady("room:1");
  engine.reconnect();
  await time.tickAsync(5_000);
  await ready;
  assertEquals(history.ready("room:1"), undefined);
  await pubsub.stop();
});

Deno.test("History.admit() gives up when the engine takes too long; then nobody is let in", async () => {
  using time = new FakeTime();
  const engine = new DistantEngine();
  const { pubsub, history } = node(engine);
  const position = await history.publishKept("room:1", "said", {});
  using _ = numberedClient(pubsub, "room:1"); // the hub has started
  await history.publishKept("room:1", "said", {});
  engine.isDown = true;
  const entered: unknown[] = [];
  const admitted = assertRejects(
    async () => await history.admit("room:1", readSince(position), (admission) => void entered.push(admission)),
    BusDownError,
  );
  await time.tickAsync(10_000);
  await admitted;
  engine.isDown = false;
  await time.tickAsync(10_000);
  assertEquals(entered, []);
  await pubsub.stop();
});

Deno.test("History.admit() lets go of those that came too late while the engine is away", async () => {
  using time = new FakeTime();
  const engine = new DistantEngine();
  const { pubsub, history } = node(engine);
  const position = await history.publishKept("room:1", "said", {});
  using _ = numberedClient(pubsub, "room:1");
  await history.publishKept("room:1", "said", {});
  engine.isDown = true;
  const members: WeakRef<object>[] = [];
  const join = () => {
    const member = { entered: 0 };
    members.push(new WeakRef(member));
    const enter = () => void member.entered++;
    return assertRejects(async () => await history.admit("room:1", readSince(position), enter), BusDownError);
  };
  const joins = Array.from({ length: 10 }, join);
  await time.tickAsync(10_000);
  await Promise.all(joins.splice(0));
  await nextTurn();
  collectGarbage();
  assertEquals(members.filter((member) => member.deref() !== undefined).length, 0);
  await pubsub.stop();
});

Deno.test("History.admit() leaves nothing behind for a member that came too late, and not in", async () => {
  using time = new FakeTime();
  const engine = new DistantEngine();
  engine.isDown = true;
  const { pubsub, history } = node(engine);
  // Its bus was ready so late that the topic has been forgotten since it was prepared.
  const admitted = assertRejects(async () => await history.admit("room:1", readSince(""), () => {}), BusDownError);
  for (let i = 0; i < 100; i++) await time.tickAsync(100);
  await admitted;
  engine.isDown = false;
  for (let i = 0; i < 60; i++) await time.tickAsync(500); // each retry takes some turns
  assertEquals([...history.states()], []);
  await pubsub.stop();
});

Deno.test("History forgets a topic some time after its last subscriber has left", async () => {
  using time = new FakeTime();
  class Watched extends MemoryHistory {
    readonly log: string[] = [];
    override subscribe(...args: Parameters<MemoryHistory["subscribe"]>): void {
      this.log.push(`subscribe ${args[0]}`);
      super.subscribe(...args);
    }
    override unsubscribe(topic: string): void {
      this.log.push(`unsubscribe ${topic}`);
      super.unsubscribe(topic);
    }
  }
  const engine = new Watched();
  const { pubsub } = node(engine);
  const take = () => engine.log.splice(0);
  numberedClient(pubsub, "room:1")[Symbol.dispose]();
  await time.tickAsync(9_999);
  assertEquals(take(), ["subscribe room:1"]);
  await time.tickAsync(1);
  assertEquals(take(), ["unsubscribe room:1"]);
  void pubsub.topicReady("room:2"); // somebody who does not come
  const back = numberedClient(pubsub, "room:1");
  await time.tickAsync(60_000);
  assertEquals(take(), ["subscribe room:2", "subscribe room:1", "unsubscribe room:2"]);
  back[Symbol.dispose]();
  await pubsub.stop();
  assertEquals(take(), ["unsubscribe room:1"]);
});

Deno.test("History numbers for subscribers that were there before its routes", async () => {
  const pubsub = new PubSub();
  using ann = numberedClient(pubsub, "room:1");
  node(undefined, pubsub);
  pubsub.broadcast("room:1", "said", {});
  assertEquals(ann.frames.length, 1);
  await pubsub.stop();
});

Deno.test("History.declare() refuses two histories for one pattern, and takes the same twice", async () => {
  const { pubsub, history } = node();
  history.declare(ROUTES);
  const other = [{ pattern: "room:*", keep: readRetention({ maxMessages: 6 }) }];
  assertThrows(() => history.declare(other), TypeError, 'must declare the same "history"');
  await pubsub.stop();
});

Deno.test("History writes its routes to the engine, again when it is back; a program without routes learns them", async () => {
  using time = new FakeTime();
  const engine = new DistantEngine();
  engine.isDown = true;
  const { pubsub } = node(engine);
  await time.tickAsync(1_000);
  assertEquals(engine.declared, []);
  engine.isDown = false;
  await time.tickAsync(5_000);
  assertEquals(engine.declared, [ROUTES]);
  engine.reconnect();
  await time.tickAsync(0);
  assertEquals(engine.declared, [ROUTES, ROUTES]);
  const script = new PubSub();
  const { history } = node(engine, script, []);
  await time.tickAsync(0);
  assertEquals([history.has("room:1", "said"), history.has("room:1", "typing")], [true, false]);
  await Promise.all([pubsub.stop(), script.stop()]);
});

Deno.test("History writes its routes once, however often the engine was back while it refused them", async () => {
  using time = new FakeTime();
  const log: string[] = [];
  class Refusing extends DistantEngine {
    isRefusing = true;
    override declare(routes: readonly HistoryRoute[]): void {
      log.push(routes.map(({ pattern }) => pattern).join());
      if (this.isRefusing) throw new Error("no rights");
    }
  }
  const engine = new Refusing();
  const { pubsub, history } = node(engine);
  for (let n = 0; n < 20; n++) {
    engine.reconnect();
    await time.tickAsync(5_000);
  }
  log.length = 0;
  await time.tickAsync(5_000);
  assert(log.length <= 2, `${log.length} attempts in five seconds`);
  engine.isRefusing = false;
  history.declare([{ pattern: "hall:*", keep }]);
  await time.tickAsync(5_000);
  assertEquals(log.slice(-2), ["room:lobby,room:*,hall:*", "room:lobby,room:*,hall:*"]); // once more, to be sure
  log.length = 0;
  await time.tickAsync(60_000);
  assertEquals(log, []);
  await pubsub.stop();
});

Deno.test("History keeps the routes of others when the engine comes back without them", async () => {
  using time = new FakeTime();
  const engine = new DistantEngine();
  engine.declare(ROUTES);
  const script = new PubSub();
  const { history } = node(engine, script, []);
  await time.tickAsync(0);
  engine.declared.length = 0; // no node has declared its own again
  engine.reconnect();
  await time.tickAsync(0);
  assert(history.has("room:1", "said"));
  await script.stop();
});

Deno.test("TopicHistory lists, deletes and clears, on all nodes", async () => {
  class Tailed extends MemoryHistory {
    override readonly tailSize = 8 as never;
  }
  const hub = new Hub();
  const nodes = ["a", "b"].map((name) => node(new Tailed(), new PubSub({ adapter: hub.adapter(name) })));
  const [a, b] = nodes as [typeof nodes[0], typeof nodes[0]];
  await Promise.all(nodes.map(({ pubsub }) => pubsub.ready));
  // Each node has an engine of its own here, so only the announcement can reach the tail of the other one.
  using _ = numberedClient(b.pubsub, "room:1");
  const start = await b.history.position("room:1");
  await b.history.publishKept("room:1", "said", { n: 0 });
  const [first, second] = [
    await b.history.publishKept("room:1", "said", { n: 1 }),
    await b.history.publishKept("room:1", "drew", Uint8Array.of(2)),
  ];
  const missed = () => {
    let payloads: unknown[] = [];
    void b.history.admit("room:1", readSince(start), ({ missed }) => {
      payloads = missed.map(({ payload }) => payload);
    });
    return payloads;
  };
  const [, ...listed] = await b.history.of("room:1").list();
  assertEquals(listed.map(({ position, event, payload }) => [position, event, payload]), [
    [first, "said", { n: 1 }],
    [second, "drew", Uint8Array.of(2)],
  ]);
  assertEquals(missed(), [{ n: 0 }, { n: 1 }, Uint8Array.of(2)]);
  assertEquals(await a.history.of("room:1").delete(first), false); // its own engine has it not
  await settle();
  assertEquals(missed(), [{ n: 0 }, Uint8Array.of(2)]);
  assertEquals(await b.history.of("room:1").delete(second), true);
  assertEquals(missed(), [{ n: 0 }]);
  assertEquals(await b.history.of("room:1").delete("nonsense"), false);
  await b.history.publishKept("room:1", "said", { n: 3 });
  await a.history.of("room:1").clear();
  await b.history.of("room:1").clear();
  assertEquals(missed(), []);
  assertEquals(await b.history.of("room:1").list(), []);
  for (const { pubsub } of nodes) await pubsub.stop();
});

Deno.test("History counts what another node sends without a number, and ignores malformed messages between nodes", async () => {
  const hub = new Hub();
  const plain = new PubSub({ adapter: hub.adapter("plain") });
  const { pubsub } = node(undefined, new PubSub({ adapter: hub.adapter("a") }));
  await Promise.all([plain.ready, pubsub.ready]);
  using unnumbered = new Collected("urvogel:history:unnumbered");
  using ann = numberedClient(pubsub, "room:1");
  plain.broadcast("room:1", "said", {});
  for (
    const payload of [
      {},
      { topic: 1 },
      { topic: "room:1", position: "1" },
      { topic: "room:1", position: 1 },
      Uint8Array.of(1),
    ]
  ) {
    plain.broadcast("urvogel:history", "urvogel:forget", payload);
  }
  await settle();
  assertEquals(ann.frames, []);
  assertEquals(unnumbered.events, [{ topic: "room:1", event: "said" }]);
  await Promise.all([plain.stop(), pubsub.stop()]);
});

Deno.test("History logs and counts what it does not deliver, and a topic that begins anew", async () => {
  const records: LogRecord[] = [];
  const engine = new MemoryHistory({ maxTopics: 1 });
  const hub = new Hub();
  const plain = new PubSub({ adapter: hub.adapter("plain") });
  const own = new PubSub({ adapter: hub.adapter("a"), logger: (record) => void records.push(record) });
  const { pubsub, history } = node(engine, own);
  await Promise.all([plain.ready, pubsub.ready]);
  using _ann = numberedClient(pubsub, "room:1");
  const lostNow = lostFromNow();
  plain.broadcast("room:1", "said", {});
  await settle();
  for (let n = 1; n <= 12; n++) await history.publishKept(`room:${n}`, "said", {}); // the engine forgets room:1
  await history.publishKept("room:1", "said", {});
  assertEquals(records.map(({ level, fields }) => [level, fields]), [
    ["warn", { node: "a", topic: "room:1", event: "said" }],
    ["warn", { node: "a", topic: "room:1" }],
  ]);
  assertEquals(lostNow(), { history_unnumbered: 1, history_reset: 1 });
  await Promise.all([plain.stop(), pubsub.stop()]);
});

Deno.test("History tells members in place when the engine counts anew", async () => {
  const engine = new MemoryHistory({ maxTopics: 1 });
  const { pubsub, history } = node(engine);
  using reset = new Collected("urvogel:history:reset");
  using ann = numberedClient(pubsub, "room:1");
  const process = idleProcess();
  pubsub.subscribe("room:1", process);
  await history.publishKept("room:1", "said", {});
  for (let n = 2; n <= 12; n++) await history.publishKept(`room:${n}`, "said", {}); // the engine forgets room:1
  const position = await history.publishKept("room:1", "said", { n: 2 });
  assertEquals(ann.frames.slice(1), [
    [null, null, "room:1", "history_state", { recovered: false, position, missed: 0 }],
  ]);
  assertEquals(reset.events, [{ topic: "room:1", position }]);
  process.exit("shutdown");
  await pubsub.stop();
});

Deno.test("History does not remember what may have been deleted while it was cut off", async () => {
  class Tailed extends DistantEngine {
    override readonly tailSize = 8 as never;
  }
  const engine = new Tailed();
  const { pubsub, history } = node(engine);
  using _ = numberedClient(pubsub, "room:1");
  const start = await history.position("room:1");
  const position = await history.publishKept("room:1", "said", { n: 1 });
  await history.publishKept("room:1", "said", { n: 2 });
  engine.delete("room:1", parsePosition(position)!); // by a node whose announcement was lost
  engine.reconnect();
  await settle();
  const payloads: unknown[] = [];
  await history.admit("room:1", readSince(start), ({ missed }) => {
    payloads.push(...missed.map(({ payload }) => payload));
  });
  assertEquals(payloads, [{ n: 2 }]);
  await pubsub.stop();
});

Deno.test("History loses nothing for members who are there when the engine has more topics than it keeps", async () => {
  const { pubsub, history } = node(new MemoryHistory({ maxTopics: 2 }));
  const topics = Array.from({ length: 6 }, (_, n) => `room:${n}`);
  const clients = topics.map((topic) => numberedClient(pubsub, topic));
  for (const n of [1, 2, 3]) for (const topic of topics) await history.publishKept(topic, "said", { n });
  for (const client of clients) {
    const frames = client.frames as unknown[][];
    assertEquals(frames.map((frame) => frame.slice(3)), [1, 2, 3].map((n) => ["said", { n }]));
    client[Symbol.dispose]();
  }
  await pubsub.stop();
});
