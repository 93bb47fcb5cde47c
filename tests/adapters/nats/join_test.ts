import { assertEquals } from "@std/assert";
import { Channel, ok, PubSub, Socket } from "@urvogel/realtime";
import { natsAdapter } from "@urvogel/realtime/nats";
import { nextTurn } from "../../../lib/base/pause.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startNats } from "../../support/engines/nats.ts";
import { type FakeClient, FakeServer } from "../../support/fake_client.ts";
import { until } from "../../support/until.ts";

class RoomChannel extends Channel {
  override join() {
    return ok();
  }
}

class RoomSocket extends Socket {
  override channels = { "room:*": RoomChannel };
  override connect() {
    return ok();
  }
}

const ROUNDS = 200;

engineTest("nats", "a client that has joined misses nothing that another node broadcasts then, over NATS", async () => {
  await using engine = await startNats();
  const [a, b] = [0, 1].map(() => new PubSub({ adapter: natsAdapter({ servers: engine.url }) }));
  await Promise.all([a!.ready, b!.ready]);
  using server = new FakeServer(new RoomSocket(), a);
  const clients: FakeClient[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const client = await server.connect();
    clients.push(client);
    client.receive(JSON.stringify(["1", "1", `room:${i}`, "phx_join", {}]));
    while (client.connection.sent.length === 0) await nextTurn();
    b!.broadcast(`room:${i}`, "said", { i });
  }
  const isServed = ({ connection: { sent } }: FakeClient) => sent.length === 2;
  await until(() => clients.every(isServed), () => `all arrive, of ${ROUNDS} did ${clients.filter(isServed).length}`);
  assertEquals(clients[0]!.take().map((message) => (message as unknown[])[3]), ["phx_reply", "said"]);
  for (const pubsub of [a, b]) await pubsub!.stop();
});
