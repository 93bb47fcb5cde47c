import { assert, assertEquals, assertThrows } from "@std/assert";
import { BusDownError } from "@urvogel/realtime";
import { engineTest } from "../../support/engines/binaries.ts";
import type { EngineProcess } from "../../support/engines/engine_process.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { TcpProxy } from "../../support/tcp_proxy.ts";
import { until } from "../../support/until.ts";
import { sql, TestNode } from "./test_node.ts";

/** What can happen to a server, and how it comes back. */
const OUTAGES: readonly {
  readonly name: string;
  readonly begin: (engine: EngineProcess) => unknown;
  readonly end: (engine: EngineProcess) => unknown;
}[] = [
  {
    name: "is killed and comes back empty",
    begin: (engine) => engine.kill(),
    end: (engine) => engine.restart({ empty: true }),
  },
  { name: "stops answering", begin: (engine) => engine.pause(), end: (engine) => engine.resume() },
];

for (const { name, begin, end } of OUTAGES) {
  engineTest("postgres", `postgresAdapter() reconnects to a server that ${name}`, async () => {
    await using engine = await startPostgres();
    await using a = await TestNode.start({ servers: engine.url });
    await using b = await TestNode.start({ servers: engine.url });
    a.send("room:1", { text: "before" });
    await b.receives(1);
    await begin(engine);
    attempt(() => a.send("room:1", { text: "lost" })); // the node may not know yet
    attempt(() => a.send("room:1", { text: "x".repeat(10_000) }));
    await Promise.all([a.isNow(false), b.isNow(false)]);
    assertThrows(() => a.send("room:1", {}), BusDownError);
    await end(engine);
    await Promise.all([a.isNow(true), b.isNow(true)]);
    a.send("room:1", { text: "after" });
    a.send("room:1", { text: "y".repeat(10_000) });
    const texts = (await b.receives(3)).map(({ payload }) => (payload as { text: string }).text);
    assertEquals(texts, ["before", "after", "y".repeat(10_000)]);
    // What the server still held when it went on was not sent.
    assertEquals(await sql(engine.url, "select count(*)::int as n from urvogel.spilled"), [{ n: 1 }]);
    for (const { changes } of [a, b]) {
      assertEquals(changes.map((change) => "status" in change && change.status), ["down", "up"]);
    }
  });
}

engineTest("postgres", "postgresAdapter() reports what may be lost with a connection", async () => {
  await using engine = await startPostgres();
  await using a = await TestNode.start({ servers: engine.url });
  engine.pause();
  for (let i = 0; i < 3; i++) a.send("room:1", { i });
  a.send("urvogel:x", {}); // is sent again
  await a.isNow(false);
  engine.resume();
  const [change, ...changes] = a.changes;
  const [fault, ...faults] = a.faults;
  assert(change && "error" in change && fault && "unconfirmed" in fault);
  const message = `Cannot reach PostgreSQL at 127.0.0.1:${engine.port}/postgres: the server does not reply`;
  assertEquals([fault.unconfirmed, fault.error.message, change.error?.message], [3, message, message]);
  assertEquals([changes, faults], [[], []]);
});

for (const query of ["listen", "select"]) {
  engineTest("postgres", `postgresAdapter() replaces the connection that did "${query}" last`, async () => {
    await using engine = await startPostgres();
    await using a = await TestNode.start({ servers: engine.url });
    await using b = await TestNode.start({ servers: engine.url });
    for (let round = 1; round <= 5; round++) {
      const end = `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'urvogel' and query ${query === "listen" ? "" : "not "}like 'listen%'`;
      assertEquals((await sql(engine.url, end)).length, 2);
      await until(() => [a, b].every(({ changes }) => changes.length === 2 * round), "both noticed, and are back");
      a.send("room:1", { round });
      await b.receives(round);
    }
    assertEquals(b.received.map(({ payload }) => payload), [1, 2, 3, 4, 5].map((round) => ({ round })));
  });
}

engineTest(
  "postgres",
  "postgresAdapter() notices a cable that is cut, and delivers nothing of before later",
  async () => {
    await using engine = await startPostgres();
    await using proxy = await TcpProxy.start(engine);
    await using a = await TestNode.start({ servers: engine.url });
    await using b = await TestNode.start({ servers: `postgres://postgres@127.0.0.1:${proxy.port}/postgres` });
    proxy.stall();
    a.send("room:1", { text: "while cut" });
    b.send("room:1", { text: "while cut" });
    await b.isNow(false);
    proxy.flow();
    await b.isNow(true);
    a.send("room:1", { text: "after" });
    b.send("room:1", { text: "after" });
    assertEquals((await b.receives(1)).map(({ payload }) => payload), [{ text: "after" }]);
    assertEquals((await a.receives(1)).map(({ payload }) => payload), [{ text: "after" }]);
    assertEquals(a.changes, []);
  },
);

function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    assert(error instanceof BusDownError);
  }
}
