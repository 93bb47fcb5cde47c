import { assertEquals, assertThrows } from "@std/assert";
import { BusDownError, Channel, Endpoint, ok, PubSub, reply, Socket } from "@urvogel/realtime";
import { postgresAdapter } from "@urvogel/realtime/postgres";
import { engineTest } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { ChatNode } from "../../support/chat_node.ts";
import { comesBackElsewhere } from "../../support/kept_chat.ts";
import { scriptsDoWithout, scriptsNumber } from "../../support/kept_script.ts";
import { answerOf, CLIENT_VERSIONS, Inbox, loadSocketClass } from "../../support/phoenix_client.ts";
import { serve } from "../../support/serve.ts";
import { until } from "../../support/until.ts";
import { sql } from "./test_node.ts";

class RoomChannel extends Channel {
  override join() {
    return ok();
  }
  override handleIn = this.handlers({
    say: (payload, socket) => {
      socket.broadcast("said", payload as { readonly text: string });
      return reply({});
    },
  });
}

class UserSocket extends Socket {
  override channels = { "room:*": RoomChannel };
  override connect() {
    return ok({});
  }
}

/** One machine: a server with a PubSub of its own. */
function startMachine(servers: string) {
  const adapter = postgresAdapter({ servers });
  const pubsub = new PubSub({ adapter });
  const endpoint = new Endpoint({ pubsub, sockets: { "/socket": UserSocket } });
  const server = serve(endpoint);
  return {
    adapter,
    endpoint,
    url: `${server.wsUrl}/socket`,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await pubsub.stop();
    },
  };
}

/** A phoenix.js in a room. */
async function join(url: string) {
  const SocketClass = await loadSocketClass(CLIENT_VERSIONS[0]!);
  const socket = new SocketClass(url);
  const channel = socket.channel("room:1");
  const said = new Inbox();
  channel.on("said", said.put);
  socket.connect();
  assertEquals((await answerOf(channel.join())).status, "ok");
  return {
    channel,
    said,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.disconnect(resolve)),
  };
}

engineTest("postgres", "clients of two endpoints talk through PostgreSQL", async () => {
  await using engine = await startPostgres();
  await using one = startMachine(engine.url);
  await using two = startMachine(engine.url);
  const isUp = (up: boolean) => until(() => [one, two].every(({ adapter }) => adapter.isConnected === up), `up: ${up}`);
  await isUp(true);
  await using ann = await join(one.url);
  await using bob = await join(two.url);

  for (const text of ["hello", "x".repeat(20_000), "é\ud800\u2028"]) {
    await answerOf(ann.channel.push("say", { text }));
    assertEquals([await ann.said.next(), await bob.said.next()], [{ text }, { text }]);
  }

  await sql(engine.url, "select urvogel.broadcast('room:1', 'said', jsonb_build_object('text', 'from SQL'))");
  assertEquals([await ann.said.next(), await bob.said.next()], [{ text: "from SQL" }, { text: "from SQL" }]);

  await engine.kill();
  await isUp(false);
  assertThrows(() => one.endpoint.broadcast("room:1", "said", {}), BusDownError);
  await engine.restart();
  await isUp(true);
  await answerOf(bob.channel.push("say", { text: "again" }));
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
