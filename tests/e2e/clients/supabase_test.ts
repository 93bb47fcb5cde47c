/**
 * Supabase's client, as it comes from npm, over real sockets: the serializers, and the channel of `examples/supabase`.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { SignJWT } from "jose";
import {
  Endpoint,
  listProcesses,
  ok,
  type Params,
  Presence,
  PubSub,
  refuse,
  Socket,
  type UndeliverableEvent,
} from "@urvogel/realtime";
import { jwtVerifier } from "@urvogel/realtime/jwt";
import { SUPABASE_SERIALIZERS } from "@urvogel/realtime/supabase";
import { PrivateChannel, RealtimeChannel, type Visitor } from "../../../examples/supabase/realtime_channel.ts";
import { timers } from "../../../lib/base/timer_wheel.ts";
import { Inbox } from "../../support/phoenix_client.ts";
import { onTransports, type ServedApp, type TransportUnderTest } from "../../support/transports.ts";
import { until } from "../../support/until.ts";
import {
  loadSupabaseClient,
  SUPABASE_VERSIONS,
  type SupabaseChannel,
  type SupabaseClient,
  type SupabaseMessage,
  type SupabaseVersion,
} from "../../support/supabase_client.ts";

const SECRET = "a secret of at least thirty-two bytes";
const verify = jwtVerifier({ secret: SECRET });

/** An endpoint, and the presence that its channels share. */
function createEndpoint() {
  const pubsub = new PubSub();
  const presence = new Presence<object>({ pubsub });

  class RealtimeSocket extends Socket<Visitor> {
    override channels = { "realtime:private:*": PrivateChannel, "realtime:*": RealtimeChannel };
    override serializers = SUPABASE_SERIALIZERS;
    override connect({ apikey }: Params) {
      return apikey === "anon" ? ok({ verify, presence }) : refuse();
    }
  }

  const endpoint = new Endpoint({ pubsub, sockets: { "/realtime/v1": RealtimeSocket } });
  return {
    fetch: endpoint.fetch,
    broadcast: (topic: string, event: string, payload: object) => endpoint.broadcast(topic, event, payload),
    async shutdown() {
      await endpoint.shutdown();
      await presence.stop();
      await pubsub.stop();
    },
  };
}

const token = await new SignJWT({ sub: "ann" }).setProtectedHeader({ alg: "HS256" }).setExpirationTime("1h")
  .sign(new TextEncoder().encode(SECRET));

/** A server, and clients that are gone when the test is over. */
class SetUp implements AsyncDisposable {
  readonly #before = { timers: timers.size, processes: listProcesses().length };
  readonly endpoint = createEndpoint();
  server!: ServedApp;
  readonly #clients: SupabaseClient[] = [];

  /** Starts the server. */
  static async start(transport: TransportUnderTest): Promise<SetUp> {
    const setUp = new SetUp();
    setUp.server = await transport.serve(setUp.endpoint);
    return setUp;
  }

  /** Opens a client of a release. */
  async open({ version, vsn }: SupabaseVersion, options: object = {}): Promise<SupabaseClient> {
    const RealtimeClient = await loadSupabaseClient({ version });
    const client = new RealtimeClient(`${this.server.wsUrl}/realtime/v1`, {
      params: { apikey: "anon" },
      transport: WebSocket,
      reconnectAfterMs: () => 10,
      vsn,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** Lets all clients go. */
  async hangUp(): Promise<void> {
    for (const client of this.#clients) {
      await client.removeAllChannels();
      client.disconnect();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp();
    await this.server[Symbol.asyncDispose]();
    assertEquals({ timers: timers.size, processes: listProcesses().length }, this.#before);
  }
}

/** Subscribes, and waits for what becomes of it. */
async function subscribed(channel: SupabaseChannel) {
  const statuses = new Inbox<{ status: string; error: string | undefined }>();
  channel.subscribe((status, error) => statuses.put({ status, error: error?.message }));
  return { first: await statuses.next(), statuses };
}

/** A client in a room, and what it hears of "cursor". */
async function enter(client: SupabaseClient, broadcast: { ack?: boolean; self?: boolean } = {}, name = "room1") {
  const channel = client.channel(name, { config: { broadcast } });
  const heard = new Inbox<SupabaseMessage>();
  channel.on("broadcast", { event: "cursor" }, heard.put);
  const { first, statuses } = await subscribed(channel);
  assertEquals(first, { status: "SUBSCRIBED", error: undefined });
  return { channel, heard, statuses };
}

const cursor = (payload: unknown) => ({ type: "broadcast", event: "cursor", payload }) as const;

/** The bytes in a message that a client got. */
function bytesOf(message: SupabaseMessage): number[] {
  assert(message.payload instanceof ArrayBuffer, "expected bytes");
  return Array.from(new Uint8Array(message.payload));
}

// The clients leave timers of their own behind when they disconnect. What is ours is counted in `SetUp`.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

for (const client of SUPABASE_VERSIONS) {
  const name = `realtime-js ${client.version} (vsn ${client.vsn})`;

  onTransports(`${name} broadcasts to others, not to itself, and is told that it did`, sanitize, async (transport) => {
    await using setUp = await SetUp.start(transport);
    const [ann, bob] = [await enter(await setUp.open(client), { ack: true }), await enter(await setUp.open(client))];
    assertEquals(await ann.channel.send(cursor({ x: 1, text: "é😀" })), "ok");
    assertEquals(await bob.heard.next(), cursor({ x: 1, text: "é😀" }));
    assertEquals(await bob.channel.send({ type: "broadcast", event: "other", payload: {} }), "ok");
    assertEquals(await bob.channel.send(cursor({ x: 2 })), "ok");
    assertEquals(await ann.heard.next(), cursor({ x: 2 }));
    setUp.endpoint.broadcast("realtime:room1", "broadcast", cursor({ x: 3 }));
    assertEquals(await ann.heard.next(), cursor({ x: 3 }));
    assertEquals(await bob.heard.next(), cursor({ x: 3 }));
    assertEquals([ann.heard.length, bob.heard.length], [0, 0]);
  });

  onTransports(`${name} hears itself if it asks for it`, sanitize, async (transport) => {
    await using setUp = await SetUp.start(transport);
    const ann = await enter(await setUp.open(client), { ack: true, self: true });
    assertEquals(await ann.channel.send(cursor({ x: 1 })), "ok");
    assertEquals(await ann.heard.next(), cursor({ x: 1 }));
  });

  onTransports(
    `${name} sends and gets bytes`,
    { ...sanitize, ignore: !client.binary }, // this language has no binary frames
    async (transport) => {
      await using setUp = await SetUp.start(transport);
      const [ann, bob] = [await enter(await setUp.open(client), { ack: true }), await enter(await setUp.open(client))];
      assertEquals(await ann.channel.send(cursor(Uint8Array.of(0, 1, 255).buffer)), "ok");
      const message = await bob.heard.next();
      assertEquals([message.type, message.event, bytesOf(message)], ["broadcast", "cursor", [0, 1, 255]]);
      setUp.endpoint.broadcast("realtime:room1", "cursor", Uint8Array.of(7));
      assertEquals(bytesOf(await ann.heard.next()), [7]);
    },
  );

  onTransports(
    `${name} is turned away with the wrong key, and told so where it asks for a database`,
    sanitize,
    async (transport) => {
      await using setUp = await SetUp.start(transport);
      const stranger = (await setUp.open(client, { params: { apikey: "wrong" } })).channel("room1");
      assertEquals((await subscribed(stranger)).first.status, "CHANNEL_ERROR");
      const channel = (await setUp.open(client)).channel("room1");
      channel.on("postgres_changes", { event: "*", schema: "public" }, () => {});
      const { first } = await subscribed(channel);
      assertEquals(first.status, "CHANNEL_ERROR");
      assertMatch(first.error ?? "", /postgres_changes are not offered/);
    },
  );

  onTransports(
    `${name} enters a private channel with a token, until the token is no longer good`,
    sanitize,
    async (transport) => {
      await using setUp = await SetUp.start(transport);
      const stranger = await subscribed((await setUp.open(client)).channel("private:room"));
      assertEquals(stranger.first.status, "CHANNEL_ERROR");
      assertMatch(stranger.first.error ?? "", /the access token is (missing|invalid)/);
      const realtime = await setUp.open(client);
      await realtime.setAuth(token);
      const { channel, statuses } = await enter(realtime, { ack: true }, "private:room");
      const told = new Inbox<unknown>();
      channel.on("system", {}, told.put);
      assertEquals(await channel.send(cursor({})), "ok");
      await realtime.setAuth("forged");
      assertEquals(await told.next(), {
        extension: "system",
        status: "error",
        message: "the access token is no longer good",
        channel: "realtime:private:room",
      });
      assertEquals((await statuses.next()).status, "CLOSED");
    },
  );

  onTransports(`${name} shows who is there, what changes, and who goes`, sanitize, async (transport) => {
    await using setUp = await SetUp.start(transport);
    const [ann, bob] = await Promise.all(["ann", "bob"].map(async (key) => {
      const channel = (await setUp.open(client)).channel("room1", { config: { presence: { key } } });
      channel.on("presence", { event: "sync" }, () => {});
      await subscribed(channel);
      return channel;
    })) as [SupabaseChannel, SupabaseChannel];
    const seen = (channel: SupabaseChannel) =>
      JSON.stringify(
        Object.entries(channel.presenceState()).sort().map(([key, [meta]]) => [key, (meta as { n: number }).n]),
      );
    const shows = async (channel: SupabaseChannel, wanted: string) =>
      await until(() => seen(channel) === wanted, () => `${seen(channel)} is ${wanted}`);
    assertEquals(await ann.track({ n: 1 }), "ok");
    assertEquals(await bob.track({ n: 2 }), "ok");
    for (const channel of [ann, bob]) await shows(channel, '[["ann",1],["bob",2]]');
    assertEquals(await bob.track({ n: 3 }), "ok");
    await shows(ann, '[["ann",1],["bob",3]]');
    assertEquals(await ann.untrack(), "ok");
    await shows(bob, '[["bob",3]]');
    await bob.unsubscribe();
    await shows(ann, "[]");
  });

  onTransports(`${name} finds the next server after a restart`, sanitize, async (transport) => {
    const setUp = await SetUp.start(transport);
    const realtime = await setUp.open(client);
    const { channel, statuses } = await enter(realtime, { ack: true });
    await setUp.server[Symbol.asyncDispose]();
    await using _next = await transport.serve(createEndpoint(), { port: setUp.server.port });
    if (client.rejoins) {
      while ((await statuses.next()).status !== "SUBSCRIBED");
      assertEquals(await channel.send(cursor({ x: 1 })), "ok");
    }
    await until(() => realtime.isConnected(), "the client is connected again");
    const other = await enter(realtime, { ack: true }, "room2");
    assertEquals(await other.channel.send(cursor({ x: 1 })), "ok");
    await setUp.hangUp();
  });

  onTransports(`${name} keeps its connection by heartbeats`, sanitize, async (transport) => {
    await using setUp = await SetUp.start(transport);
    const beats = new Inbox<string>();
    const logger = (kind: string, message: string) => {
      if (kind === "receive" && /phoenix/.test(message)) beats.put(message);
    };
    const { channel } = await enter(await setUp.open(client, { heartbeatIntervalMs: 300, logger }), { ack: true });
    for (let i = 0; i < 3; i++) assertMatch(await beats.next(), /ok phoenix phx_reply/);
    assertEquals(await channel.send(cursor({})), "ok");
  });
}

onTransports(
  "realtime-js of both versions of the protocol share a room, but for bytes",
  sanitize,
  async (transport) => {
    const undelivered: UndeliverableEvent[] = [];
    const onUndeliverable = (event: unknown) => void undelivered.push(event as UndeliverableEvent);
    subscribe("urvogel:pubsub:undeliverable", onUndeliverable);
    try {
      await using setUp = await SetUp.start(transport);
      const members = [];
      for (const client of SUPABASE_VERSIONS) members.push(await enter(await setUp.open(client), { ack: true }));
      const [newest, ...old] = members as [typeof members[0], ...typeof members];
      assertEquals(await newest.channel.send(cursor(Uint8Array.of(1).buffer)), "ok");
      assertEquals(await newest.channel.send(cursor({ after: "bytes" })), "ok");
      for (const { heard } of old) assertEquals(await heard.next(), cursor({ after: "bytes" }));
      await old[0]!.channel.send(cursor({ from: "V1" }));
      assertEquals(await newest.heard.next(), cursor({ from: "V1" }));
      assertMatch(undelivered.map(({ error }) => error.message).join(), /^Cannot encode payload of broadcast: V1 has/);
    } finally {
      unsubscribe("urvogel:pubsub:undeliverable", onUndeliverable);
    }
  },
);
