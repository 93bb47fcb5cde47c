import { assertEquals, assertThrows } from "@std/assert";
import { Broadcast, BusDownError, TooLargeError } from "@urvogel/realtime";
import { postgresAdapter } from "@urvogel/realtime/postgres";
import { engineTest } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { until } from "../../support/until.ts";
import { sql, TestNode } from "./test_node.ts";

engineTest("postgres", "postgresAdapter() carries broadcasts between nodes", async (t) => {
  await using engine = await startPostgres();
  const servers = engine.url;

  await t.step("in order, whether they are spilled or not", async () => {
    await using a = await TestNode.start({ servers });
    await using b = await TestNode.start({ servers });
    const sizes = [
      0,
      1,
      5000,
      5850,
      5925,
      5930,
      7899,
      7900,
      7901,
      7999,
      8000,
      8001,
      3,
      1_000_000,
      5_000_000,
      2,
      70_000,
      1,
    ];
    for (const size of sizes) a.send("room:1", new Uint8Array(size).map((_, i) => i));
    const received = await b.receives(sizes.length);
    assertEquals(received.map(({ payload }) => (payload as Uint8Array).length), sizes);
    assertEquals(received[13]?.payload, new Uint8Array(1_000_000).map((_, i) => i));
    assertEquals(received[0]?.node, a.adapter.nodeName);
    assertEquals([a.received, b.changes], [[], []]);
  });

  await t.step("10,000 of them, with a receiver that stalls", async () => {
    await using a = await TestNode.start({ servers });
    await using b = await TestNode.start({ servers });
    b.onReceived = () => {
      if (b.received.length === 500) stall(1000);
    };
    for (let i = 0; i < 10_000; i++) {
      a.send("room:1", { i, text: i % 1000 === 0 ? "x".repeat(9000) : "" });
      if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    const received = await b.receives(10_000);
    assertEquals(
      received.map(({ payload }) => (payload as { i: number }).i),
      Array.from({ length: 10_000 }, (_, i) => i),
    );
    assertEquals(b.changes, []);
  });

  await t.step("equal ones of one turn each on their own", async () => {
    await using a = await TestNode.start({ servers });
    await using b = await TestNode.start({ servers });
    for (let i = 0; i < 5; i++) a.send("room:1", { text: "x".repeat(5000) });
    for (let i = 0; i < 3; i++) a.send("room:1", { text: "x".repeat(50_000) });
    await b.receives(8);
    a.send("room:1", { last: true });
    assertEquals((await b.receives(9)).length, 9);
  });

  await t.step("to one node", async () => {
    await using a = await TestNode.start({ servers });
    await using b = await TestNode.start({ servers });
    await using c = await TestNode.start({ servers });
    const broadcast = new Broadcast("room:1", "event", { for: "b" });
    a.adapter.directBroadcast("nobody", broadcast);
    a.adapter.directBroadcast(b.adapter.nodeName, broadcast);
    a.adapter.directBroadcast(b.adapter.nodeName, new Broadcast("room:1", "event", { text: "x".repeat(10_000) }));
    a.send("room:1", { for: "all" });
    assertEquals((await b.receives(3)).length, 3);
    assertEquals((await c.receives(1)).map(({ payload }) => payload), [{ for: "all" }]);
  });

  await t.step("of their schema only", async () => {
    await using a = await TestNode.start({ servers, schema: "first" });
    await using b = await TestNode.start({ servers, schema: "second" });
    await using c = await TestNode.start({ servers, schema: "second" });
    a.send("room:1", {});
    b.send("room:1", {});
    await c.receives(1);
    assertEquals([b.received, c.received.map(({ node }) => node)], [[], [b.adapter.nodeName]]);
  });

  await t.step("that fit, and throws for others", async () => {
    await using a = await TestNode.start({ servers });
    const error = assertThrows(() => a.send("room:1", new Uint8Array(8_388_608)), TooLargeError);
    assertEquals([error.maxBytes, error.bytes > error.maxBytes], [8_388_608, true]);
    assertThrows(() => a.send("room:1", () => {}), TypeError);
  });

  await t.step("up to maxBytesWaiting", async () => {
    await using a = await TestNode.start({ servers, maxBytesWaiting: 8_388_608 });
    await using b = await TestNode.start({ servers });
    a.send("room:1", new Uint8Array(5_000_000));
    const error = assertThrows(() => a.send("room:1", new Uint8Array(5_000_000)), BusDownError);
    assertEquals((error.cause as Error).message, "more than 8388608 bytes would wait to be sent");
    await b.receives(1);
    await until(() => attempt(() => a.send("room:1", new Uint8Array(5_000_000))), "there is room again");
    await b.receives(2);
  });

  await t.step("that wait when it is stopped", async () => {
    const a = await TestNode.start({ servers });
    await using b = await TestNode.start({ servers });
    for (let i = 0; i < 100; i++) a.send("room:1", { text: "x".repeat(9000) });
    await a.adapter.stop();
    assertThrows(() => a.send("room:1", {}), BusDownError, 'Cannot broadcast to "room:1": the bus is down');
    await b.receives(100);
    assertEquals(a.changes, []);
  });

  await t.step("and counts what no node sends", async () => {
    await using b = await TestNode.start({ servers });
    const id = crypto.randomUUID();
    const texts = [
      "",
      "rubbish",
      "a/1/m",
      "a/1/mAAAA",
      "a/1/m_____w",
      "a/1/mAAAAAA",
      "a/1/m!",
      `a/1/s${"-".repeat(36)}/9`,
      `a/1/s${id}/9`,
    ];
    for (const text of texts) await sql(servers, "select pg_notify('urvogel', $1)", [text]);
    await using a = await TestNode.start({ servers });
    a.send("room:1", {});
    await b.receives(1);
    assertEquals(b.changes, [{ gap: 1, from: "a" }]); // the row that is not there
    assertEquals(b.malformed, ["", "rubbish", "a/1/mAAAA", "a/1/m_____w", "", "a/1/m!", `a/1/s${"-".repeat(36)}/9`]);
  });
});

engineTest("postgres", "postgresAdapter() removes spilled rows after a minute", async () => {
  await using engine = await startPostgres();
  await using a = await TestNode.start({ servers: engine.url });
  a.send("room:1", new Uint8Array(10_000));
  const count = async () => (await sql(engine.url, "select count(*)::int as n from urvogel.spilled"))[0]?.n;
  await until(async () => await count() === 1, "it is sent");
  await sql(engine.url, "update urvogel.spilled set at = at - interval '2 minutes'");
  await using b = await TestNode.start({ servers: engine.url });
  assertEquals([await count(), b.changes], [0, []]);
});

engineTest("postgres", "postgresAdapter() starts as soon as the server does, and stops before", async () => {
  await using engine = await startPostgres();
  await engine.kill();
  const early = new TestNode({ servers: engine.url });
  const started = early.adapter.start(early);
  await until(() => early.changes.length > 0, "it is known to be down");
  assertThrows(() => early.send("room:1", {}), BusDownError);
  await early.adapter.stop();
  await started;
  await using late = new TestNode({ servers: engine.url });
  const lateStarted = late.adapter.start(late);
  await until(() => late.changes.length > 0, "it is known to be down");
  await engine.restart();
  await lateStarted;
  assertEquals(late.adapter.isConnected, true);
  assertEquals(late.changes.map((change) => "status" in change && change.status), ["down", "up"]);
});

engineTest("postgres", "postgresAdapter() starts at the same time on many nodes of an empty database", async () => {
  await using engine = await startPostgres();
  const nodes = await Promise.all(Array.from({ length: 8 }, () => TestNode.start({ servers: engine.url })));
  nodes[0]?.send("room:1", {});
  await Promise.all(nodes.slice(1).map((node) => node.receives(1)));
  await Promise.all(nodes.map(({ adapter }) => adapter.stop()));
});

engineTest("postgres", "postgresAdapter() can be stopped at any moment of its start", async () => {
  await using engine = await startPostgres();
  for (let ms = 0; ms < 60; ms += 4) {
    const node = new TestNode({ servers: engine.url });
    const started = node.adapter.start(node);
    await new Promise((resolve) => setTimeout(resolve, ms));
    await Promise.all([node.adapter.stop(), node.adapter.stop()]);
    await started;
    assertEquals(node.adapter.isConnected, false);
  }
});

engineTest("postgres", "postgresAdapter() takes the next server if one is not there", async () => {
  await using engine = await startPostgres();
  const servers = ["postgres://postgres@127.0.0.1:1/postgres", engine.url];
  await using node = await TestNode.start({ servers });
  assertEquals(node.adapter.isConnected, true);
});

Deno.test("postgresAdapter() refuses options that make no sense", () => {
  const servers = "postgres://me@127.0.0.1/db";
  assertThrows(() => postgresAdapter({ servers, nodeName: "a b" }), TypeError, '"nodeName" must match');
  assertThrows(() => postgresAdapter({ servers, nodeName: "sql" }), TypeError, '"nodeName" must not be "sql"');
  assertThrows(() => postgresAdapter({ servers, schema: 'a"b' }), TypeError, '"schema" must match');
  assertThrows(() => postgresAdapter({ servers, connectTimeoutMs: 0 }), RangeError, '"connectTimeoutMs" must be >= 1');
  assertThrows(
    () => postgresAdapter({ servers, maxBytesWaiting: 9 }),
    RangeError,
    '"maxBytesWaiting" must be >= 8388608',
  );
});

function stall(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

function attempt(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
