import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { postgresSetup } from "@urvogel/realtime/postgres";
import pg from "pg";
import { engineTest } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { sql, TestNode } from "./test_node.ts";

const TRIGGER = `
create table posts (room text not null, body text not null);
create function announce() returns trigger language plpgsql as $$ begin
  perform urvogel.broadcast('room:' || new.room, 'posted', to_jsonb(new));
  return new;
end $$;
create trigger announce after insert on posts for each row execute function announce();`;

engineTest("postgres", "urvogel.broadcast() sends when its transaction commits", async () => {
  await using engine = await startPostgres();
  await using a = await TestNode.start({ servers: engine.url });
  await using b = await TestNode.start({ servers: engine.url });
  await sql(engine.url, TRIGGER);
  const client = new pg.Client({ connectionString: engine.url });
  await client.connect();
  const insert = (body: string) => client.query("insert into posts values ($1, $2)", ["1", body]);
  await client.query("begin");
  await insert("rolled back");
  await client.query("rollback");
  await client.query("begin");
  for (const body of ["twice", "twice", "é\u2028\"'\\,\n", "x".repeat(100_000)]) await insert(body);
  b.send("barrier", {});
  await a.receives(1);
  assertEquals(a.received.map(({ topic }) => topic), ["barrier"]); // nothing before the commit
  await client.query("commit");
  await client.end();
  const expected = ["twice", "twice", "é\u2028\"'\\,\n", "x".repeat(100_000)].map((body) => ({ room: "1", body }));
  for (const node of [a, b]) {
    const received = await node.receives(node === a ? 5 : 4);
    const posts = received.filter(({ topic }) => topic === "room:1");
    assertEquals(posts.map(({ payload }) => payload), expected);
    assertEquals(posts.map(({ node, event }) => [node, event]), expected.map(() => ["sql", "posted"]));
    assertEquals([node.malformed, node.changes], [[], []]);
  }
});

engineTest("postgres", "urvogel.broadcast() carries any size up to the limit, and any topic", async () => {
  await using engine = await startPostgres();
  await using node = await TestNode.start({ servers: engine.url });
  const sizes = [0, 5850, 5860, 5870, 5880, 5890, 5900, 7899, 8000, 8001, 1_000_000];
  for (const size of sizes) {
    await sql(engine.url, "select urvogel.broadcast('room:1', 'said', jsonb_build_object('text', repeat('x', $1)))", [
      size,
    ]);
  }
  const received = await node.receives(sizes.length);
  assertEquals(received.map(({ payload }) => (payload as { text: string }).text.length), sizes);
  const topics = ["", " ", "a'b\"c\\d", ">", "*", "../..", "🐦", "x".repeat(4096), "__proto__"];
  for (const topic of topics) await sql(engine.url, "select urvogel.broadcast($1, $2, '{}')", [topic, `on ${topic}`]);
  const awkward = (await node.receives(sizes.length + topics.length)).slice(sizes.length);
  assertEquals(awkward.map(({ topic, event }) => [topic, event]), topics.map((topic) => [topic, `on ${topic}`]));
  const tooLarge = sql(
    engine.url,
    "select urvogel.broadcast('t', 'e', jsonb_build_object('text', repeat('x', 8388608)))",
  );
  await assertRejects(() => tooLarge, Error, "the bus carries at most 8388608 bytes");
});

engineTest("postgres", "urvogel.broadcast() refuses what clients cannot receive", async () => {
  await using engine = await startPostgres();
  await sql(engine.url, postgresSetup());
  const values = [
    [null, "e", "{}"],
    ["t", null, "{}"],
    ["t", "e", null],
    ["t", "e", "[]"],
    ["t", "e", "1"],
    ["t", "phx_reply", "{}"],
    ["t", "urvogel:remove", "{}"],
    ["urvogel:nodes", "e", "{}"],
  ];
  for (const each of values) {
    await assertRejects(() => sql(engine.url, "select urvogel.broadcast($1, $2, $3)", each), Error, "Cannot broadcast");
  }
  await sql(engine.url, "create role stranger login; grant usage on schema urvogel to stranger");
  const stranger = `postgres://stranger@127.0.0.1:${engine.port}/postgres`;
  await assertRejects(
    () => sql(stranger, "select urvogel.broadcast('t', 'e', '{}')"),
    Error,
    "permission denied for function",
  );
});

engineTest("postgres", "postgresSetup() may run again, and for a schema of another name", async () => {
  await using engine = await startPostgres();
  for (let i = 0; i < 2; i++) await sql(engine.url, postgresSetup({ schema: "other", role: "postgres" }));
  await using node = await TestNode.start({ servers: engine.url, schema: "other" });
  await sql(engine.url, "select other.broadcast('t', 'e', '{}')");
  await node.receives(1);
  assertThrows(() => postgresSetup({ schema: "Other" }), TypeError, '"schema" must match');
});

engineTest("postgres", "postgresAdapter() brings a schema of version 1 up to date, while it is used", async () => {
  await using engine = await startPostgres();
  await using old = await TestNode.start({ servers: engine.url });
  const history = ["topics", "messages", "routes", "outbox"].map((name) => `history_${name}`);
  const owners = ["sessions", "keys", "state", "states"].map((name) => `owner_${name}`);
  const tables = [...history, ...owners].map((name) => `urvogel.${name}`);
  await sql(engine.url, `drop table ${tables.join(", ")} cascade`);
  await sql(engine.url, "comment on schema urvogel is 'urvogel 1'");
  await using node = await TestNode.start({ servers: engine.url });
  const keep = { maxMessages: 10, maxAgeMs: 60_000, maxBytes: 10_000 };
  assertEquals((await node.adapter.history.publish("room:1", { event: "said", payload: {} }, keep)).offset, 1);
  old.send("room:1", {});
  await node.receives(1);
  const [row] = await sql(engine.url, "select obj_description('urvogel'::regnamespace, 'pg_namespace') as comment");
  assertEquals([row?.comment, old.changes], ["urvogel 4", []]);
});

engineTest("postgres", "postgresSetup() lets nodes of version 3 go on saving states", async () => {
  await using engine = await startPostgres();
  const current = "urvogel.owner_save(text, bigint, text, bytea, bigint)";
  const old = `create function urvogel.owner_save(of_key text, of_token bigint, of_json text, of_bytes bytea)
    returns boolean language sql as 'select false'`;
  await sql(engine.url, postgresSetup());
  await sql(engine.url, `drop function ${current}; alter table urvogel.owner_states drop column number; ${old}`);
  await sql(engine.url, postgresSetup());
  for (const state of ["1", "2"]) {
    const text = "select urvogel.owner_save('a', 7, $1, null) as saved";
    assertEquals(await sql(engine.url, text, [state]), [{ saved: true }]);
  }
  assertEquals(await sql(engine.url, "select json from urvogel.owner_load('a', 7)"), [{ json: "2" }]);
});
