/**
 * Each way in which a connection ends reaches its channels, and they end in time.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Channel, type ChannelSocket, Endpoint, ok, Presence, PubSub, Socket } from "@urvogel/realtime";
import { connect, settle, type TestClient } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";

/** When tests start, and when sockets expire, on the clock of the wall. */
const STARTS_AT_MS = 1_000_000;
const EXPIRES_AT_MS = 1_060_000;

/** A server whose channels hang as soon as they are asked something, with a presence. */
function createApp() {
  const pubsub = new PubSub();
  const presence = new Presence({ pubsub });
  const told: unknown[] = [];
  class HangingChannel extends Channel {
    override join() {
      return ok();
    }
    override afterJoin(socket: ChannelSocket) {
      presence.track(socket, "ann", {});
    }
    override handleIn = this.handlers({
      ask: (_payload, { self: { signal } }) =>
        new Promise<never>(() => signal.addEventListener("abort", () => told.push(signal.reason))),
    });
  }
  class GuestSocket extends Socket {
    override channels = { "room:*": HangingChannel };
    override maxQueuedMessages = 1;
    override refusalRate = { perSecond: 1, burst: 1 };
    override connect() {
      return ok();
    }
    override id() {
      return "guest";
    }
    override expiresAtMs() {
      return EXPIRES_AT_MS;
    }
  }
  const endpoint = new Endpoint({
    pubsub,
    host: "example.com",
    sockets: { "/socket": [GuestSocket, { longpoll: true }] },
  });
  return {
    endpoint,
    presence,
    told,
    async [Symbol.asyncDispose]() {
      await endpoint.shutdown();
      await presence.stop();
    },
  };
}

/** Makes sure that the channel is told now, and gone five seconds later. */
async function assertEnds({ presence, told }: ReturnType<typeof createApp>, time: FakeTime, reason: unknown) {
  await settle({ timeoutMs: 0 });
  assertEquals(told, [reason]);
  assertEquals(Object.keys(presence.list("room:a")), ["ann"]);
  await time.tickAsync(5000);
  await settle();
  assertEquals(presence.list("room:a"), {});
}

type App = ReturnType<typeof createApp>;
const ways: readonly [way: string, reason: unknown, end: (app: App, client: TestClient, time: FakeTime) => unknown][] =
  [
    ["goes", { shutdown: "peer_closed" }, (_app, client) => client.close()],
    ["is disconnected by its id", { shutdown: "disconnected" }, ({ endpoint }) => endpoint.disconnect("guest")],
    ["has a token that expires", { shutdown: "expired" }, (_app, _client, time) => time.tickAsync(60_000)],
    ["floods the server", { shutdown: "rate_limited" }, (_app, client) => {
      for (let i = 0; i < 10; i++) client.send({ topic: "room:a", event: "ask" });
    }],
  ];
Deno.test.each(ways)("Endpoint lets go of a channel that hangs when its client %s", async (_way, reason, end) => {
  using time = new FakeTime(STARTS_AT_MS);
  await using app = createApp();
  const client = await connect(app.endpoint);
  const room = await client.join("room:a");
  room.push("ask");
  await settle({ timeoutMs: 0 });
  await end(app, client, time);
  await assertEnds(app, time, reason);
});

Deno.test("Endpoint lets go of a channel that hangs when its client sends what is no message", async () => {
  using _crashes = new Crashes();
  using time = new FakeTime(STARTS_AT_MS);
  await using app = createApp();
  const client = await connect(app.endpoint);
  (await client.join("room:a")).push("ask");
  client.sendFrame("garbage");
  await settle({ timeoutMs: 0 });
  assertEquals((app.told[0] as Error).name, "MalformedFrameError");
  await assertEnds(app, time, app.told[0]);
});

Deno.test("Endpoint lets go of a channel that hangs when its long-poll client polls no more", async () => {
  using time = new FakeTime(STARTS_AT_MS);
  await using app = createApp();
  const send = async (query: string, init?: RequestInit) => {
    const response = await app.endpoint.fetch(
      new Request(`http://example.com/socket/longpoll?vsn=2.0.0${query}`, init),
    );
    return await response.json() as { readonly status: number; readonly token: string };
  };
  const { token } = await send("");
  const body = '["1","1","room:a","phx_join",{}]\n["1","2","room:a","ask",{}]';
  const { status } = await send(`&token=${token}`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body,
  });
  assertEquals(status, 200);
  while (app.told.length === 0) await time.tickAsync(1000);
  await assertEnds(app, time, { shutdown: "inactive" });
});

Deno.test("a connection that is closed while what waited for a join is handled joins nothing after that", async () => {
  const door = Promise.withResolvers<void>();
  let joins = 0;
  class SlowChannel extends Channel {
    override maxPayloadBytes = { say: 10 };
    override async join() {
      joins++;
      await door.promise;
      return ok();
    }
  }
  class GuestSocket extends Socket {
    override channels = { "room:*": SlowChannel };
    override refusalRate = { perSecond: 1, burst: 1 };
    override connect() {
      return ok();
    }
  }
  const endpoint = new Endpoint({ host: "example.com", sockets: { "/socket": [GuestSocket, { longpoll: true }] } });
  const ask = async (query: string, body?: string) => {
    const init = body === undefined
      ? {}
      : { method: "POST", headers: { "content-type": "application/x-ndjson" }, body };
    return await (await endpoint.fetch(new Request(`http://example.com/socket/longpoll?${query}`, init))).json();
  };
  const { token } = await ask("vsn=2.0.0");
  const say = (ref: string) => ["1", ref, "room:a", "say", { text: "too long" }]; // the second one is one too many
  const messages = [["1", "1", "room:a", "phx_join", {}], say("2"), say("3"), ["4", "4", "room:a", "phx_join", {}]];
  const { status } = await ask(`token=${token}`, messages.map((message) => JSON.stringify(message)).join("\n"));
  assertEquals([status, joins], [200, 1]);
  door.resolve();
  await settle();
  assertEquals([joins, endpoint.connectionCount, endpoint.pubsub.topicCount], [1, 0, 0]);
  await endpoint.shutdown();
});
