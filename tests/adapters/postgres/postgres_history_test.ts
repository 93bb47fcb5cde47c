import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import {
  BusDownError,
  type HistoryPage,
  type Position,
  type Retention,
  type Stored,
  TooLargeError,
} from "@urvogel/realtime";
import { postgresSetup } from "@urvogel/realtime/postgres";
import pg from "pg";
import { nameOf } from "../../../lib/adapters/postgres/history/_rows.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { until } from "../../support/until.ts";
import { sql, TestNode } from "./test_node.ts";

const keep: Retention = { maxMessages: 100, maxAgeMs: 60_000, maxBytes: 10_000_000 };

async function publish(node: TestNode, topic: string, payload: unknown, key?: string): Promise<Position> {
  return await node.adapter.history.publish(topic, { event: "said", payload, key }, keep);
}

async function read(node: TestNode, topic: string, after?: number): Promise<HistoryPage> {
  return await node.adapter.history.read(topic, after, keep);
}

/** Subscribes to a topic. Returns what is announced. */
async function listen(node: TestNode, topic: string): Promise<Stored[]> {
  const live: Stored[] = [];
  await node.adapter.history.subscribe(topic, keep, (message) => void live.push(message));
  return live;
}

async function count(url: string, table: string): Promise<number> {
  const [row] = await sql(url, `select count(*)::int as n from urvogel.${table}`);
  return Number(row?.n);
}

engineTest("postgres", "PostgresHistory writes nothing until it is used", async () => {
  await using engine = await startPostgres();
  await using node = await TestNode.start({ servers: engine.url });
  node.send("room:1", {});
  assertEquals(node.adapter.history.tailSize, 128);
  const channels =
    "select count(*)::int as n from pg_stat_activity where query like '%history%' and pid <> pg_backend_pid()";
  assertEquals((await sql(engine.url, channels))[0]?.n, 0);
  for (const table of ["history_topics", "history_messages", "history_routes"]) {
    assertEquals(await count(engine.url, table), 0);
  }
});

engineTest("postgres", "PostgresHistory keeps its epoch when a server with fsync is killed", async () => {
  await using engine = await startPostgres({ isDurable: true });
  await sql(engine.url, "alter system set synchronous_commit = off");
  await sql(engine.url, "select pg_reload_conf()");
  await using node = await TestNode.start({ servers: engine.url });
  const live = await listen(node, "room:1");
  const positions: Position[] = [];
  for (let n = 0; n < 20; n++) positions.push(await publish(node, "room:1", n));
  await engine.kill(); // right after the last one was confirmed
  await node.isNow(false);
  assertThrows(() => node.adapter.history.publish("room:1", { event: "said", payload: {} }, keep), BusDownError);
  await engine.restart();
  await node.isNow(true);
  const page = await read(node, "room:1", positions[0]!.offset);
  assertEquals(page.top, positions.at(-1));
  assertEquals(page.messages.map(({ payload }) => payload), Array.from({ length: 19 }, (_, n) => n + 1));
  const next = await publish(node, "room:1", 20);
  assertEquals(next, { ...page.top, offset: page.top.offset + 1 });
  await until(() => live.at(-1)?.offset === next.offset, "it is announced");
});

engineTest("postgres", "PostgresHistory begins another epoch when numbers may be lost", async () => {
  await using engine = await startPostgres();
  await using node = await TestNode.start({ servers: engine.url });
  const epochs = [(await publish(node, "room:1", 0)).epoch];
  await engine.restart(); // without fsync nobody knows what was on the disk
  await node.isNow(true);
  epochs.push((await publish(node, "room:1", 0)).epoch);
  await sql(engine.url, "create table copy as table urvogel.history_topics");
  await sql(engine.url, "drop schema urvogel cascade");
  await sql(engine.url, postgresSetup());
  const columns = "id, topic, run, epoch, top, dropped, bytes, due_ms";
  const restore = `insert into urvogel.history_topics (${columns}) overriding system value select ${columns} from copy`;
  await sql(engine.url, restore);
  const { top, messages } = await read(node, "room:1", 0);
  assertEquals([top.offset, messages], [0, []]);
  epochs.push(top.epoch, "another");
  assertEquals(new Set(epochs).size, 4);
  assertEquals((await publish(node, "room:1", 0)).epoch, top.epoch);
});

engineTest("postgres", "PostgresHistory begins another epoch when a standby takes over", async () => {
  await using engine = await startPostgres({ isDurable: true });
  await using node = await TestNode.start({ servers: engine.url });
  const before = await publish(node, "room:1", 0);
  const [row] = await sql(engine.url, "show data_directory");
  await Deno.writeTextFile(`${row?.data_directory}/standby.signal`, ""); // its own standby, which may lack messages
  await engine.restart();
  await sql(engine.url, "select pg_promote()");
  await until(() => node.changes.length > 1 && node.adapter.isConnected, "it is back");
  const page = await read(node, "room:1", before.offset);
  assertEquals([page.top.offset, page.messages], [0, []]);
  assertNotEquals(page.top.epoch, before.epoch);
});

engineTest("postgres", "PostgresHistory announces large and small messages in their order", async () => {
  await using engine = await startPostgres();
  await using a = await TestNode.start({ servers: engine.url });
  await using b = await TestNode.start({ servers: engine.url });
  const live = await listen(b, "room:1");
  const sizes = [10, 5000, 6000, 10, 20_000, 20_000, 300_000, 10, 5800, 5900, 5950, 10];
  for (let round = 0; round < 5; round++) {
    await Promise.all(sizes.map((size) => publish(a, "room:1", { text: "x".repeat(size) })));
  }
  await until(() => live.length === 5 * sizes.length, () => `${live.length} were announced`);
  assertEquals(live.map(({ offset }) => offset), live.map((_, n) => n + 1));
  const expected = Array.from({ length: 5 }, () => sizes).flat();
  assertEquals(live.map(({ payload }) => (payload as { text: string }).text.length), expected);
  const tooLarge = () => publish(a, "room:1", new Uint8Array(8_388_608));
  await assertRejects(tooLarge, TooLargeError, "the bus carries at most 8388608 bytes");
});

engineTest("postgres", "PostgresHistory publishes to many topics from many nodes, without deadlocks", async () => {
  await using engine = await startPostgres();
  await using nodes = new AsyncDisposableStack();
  const topics = Array.from({ length: 40 }, (_, n) => `room:${n}`);
  const all: Promise<Position>[] = [];
  for (let n = 0; n < 4; n++) {
    const node = nodes.use(await TestNode.start({ servers: engine.url }));
    const order = n % 2 === 0 ? topics : topics.toReversed();
    for (let round = 0; round < 10; round++) for (const topic of order) all.push(publish(node, topic, round));
  }
  const offsets = (await Promise.all(all)).map(({ offset }) => offset);
  assertEquals(offsets.reduce((sum, offset) => sum + offset), topics.length * 40 * 41 / 2);
});

engineTest("postgres", "PostgresHistory refuses what is full, and reports what the server refuses", async () => {
  await using engine = await startPostgres();
  await using node = await TestNode.start({ servers: engine.url, maxBytesWaiting: 8_388_608 });
  const text = "x".repeat(3_000_000);
  const results = await Promise.allSettled([1, 2, 3].map((n) => publish(node, "room:1", { n, text })));
  assertEquals(results.map(({ status }) => status), ["fulfilled", "fulfilled", "rejected"]);
  assert(results[2]?.status === "rejected" && results[2].reason instanceof BusDownError);
  await sql(engine.url, "alter table urvogel.history_messages rename to away");
  await assertRejects(() => publish(node, "room:1", {}), Error, 'Cannot publish to "room:1": PostgreSQL refuses: ');
  await sql(engine.url, "alter table urvogel.away rename to history_messages");
  assertEquals((await publish(node, "room:1", {})).offset, 3);
  assertEquals(node.changes, []); // it is connected all the time
});

engineTest("postgres", "PostgresHistory removes old messages, and an hour later quiet topics", async () => {
  await using engine = await startPostgres();
  await using node = await TestNode.start({ servers: engine.url });
  const last = await publish(node, "room:1", 1);
  await read(node, "room:2");
  const sweep = async () => {
    await sql(engine.url, "update urvogel.history_topics set due_ms = 1 where topic = $1", [nameOf("room:1")]);
    await sql(engine.url, "select urvogel.history_sweep()");
    return [await count(engine.url, "history_messages"), await count(engine.url, "history_topics")];
  };
  assertEquals(await sweep(), [0, 2]);
  const page = await read(node, "room:1", last.offset);
  assertEquals([page.top, page.completeFrom, page.messages], [last, last.offset, []]);
  assertEquals((await publish(node, "room:1", 2)).offset, 2);
  await sweep();
  assertEquals(await sweep(), [0, 1]);
  assertNotEquals((await read(node, "room:1")).top.epoch, last.epoch);
});

engineTest("postgres", "PostgresHistory keeps a topic that is read, and those with members", async () => {
  await using engine = await startPostgres();
  await using node = await TestNode.start({ servers: engine.url });
  const { top } = await read(node, "room:1");
  const due = async () => Number((await sql(engine.url, "select due_ms from urvogel.history_topics"))[0]?.due_ms);
  const hour = Date.now() + 3_500_000;
  assert(await due() > hour);
  await sql(engine.url, "update urvogel.history_topics set due_ms = due_ms - 3000000");
  assertEquals((await read(node, "room:1")).top, top);
  assert(await due() > hour);
  await sql(engine.url, "update urvogel.history_topics set due_ms = due_ms - 3000000");
  await sql(engine.url, "select urvogel.history_touch(string_to_array($1, ','))", [nameOf("room:1")]);
  assert(await due() > hour);
});

engineTest("postgres", "PostgresHistory.routes() returns what was declared last", async () => {
  await using engine = await startPostgres();
  await using a = await TestNode.start({ servers: engine.url });
  await using b = await TestNode.start({ servers: engine.url });
  assertEquals(await b.adapter.history.routes?.(), []);
  const forever = { ...keep, maxAgeMs: Infinity };
  const routes = [{ pattern: "a\0:*", keep, exclude: ["t\0"] }, { pattern: "room:*", keep: forever, exclude: [] }];
  await a.adapter.history.declare?.([{ pattern: "old" }]);
  await a.adapter.history.declare?.(routes);
  const found = await b.adapter.history.routes?.() ?? [];
  assertEquals(found[0], routes[0]);
  assertEquals([found.length, found[1]?.pattern, (found[1]?.keep?.maxAgeMs ?? 0) > 1e15], [2, "room:*", true]);
});

engineTest("postgres", "urvogel.broadcast() numbers the topics of declared routes", async () => {
  await using engine = await startPostgres();
  await using node = await TestNode.start({ servers: engine.url });
  const long = `room:${"é".repeat(100)}`;
  await node.adapter.history.declare?.([
    { pattern: "room:plain" },
    { pattern: "room:*", keep: { ...keep, maxMessages: 3 }, exclude: ["typing"] },
    { pattern: "exact", keep },
  ]);
  const live = await listen(node, "room:1");
  const exact = await listen(node, "exact");
  const longLive = await listen(node, long);
  await publish(node, "room:1", { n: 0 });
  const broadcast = "select urvogel.broadcast($1, $2, $3)";
  for (let n = 1; n <= 4; n++) await sql(engine.url, broadcast, ["room:1", "said", { n }]);
  await sql(engine.url, broadcast, ["room:1", "large", { text: "x".repeat(100_000) }]);
  for (const event of ["typing", "presence_diff"]) await sql(engine.url, broadcast, ["room:1", event, {}]);
  for (const topic of ["room:plain", "exact:not", "other"]) await sql(engine.url, broadcast, [topic, "said", {}]);
  await sql(engine.url, broadcast, ["exact", "said", {}]);
  await sql(engine.url, broadcast, [long, "said", {}]);
  await until(() => live.length === 6 && exact.length === 1 && longLive.length === 1, () => `${live.length} came`);
  assertEquals(live.map(({ previous, offset, event }) => [previous, offset, event]), [
    ...[0, 1, 2, 3, 4].map((n) => [n, n + 1, "said"]),
    [5, 6, "large"],
  ]);
  assertEquals(
    live.slice(0, 5).map(({ payload, from }) => [payload, from]),
    [0, 1, 2, 3, 4].map((n) => [{ n }, undefined]),
  );
  const { messages, completeFrom } = await read(node, "room:1", 0);
  assertEquals([messages.map(({ offset }) => offset), completeFrom], [[4, 5, 6], 3]);
  const plain = (await node.receives(5)).map(({ topic, event }) => `${topic} ${event}`);
  const expected = ["room:1 typing", "room:1 presence_diff", "room:plain said", "exact:not said", "other said"];
  assertEquals(plain, expected);
  assertEquals(await count(engine.url, "history_outbox"), 0);
});

engineTest(
  "postgres",
  "urvogel.broadcast() numbers when its transaction commits, and blocks nobody before",
  async () => {
    await using engine = await startPostgres();
    await using node = await TestNode.start({ servers: engine.url });
    await node.adapter.history.declare?.([{ pattern: "room:*", keep }]);
    const live = await listen(node, "room:1");
    const clients = [1, 2].map(() => new pg.Client({ connectionString: engine.url }));
    for (const client of clients) await client.connect();
    const [first, second] = clients as [pg.Client, pg.Client];
    const say = (client: pg.Client, topic: string, n: number) =>
      client.query("select urvogel.broadcast($1, 'said', $2)", [topic, { n }]);
    for (const client of clients) await client.query("begin");
    await say(first, "room:1", 2);
    await say(second, "room:2", 0);
    await say(first, "room:2", 0); // in the other order: would be a deadlock if they held locks
    await say(second, "room:1", 3);
    await publish(node, "room:1", { n: 1 });
    await first.query("savepoint s");
    await say(first, "room:1", -1);
    await first.query("rollback to savepoint s");
    await first.query("commit");
    await second.query("commit");
    await first.query("begin");
    await say(first, "room:1", -2);
    await first.query("rollback");
    for (const client of clients) await client.end();
    await publish(node, "room:1", { n: 4 });
    await until(() => live.length >= 4, () => `${live.length} came`);
    assertEquals(live.map(({ offset, payload }) => [offset, payload]), [1, 2, 3, 4].map((n) => [n, { n }]));
  },
);

engineTest("postgres", "urvogel.broadcast() can be tried again in repeatable read", async () => {
  await using engine = await startPostgres();
  await using node = await TestNode.start({ servers: engine.url });
  await node.adapter.history.declare?.([{ pattern: "room:*", keep }]);
  const broadcast = `select urvogel.broadcast('room:1', 'said', '{"n":2}')`;
  const client = new pg.Client({ connectionString: engine.url });
  await client.connect();
  const attempt = async (meanwhile: () => Promise<unknown>) => {
    await client.query("begin isolation level repeatable read");
    await client.query(broadcast);
    await meanwhile();
    await client.query("commit");
  };
  await assertRejects(() => attempt(() => publish(node, "room:1", { n: 1 })), Error, "could not serialize access");
  await attempt(() => Promise.resolve());
  await client.end();
  const { messages } = await read(node, "room:1", 0);
  assertEquals(messages.map(({ offset, payload }) => [offset, payload]), [[1, { n: 1 }], [2, { n: 2 }]]);
});

engineTest("postgres", "PostgresHistory needs no more rights than postgresSetup() grants", async () => {
  await using engine = await startPostgres();
  await sql(engine.url, "create role chat login; create role script login");
  await sql(engine.url, postgresSetup({ role: "chat" }));
  await sql(engine.url, "grant usage on schema urvogel to script");
  await sql(engine.url, "grant execute on function urvogel.broadcast(text, text, jsonb) to script");
  const as = (role: string) => engine.url.replace("//postgres@", `//${role}@`);
  await using node = await TestNode.start({ servers: as("chat") });
  const { history } = node.adapter;
  await history.declare?.([{ pattern: "room:*", keep }]);
  const live = await listen(node, "room:1");
  await publish(node, "room:1", 1, "key");
  await sql(as("script"), "select urvogel.broadcast('room:1', 'said', '{}')");
  await until(() => live.length === 2, "both are announced");
  const { top } = await read(node, "room:1");
  assertEquals([top.offset, await history.delete("room:1", top, keep)], [2, true]);
  await history.clear("room:1", keep);
  await sql(as("chat"), "select urvogel.history_sweep()");
  const forge = "insert into urvogel.history_outbox (topic, envelope, keep) values ('a', 'b', '{}')";
  for (const text of [forge, "select * from urvogel.history_messages"]) {
    await assertRejects(() => sql(as("script"), text), Error, "permission denied");
  }
});

engineTest("postgres", "PostgresHistory counts what no node announces as malformed", async () => {
  await using engine = await startPostgres();
  await using node = await TestNode.start({ servers: engine.url });
  const live = await listen(node, "room:1");
  const name = nameOf("room:1");
  const bad = [`${name} x`, `${name} aaaaaaaaaaaa 1 1 !`, `${name} aaaaaaaaaaaa 1 1 AAAA`];
  for (const text of [...bad, "", "nobody", "other x", `${name} aaaaaaaaaaaa 9 1 `]) {
    await sql(engine.url, "select pg_notify('urvogel.history', $1)", [text]);
  }
  await publish(node, "room:1", 1);
  await until(() => live.length === 1, "the next one is announced");
  assertEquals(node.malformed, bad);
});
