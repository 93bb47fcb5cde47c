import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { BusSetupError } from "@urvogel/realtime";
import { postgresAdapter, type PostgresClient, postgresSetup, postgresStore } from "@urvogel/realtime/postgres";
import { EventEmitter } from "node:events";
import pg from "pg";
import { PostgresStore } from "../../../lib/adapters/postgres/owners/_postgres_store.ts";
import { StoreConnection } from "../../../lib/adapters/postgres/owners/_store_connection.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { until } from "../../support/until.ts";
import { sql } from "./test_node.ts";
import { SILENT_NODE } from "../../../lib/testing/conformance/_silent_node.ts";

const credentials = { user: "admin", password: "s3cr/t p@ss" };

engineTest("postgres", "postgresStore() rejects a wrong password when it connects, and shows no secret", async () => {
  await using engine = await startPostgres({ credentials });
  const servers = `postgres://127.0.0.1:${engine.port}/postgres`;
  await using store = postgresStore({ servers, credentials: { ...credentials, password: "wr0ng" } });
  const error = await assertRejects(() => store.connect(), BusSetupError, "password authentication failed");
  assertEquals(Deno.inspect(error).includes("wr0ng"), false);
  const late = await assertRejects(() => store.load("a", 1n));
  assertStringIncludes((late as Error).message, 'Cannot load the state of "a": Cannot connect to PostgreSQL at');
});

engineTest("postgres", "postgresStore() needs no other rights than those of postgresSetup()", async () => {
  await using engine = await startPostgres();
  await sql(engine.url, `create role chat login; ${postgresSetup({ role: "chat" })}`);
  await using store = postgresStore({ servers: `postgres://chat@127.0.0.1:${engine.port}/postgres` });
  assertEquals(await store.load("a", 1n), { status: "loaded", state: undefined });
  assertEquals(await store.save("a", { count: 1 }, 1n), "saved");
  assertEquals(await store.load("a", 2n), { status: "loaded", state: { count: 1 } });
  assertEquals(await store.save("a", { count: 2 }, 1n), "refused");
});

engineTest("postgres", "postgresStore() shares the states of the adapter's store", async () => {
  await using engine = await startPostgres();
  await using store = postgresStore({ servers: engine.url });
  await store.save("a", [7], 1n);
  const adapter = postgresAdapter({ servers: engine.url });
  await adapter.start(SILENT_NODE);
  assertEquals(await adapter.store.load("a", 2n), { status: "loaded", state: [7] });
  await adapter.stop();
});

engineTest(
  "postgres",
  "PostgresStore.save() that arrives late replaces nothing that the owner saved after it",
  async () => {
    await using engine = await startPostgres();
    await using store = postgresStore({ servers: engine.url });
    assertEquals(await store.save("a", "before", 1n), "saved");
    const link = Promise.withResolvers<void>();
    const slow = new PostgresStore("urvogel", async (_what, { text, values }) => {
      await link.promise; // a network that holds what was sent, until it is there again
      const [row] = await sql(engine.url, text, values as unknown[]);
      return row;
    });
    const late = slow.save("a", "old", 1n);
    assertEquals(await store.save("a", "new", 1n), "saved");
    link.resolve();
    assertEquals(await late, "refused");
    assertEquals(await store.load("a", 1n), { status: "loaded", state: "new" });
    assertEquals(await store.save("a", "newer", 1n), "saved");
    assertEquals(await store.load("a", 2n), { status: "loaded", state: "newer" });
    assertEquals(await store.save("a", "of the next owner", 2n), "saved");
  },
);

engineTest("postgres", "postgresStore() connects once for all, and again after the connection was lost", async () => {
  await using engine = await startPostgres();
  let count = 0;
  const connect = (): PostgresClient => {
    count++;
    return new pg.Client({ connectionString: engine.url, application_name: "states" });
  };
  await using store = postgresStore({ connect });
  await Promise.all([1, 2, 3].map((key) => store.load(`${key}`, 1n)));
  assertEquals(count, 1);
  await sql(engine.url, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'states'");
  await until(() => store.save("1", 1, 1n).then(() => true, () => false), "the state is saved");
  assertEquals(count, 2);
});

Deno.test("postgresStore() makes one attempt for all who ask while no server is there", async () => {
  let count = 0;
  const connect = (): PostgresClient => {
    count++;
    return new pg.Client({ host: "127.0.0.1", port: 1 });
  };
  await using store = postgresStore({ connect });
  const all = await Promise.allSettled([store.load("a", 1n), store.load("b", 1n), store.save("c", 1, 1n)]);
  assertEquals(all.map(({ status }) => status), ["rejected", "rejected", "rejected"]);
  assertEquals(count, 1);
  await assertRejects(() => store.load("d", 1n), Error, 'Cannot load the state of "d": Cannot reach PostgreSQL');
});

Deno.test("postgresStore() rejects once it is disposed", async () => {
  const store = postgresStore({ servers: "postgres://app@127.0.0.1:1/chat" });
  await store[Symbol.asyncDispose]();
  await assertRejects(() => store.connect(), Error, "the store was closed");
});

Deno.test("StoreConnection.close() ends an attempt at once, and tries no other server", async () => {
  using _time = new FakeTime(); // no time passes
  let count = 0;
  const createClient = (): PostgresClient => {
    count++;
    const client = new EventEmitter();
    const connection = { stream: { destroy: () => client.emit("end") } };
    const never = () => new Promise<never>(() => {});
    return Object.assign(client, { connect: never, query: never, end: never, connection });
  };
  const targets = ["one", "two"].map((label) => ({ label, password: "", createClient }));
  const connection = new StoreConnection({ targets, schema: "urvogel", connectTimeoutMs: 10_000 });
  const refused = assertRejects(() => connection.open(), Error, "the store was closed");
  await connection.close();
  await refused;
  assertEquals(count, 1);
});

Deno.test("the store of an adapter names the cure when no PubSub has started it", async () => {
  const { store } = postgresAdapter({ servers: "postgres://app@127.0.0.1/chat" });
  await assertRejects(() => store.load("a", 1n), TypeError, "on another bus use postgresStore()");
});
