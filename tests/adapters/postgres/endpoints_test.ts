import { assertEquals, assertThrows } from "@std/assert";
import { BusDownError, PubSub } from "@urvogel/realtime";
import { postgresAdapter } from "@urvogel/realtime/postgres";
import { engineTest } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { ChatNode } from "../../support/chat_node.ts";
import { comesBackElsewhere } from "../../support/kept_chat.ts";
import { scriptsDoWithout, scriptsNumber } from "../../support/kept_script.ts";
import { join, startMachine } from "../../support/machine.ts";
import { until } from "../../support/until.ts";
import { sql } from "./test_node.ts";

engineTest("postgres", "clients of two endpoints talk through PostgreSQL", async () => {
  await using engine = await startPostgres();
  const adapters = [postgresAdapter({ servers: engine.url }), postgresAdapter({ servers: engine.url })] as const;
  await using one = startMachine(adapters[0]);
  await using two = startMachine(adapters[1]);
  const isUp = (up: boolean) => until(() => adapters.every(({ isConnected }) => isConnected === up), `up: ${up}`);
  await isUp(true);
  await using ann = await join(one.url);
  await using bob = await join(two.url);

  for (const text of ["hello", "x".repeat(20_000), "é\ud800\u2028"]) {
    await ann.say(text);
    assertEquals([await ann.said.next(), await bob.said.next()], [{ text }, { text }]);
  }

  await sql(engine.url, "select urvogel.broadcast('room:1', 'said', jsonb_build_object('text', 'from SQL'))");
  assertEquals([await ann.said.next(), await bob.said.next()], [{ text: "from SQL" }, { text: "from SQL" }]);

  await engine.kill();
  await isUp(false);
  assertThrows(() => one.endpoint.broadcast("room:1", "said", {}), BusDownError);
  await engine.restart();
  await isUp(true);
  await bob.say("again");
  assertEquals([await ann.said.next(), await bob.said.next()], [{ text: "again" }, { text: "again" }]);
  assertEquals([ann.said.length, bob.said.length], [0, 0]);
});

engineTest("postgres", "a client that comes back to another endpoint on PostgreSQL gets what it missed", async () => {
  await using engine = await startPostgres();
  await comesBackElsewhere(engine, () => postgresAdapter({ servers: engine.url }));
});

engineTest("postgres", "clients get what SQL has broadcast while they were away", async () => {
  await using engine = await startPostgres();
  const adapter = () => postgresAdapter({ servers: engine.url });
  await using node = await ChatNode.start(adapter(), { keepsHistory: true });
  await until(async () => (await sql(engine.url, "select from urvogel.history_routes")).length > 0, "it has declared");
  const before = await node.connect("ann");
  const state = await (await before.join("kept:1", { since: "last:0" })).assertPush("history_state", { missed: 0 });
  await before.close();
  await sql(engine.url, `select urvogel.broadcast('kept:1', 'said', '{"from":"SQL"}')`);
  await using ann = await node.connect("ann");
  const room = await ann.join("kept:1", { since: (state as { readonly position: string }).position });
  await room.assertPush("history_state", { recovered: true, missed: 1 });
  await room.assertPush("said", { from: "SQL" });
  await sql(engine.url, `select urvogel.broadcast('kept:1', 'said', '{"from":"SQL again"}')`);
  await room.assertPush("said", { from: "SQL again" });
});

engineTest("postgres", "a script on PostgreSQL numbers what it broadcasts, without another line", async () => {
  await using engine = await startPostgres();
  await scriptsNumber(() => postgresAdapter({ servers: engine.url }));
});

engineTest("postgres", "a program on PostgreSQL is ready without the table of routes", async () => {
  await using engine = await startPostgres();
  const first = new PubSub({ adapter: postgresAdapter({ servers: engine.url }) }); // creates the schema
  await first.ready;
  await first.stop();
  await sql(engine.url, "drop table urvogel.history_routes");
  await scriptsDoWithout(() => postgresAdapter({ servers: engine.url }), "history_routes");
});
