import { Endpoint, PubSub } from "@urvogel/realtime";
import { postgresAdapter } from "@urvogel/realtime/postgres";
import { connect, type TestClient } from "@urvogel/realtime/testing";
import { threadsAdapter } from "@urvogel/realtime/threads";
import { assertEquals } from "@std/assert";
import { engineTest } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { KeptSocket } from "../../support/kept_socket.ts";
import { until } from "../../support/until.ts";

/** A node on a bus of threads, whose history is in PostgreSQL. */
async function startNode(servers: string) {
  const adapter = postgresAdapter({ servers });
  const kept = new PubSub({ adapter }); // which starts the adapter
  const pubsub = new PubSub({ adapter: threadsAdapter({ prefix: "history-on-another-bus" }) });
  await Promise.all([kept.ready, pubsub.ready]);
  const endpoint = new Endpoint({ pubsub, history: adapter.history, sockets: { "/socket": KeptSocket } });
  return {
    endpoint,
    async [Symbol.asyncDispose]() {
      await endpoint.shutdown();
      await pubsub.stop();
      await kept.stop();
    },
  };
}

engineTest("postgres", "Endpoint keeps history in PostgreSQL where the bus is another one", async () => {
  await using engine = await startPostgres();
  await using here = await startNode(engine.url);
  await using there = await startNode(engine.url);
  await using ann = await connect(here.endpoint, {}, { timeoutMs: 15_000 });
  await ann.join("room:1");
  const position = await there.endpoint.publish("room:1", "said", { text: "hello" });
  const has = ({ frames }: TestClient) => frames.some((frame) => String(frame).includes(`"${position}"`));
  await until(() => has(ann), "the message came");

  await using bob = await connect(there.endpoint, {}, { timeoutMs: 15_000 });
  await bob.join("room:1", { since: "last:10" });
  await until(() => has(bob), "the kept message came");
  assertEquals((await here.endpoint.history("room:1").list()).length, 1);
});
