import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { BusDownError, type OwnerSession } from "@urvogel/realtime";
import { postgresAdapter, postgresSetup } from "@urvogel/realtime/postgres";
import pg from "pg";
import { PostgresOwners } from "../../../lib/adapters/postgres/owners/_postgres_owners.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { until } from "../../support/until.ts";
import { useOwners } from "../../support/owner_suite.ts";
import { sql, TestNode } from "./test_node.ts";

const TTL_MS = 5000;

/** Starts a node on a server that gives keys. */
async function startUsed(servers: string): Promise<TestNode> {
  await useOwners(postgresAdapter({ servers }));
  return await TestNode.start({ servers });
}

async function claimAll(session: OwnerSession, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => session.claim(key)));
}

Deno.test.each([["text", String], ["a number", Number], ["a bigint", BigInt]] as const)(
  "PostgresOwners wait for a key when pg reads int8 as %s",
  async (_, read) => {
    using time = new FakeTime();
    const replies = [
      {}, // of the session
      { owner: null, owner_token: null, wait_ms: read("500") },
      { owner: "a.01K", owner_token: read("7"), wait_ms: null },
    ];
    const query = () => Promise.resolve({ rows: [replies.shift()!], rowCount: 1 });
    const session = await new PostgresOwners("urvogel", () => ({ query })).open("a", 1000);
    const claimed = session.claim("k");
    await time.tickAsync(500);
    assertEquals(await claimed, { node: "a", token: 7n, isOwn: false });
  },
);

engineTest("postgres", "PostgresOwners stores nothing as long as nobody uses it", async () => {
  await using engine = await startPostgres();
  await using node = await TestNode.start({ servers: engine.url });
  assert(node.adapter.owners);
  assertEquals(await sql(engine.url, "select * from urvogel.owner_state"), []);
});

engineTest("postgres", "PostgresOwners needs no other rights than those of postgresSetup()", async () => {
  await using engine = await startPostgres();
  await sql(engine.url, `create role chat login; ${postgresSetup({ role: "chat" })}`);
  await using node = await startUsed(`postgres://chat@127.0.0.1:${engine.port}/postgres`);
  const { owners } = node.adapter;
  const [first, second] = [await owners.open("a", TTL_MS), await owners.open("b", TTL_MS)];
  await claimAll(first, ["1", "2"]);
  await first.close();
  const { isOwn, token } = await second.claim("1");
  assertEquals(isOwn, true);
  assertEquals((await second.ownerOf("1"))?.node, "b");
  await second.release("1", token);
  assertEquals(await second.renew(), true);
});

engineTest("postgres", "PostgresOwners removes free keys, and remembers their tokens", async () => {
  await using engine = await startPostgres();
  await using node = await startUsed(engine.url);
  const { owners } = node.adapter;
  const [dead, alive] = [await owners.open("a", TTL_MS), await owners.open("b", 60_000)];
  const future = (BigInt(Date.now()) + 3_600_000n) * 1000n;
  await claimAll(dead, ["1", "2", "3", "released"]);
  await claimAll(alive, ["mine"]);
  await sql(engine.url, "update urvogel.owner_keys set token = $1 where key = 'Mg'", [`${future}`]); // the key "2"
  await dead.release("released", (await dead.claim("released")).token);
  await dead.close();
  assertEquals((await alive.claim("1")).isOwn, true);
  await until(async () => {
    await alive.renew();
    return (await sql(engine.url, "select key from urvogel.owner_keys")).length === 2;
  }, "two keys are left");
  const left = await sql(engine.url, "select node from urvogel.owner_sessions where ends_at > now()");
  assertEquals(left, [{ node: "b" }]);
  assertEquals((await alive.claim("2")).token, future + 1n);
});

engineTest("postgres", "PostgresOwners keeps owners when a server with fsync is killed and comes back", async () => {
  await using engine = await startPostgres({ isDurable: true });
  await using node = await startUsed(engine.url);
  const session = await node.adapter.owners.open("a", 60_000);
  const { token } = await session.claim("k");
  await engine.kill();
  await node.isNow(false);
  await assertRejects(() => session.renew(), BusDownError);
  await engine.restart();
  await node.isNow(true);
  assertEquals(await session.renew(), true);
  assertEquals(await session.claim("k"), { node: "a", token, isOwn: true });
});

engineTest("postgres", "PostgresOwners gives keys later when some may have been lost", async () => {
  await using engine = await startPostgres(); // without fsync
  await using node = await startUsed(engine.url);
  const before = await node.adapter.owners.open("a", 1000);
  const { token } = await before.claim("k");
  await engine.kill();
  await node.isNow(false);
  await engine.restart();
  await node.isNow(true);
  const [row] = await sql(engine.url, "select (extract(epoch from clock_timestamp()) * 1000000)::bigint as now");
  assertEquals(await before.renew(), false);
  const next = await (await node.adapter.owners.open("b", TTL_MS)).claim("k"); // waits
  assert(next.isOwn && next.token > token);
  assert(next.token - BigInt(String(row?.now)) >= 1_000_000n, "by the clock of the server");
});

engineTest("postgres", "PostgresOwners waits for a renewal that is under way before it takes a key", async () => {
  await using engine = await startPostgres();
  await using node = await startUsed(engine.url);
  const { owners } = node.adapter;
  const [a, b] = [await owners.open("a", TTL_MS), await owners.open("b", TTL_MS)];
  await a.claim("k");
  // The session has ended, and a renewal that came in time has not committed yet.
  await sql(engine.url, "update urvogel.owner_sessions set ends_at = clock_timestamp() where node = 'a'");
  const client = await openTransaction(
    engine.url,
    "update urvogel.owner_sessions set ends_at = 'infinity' where node = 'a'",
  );
  const claimed = b.claim("k");
  await until(async () => {
    const waiting = "select from pg_stat_activity where wait_event_type = 'Lock'";
    return (await sql(engine.url, waiting)).length === 1;
  }, "the claim waits");
  await client.commit();
  assertEquals((await claimed).node, "a");
});

async function openTransaction(url: string, statement: string): Promise<{ commit(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("begin");
  await client.query(statement);
  return {
    commit: async () => {
      await client.query("commit");
      await client.end();
    },
  };
}
