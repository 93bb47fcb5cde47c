import { assertEquals, assertStrictEquals } from "@std/assert";
import { Channel, DEFAULT_SERIALIZERS, LIMITS, ok, REDACTED_KEYS, Socket } from "@urvogel/realtime";
import { limitsOf } from "../../lib/channel/_check_socket.ts";
import { FakeServer } from "../support/fake_client.ts";

class RoomChannel extends Channel {
  override join() {
    return ok();
  }
}

class PlainSocket extends Socket {
  override channels = { "room:*": RoomChannel };
  override connect() {
    return ok();
  }
}

Deno.test("Socket has Phoenix's defaults, and limits of its own", () => {
  const socket = new PlainSocket();
  assertEquals(limitsOf(socket, LIMITS.standard.socket), {
    maxConnectionsPerId: Infinity,
    maxChannelsPerTransport: 100,
    maxQueuedMessages: 10_000,
    maxQueuedBytes: 16_000_000,
    maxTopicBytes: 1024,
    maxNesting: 100,
    messageRate: { perSecond: 10_000, burst: 20_000 },
    byteRate: { perSecond: 2_000_000, burst: 8_000_000 },
    joinRate: { perSecond: 1_000, burst: 2_000 },
    refusalRate: { perSecond: 1_000, burst: 10_000 },
  });
  assertStrictEquals(socket.redactedKeys, REDACTED_KEYS);
  assertEquals(REDACTED_KEYS, ["password", "token", "secret"]);
  assertStrictEquals(socket.serializers, DEFAULT_SERIALIZERS);
  assertEquals(socket.id({}), null);
});

Deno.test("Socket without assigns and id serves channels, and subscribes to nothing but their topics", async () => {
  using server = new FakeServer(new PlainSocket());
  const client = await server.connect();
  assertEquals(server.pubsub.topicCount, 0);
  await client.join("room:a");
  assertEquals(server.pubsub.topicCount, 1);
});

Deno.test("Socket speaks V1 with who asks for it, or for nothing", async () => {
  using server = new FakeServer(new PlainSocket());
  const client = await server.connect({ vsn: "1.0.0" });
  client.receive('{"topic":"room:a","event":"phx_join","payload":{},"ref":"1"}');
  assertEquals(client.take(), [
    { topic: "room:a", event: "phx_reply", ref: "1", payload: { status: "ok", response: {} } },
  ]);
});
