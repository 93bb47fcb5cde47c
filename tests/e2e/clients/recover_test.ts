/**
 * `recover` with the releases of phoenix.js that it is for, on a real server.
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  Channel,
  type ChannelSocket,
  Endpoint,
  ok,
  type PushRepeatedEvent,
  reply,
  Socket,
  type SocketOptions,
} from "@urvogel/realtime";
import {
  ChannelClosedError,
  live,
  type PhoenixChannel,
  type PhoenixSocket,
  recover,
  type Recovery,
} from "@urvogel/realtime/client";
import { CLIENT_VERSIONS, type ClientVersion, loadLongPoll, loadSocketClass } from "../../support/phoenix_client.ts";
import { serve } from "../../support/serve.ts";
import { TcpProxy } from "../../support/tcp_proxy.ts";
import { Collected } from "../../support/telemetry.ts";
import { until } from "../../support/until.ts";
import { withoutReuse } from "../../support/without_reuse.ts";
import { withXMLHttpRequest } from "../../support/xml_http_request.ts";

const CLIENTS = CLIENT_VERSIONS.filter(({ version }) => ["1.8.16", "1.7.23", "1.6.16", "1.4.17"].includes(version));

interface TestSocket extends PhoenixSocket {
  channel(topic: string, params?: object): PhoenixChannel;
  onClose(callback: () => void): void;
}

interface ServerPlan {
  /** How long the first connection is valid, in milliseconds. */
  readonly firstTokenMs?: number;
  /** The id of each connection. */
  readonly id?: string | null;
}

/** A server, and a client of one release. */
async function setUp(
  client: ClientVersion,
  options: object = {},
  { firstTokenMs = Infinity, id = null }: ServerPlan = {},
) {
  let tokenMs = firstTokenMs;
  const handled: unknown[] = [];
  const joins: unknown[] = [];
  let gate = Promise.withResolvers<void>();
  class RoomChannel extends Channel {
    override shutdownMs = 60_000;
    override join(_topic: string, params: unknown) {
      joins.push(params);
      return ok();
    }
    override handleIn = this.handlers({
      say: async (payload, socket: ChannelSocket) => {
        handled.push(payload);
        socket.broadcast("said", payload as object);
        await gate.promise;
        return reply({ count: handled.length });
      },
      crash: (payload) => {
        handled.push(payload);
        throw new Error("asked to");
      },
    });
  }
  class KeptChannel extends RoomChannel {
    override history = { maxMessages: 5 };
  }
  class UserSocket extends Socket {
    override channels = { "kept:*": KeptChannel, "room:*": RoomChannel };
    override connect() {
      return ok();
    }
    override id() {
      return id;
    }
    override expiresAtMs() {
      const expiresAtMs = Date.now() + tokenMs;
      tokenMs = Infinity;
      return expiresAtMs;
    }
  }
  const limits: SocketOptions = { longpoll: { windowMs: 2000, resumeTimeoutMs: 20 } };
  const endpoint = new Endpoint({ sockets: { "/socket": [UserSocket, limits] }, logLevel: false });
  const server = serve(endpoint);
  const proxy = await TcpProxy.start(server);
  const SocketClass = await loadSocketClass(client);
  const retry = { reconnectAfterMs: () => 10, rejoinAfterMs: () => 10 };
  const socket = new SocketClass(`ws://127.0.0.1:${proxy.port}/socket`, {
    ...retry,
    ...options,
  }) as unknown as TestSocket;
  socket.connect();
  const recoveries: Recovery[] = [];
  const onRecovery = (recovery: Recovery) => recoveries.push(recovery);
  return {
    endpoint,
    socket,
    handled,
    joins,
    recoveries,
    join: async (topic = "kept:1", params: object = { from: "page" }) => {
      const channel = recover(socket.channel(topic, params), { onRecovery });
      const room = live(channel);
      const states: unknown[] = [];
      channel.on("history_state", (state) => void states.push(state));
      await room.join();
      if (topic.startsWith("kept:")) await until(() => states.length === 1, "the client knows where it stands");
      return room;
    },
    /** Lets the handlers go on, and closes the gate for the next ones. */
    open() {
      gate.resolve();
      gate = Promise.withResolvers();
    },
    /** Waits until the server has handled, or queued, all that the client has sent. */
    async roundTrip() {
      const ref = socket.makeRef();
      const isBack = new Promise<void>((resolve) => {
        socket.onMessage((message) => (message as { ref: unknown }).ref === ref && resolve());
      });
      socket.push({ topic: "phoenix", event: "heartbeat", payload: {}, ref });
      await isBack;
    },
    /** Cuts the connection, and waits until the client has noticed. It connects again. */
    async cut() {
      const closed = new Promise<void>((resolve) => socket.onClose(resolve));
      const resetting = setInterval(() => proxy.reset(), 1); // long polling has no connection between two polls
      await closed;
      clearInterval(resetting);
    },
    async [Symbol.asyncDispose]() {
      gate.resolve();
      await new Promise<void>((resolve) => socket.disconnect(resolve));
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

type Setup = Awaited<ReturnType<typeof setUp>>;

// The client leaves timers and requests of its own behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

/** A test with each release, over a WebSocket. */
function withClients(name: string, fn: (setup: Setup) => Promise<void>): void {
  for (const client of CLIENTS) {
    Deno.test(`${name} (phoenix ${client.version})`, sanitize, async () => {
      await using setup = await setUp(client, { transport: WebSocket });
      await fn(setup);
    });
  }
}

/** Collects the numbers that are said. */
function numbersOf(channel: Pick<PhoenixChannel, "on">): number[] {
  const numbers: number[] = [];
  channel.on("said", (payload) => void numbers.push((payload as { n: number }).n));
  return numbers;
}

withClients("recover() gets what was missed, after it was said how much", async (test) => {
  const { channel } = await test.join();
  const numbers = numbersOf(channel as PhoenixChannel);
  test.endpoint.broadcast("kept:1", "said", { n: 1 });
  await until(() => numbers.length === 1, "the first message came");
  await test.cut();
  for (const n of [2, 3]) test.endpoint.broadcast("kept:1", "said", { n });
  await until(() => numbers.length === 3, "the others came");
  test.endpoint.broadcast("kept:1", "said", { n: 4 });
  await until(() => numbers.length === 4, "live messages follow");
  assertEquals(numbers, [1, 2, 3, 4]);
  assertEquals(test.recoveries, [{ kind: "recovered", missed: 2 }]);
  assertEquals(test.joins, [{ from: "page" }, { from: "page" }]);
});

withClients("recover() reports that too much was missed", async (test) => {
  const { channel } = await test.join();
  const numbers = numbersOf(channel as PhoenixChannel);
  await test.cut();
  for (let n = 1; n <= 20; n++) test.endpoint.broadcast("kept:1", "said", { n }); // five are kept
  await until(() => test.recoveries.length === 1, "it was reported");
  test.endpoint.broadcast("kept:1", "said", { n: 21 });
  await until(() => numbers.length === 1, "live messages follow");
  assertEquals([test.recoveries, numbers], [[{ kind: "lost" }], [21]]);
});

withClients("recover() asks for the last messages on the first join, and for its position later", async (test) => {
  for (let n = 1; n <= 4; n++) test.endpoint.broadcast("kept:1", "said", { n });
  const recoveries: Recovery[] = [];
  const channel = recover(test.socket.channel("kept:1", { since: "last:2" }), {
    onRecovery: (recovery) => recoveries.push(recovery),
  });
  const numbers = numbersOf(channel);
  channel.join();
  await until(() => numbers.length === 2, "the last two came");
  assertEquals(recoveries, [{ kind: "first", count: 2 }]);
  await test.cut();
  test.endpoint.broadcast("kept:1", "said", { n: 5 });
  await until(() => numbers.length >= 3, "the next one came");
  assertEquals(numbers, [3, 4, 5]);
});

withClients("recover() adds the position to parameters that are loaded", async (test) => {
  let loaded = 0;
  const channel = recover(test.socket.channel("kept:1"));
  const numbers = numbersOf(channel);
  await live(channel, { params: () => Promise.resolve({ load: ++loaded }) }).join();
  test.endpoint.broadcast("kept:1", "said", { n: 1 });
  await until(() => numbers.length === 1, "the first came");
  await test.cut();
  test.endpoint.broadcast("kept:1", "said", { n: 2 });
  await until(() => numbers.length === 2, "the missed one came");
  assertEquals(test.joins, [{ load: 1 }, { load: 2 }]);
});

withClients("a call outlives a cut: it is handled once, and gets the reply", async (test) => {
  const room = await test.join();
  const numbers = numbersOf(room.channel as PhoenixChannel);
  const call = room.call("say", { n: 1 });
  await until(() => test.handled.length === 1, "the handler runs");
  await test.cut();
  await until(() => test.joins.length === 2, "the client is back");
  test.open();
  assertEquals(await call, { count: 1 });
  assertEquals([test.handled, numbers], [[{ n: 1 }], [1]]);
});

withClients("pushes without a reply are sent again before those that were pushed meanwhile", async (test) => {
  using repeated = new Collected<PushRepeatedEvent>("urvogel:channel:push_repeated");
  const room = await test.join();
  const calls = [1, 2].map((n) => room.call("say", { n }));
  await until(() => test.handled.length === 1, "the first handler runs");
  await test.cut();
  calls.push(room.call("say", { n: 3 }));
  await until(() => repeated.events.length > 0, "they come again while it runs");
  await test.roundTrip();
  const opening = setInterval(() => test.open(), 1);
  await Promise.all(calls);
  clearInterval(opening);
  assertEquals(test.handled, [{ n: 1 }, { n: 2 }, { n: 3 }]);
});

withClients("a push of a channel that has failed is not sent again", async (test) => {
  const room = await test.join();
  const crash = assertRejects(() => room.call("crash", {}), ChannelClosedError, "the channel was lost");
  await crash;
  await until(() => test.joins.length === 2, "the client is back");
  const call = room.call("say", { n: 1 });
  await until(() => test.handled.length === 2, "the next push is handled");
  test.open();
  await call;
  assertEquals(test.handled, [{}, { n: 1 }]);
});

for (const client of CLIENTS) {
  const name = `a call outlives the token that its connection was opened with (phoenix ${client.version})`;
  Deno.test(name, sanitize, async () => {
    await using test = await setUp(client, { transport: WebSocket }, { firstTokenMs: 200 });
    const room = await test.join();
    const call = room.call("say", { n: 1 });
    await until(() => test.handled.length === 1, "the handler runs");
    await until(() => test.joins.length === 2, "the client is back");
    test.open();
    assertEquals(await call, { count: 1 });
    assertEquals(test.handled.length, 1);
  });
}

withClients("a push to a topic without history is not sent again", async (test) => {
  const room = await test.join("room:1");
  const call = assertRejects(() => room.call("say", { n: 1 }), ChannelClosedError, "the channel was lost");
  await until(() => test.handled.length === 1, "the handler runs");
  await test.cut();
  await call;
  test.open();
  await until(() => test.joins.length === 2, "the client is back");
  assertEquals(test.handled.length, 1);
});

withClients("a push that has no reply in time is not sent again", async (test) => {
  const room = await test.join();
  const statuses: string[] = [];
  const push = (room.channel as PhoenixChannel).push("say", { n: 1 }, 1);
  for (const status of ["ok", "timeout"] as const) push.receive(status, () => statuses.push(status));
  await until(() => statuses.length === 1, "the push has timed out");
  await test.cut();
  await until(() => test.joins.length === 2, "the client is back");
  test.open();
  await until(() => test.handled.length === 1, "it was handled");
  assertEquals([test.handled, statuses], [[{ n: 1 }], ["timeout"]]);
});

for (const client of CLIENTS.slice(0, 3)) {
  const name = `recover() gets bytes once whose position was cut off (phoenix ${client.version})`;
  Deno.test(name, sanitize, async () => {
    await using test = await setUp(client, { transport: CutAfterBytes });
    const { channel } = await test.join();
    const got: number[] = [];
    (channel as PhoenixChannel).on("drawn", (bytes) => void got.push(...new Uint8Array(bytes as ArrayBuffer)));
    CutAfterBytes.isArmed = true;
    for (const n of [1, 2]) test.endpoint.broadcast("kept:1", "drawn", Uint8Array.of(n));
    await until(() => got.includes(2), "the client is back");
    assertEquals([got, test.recoveries], [[1, 2], [{ kind: "recovered", missed: 2 }]]);
  });
}

/** A connection that breaks after the first message of bytes, if it is armed. */
class CutAfterBytes extends WebSocket {
  static isArmed = false;
  #isCut = false;

  override set onmessage(handler: ((this: WebSocket, event: MessageEvent) => unknown) | null) {
    super.onmessage = (event) => {
      if (this.#isCut) return;
      handler?.call(this, event);
      if (!CutAfterBytes.isArmed || typeof event.data === "string") return;
      CutAfterBytes.isArmed = false;
      this.#isCut = true;
      this.close(4000);
    };
  }
}

for (const client of CLIENTS) {
  Deno.test(`a call outlives a cut over long polling (phoenix ${client.version})`, sanitize, async () => {
    using _browser = withXMLHttpRequest();
    using _connections = withoutReuse();
    const LongPoll = await loadLongPoll(client);
    await using test = await setUp(client, { transport: LongPoll });
    const room = await test.join();
    const numbers = numbersOf(room.channel as PhoenixChannel);
    const call = room.call("say", { n: 1 });
    await until(() => test.handled.length === 1, "the handler runs");
    await test.cut();
    test.endpoint.broadcast("kept:1", "said", { n: 2 });
    await until(() => test.joins.length === 2, "the client is back");
    test.open();
    assertEquals(await call, { count: 1 });
    await until(() => numbers.length === 2, "both messages came");
    assertEquals([test.handled, numbers], [[{ n: 1 }], [1, 2]]);
  });
}

for (const client of CLIENTS) {
  Deno.test(`recover() notices a new session of long polling (phoenix ${client.version})`, sanitize, async () => {
    using _browser = withXMLHttpRequest();
    const LongPoll = await loadLongPoll(client);
    await using test = await setUp(client, { transport: LongPoll }, { id: "ann" });
    const room = await test.join();
    const numbers = numbersOf(room.channel as PhoenixChannel);
    const call = room.call("say", { n: 1 });
    await until(() => numbers.length === 1, "the handler runs");
    test.endpoint.broadcast("ann", "disconnect", {}); // as when the node is replaced: its next poll opens another session
    await until(() => test.endpoint.connectionCount === 0, "the session has ended");
    test.endpoint.broadcast("kept:1", "said", { n: 2 });
    await until(() => test.joins.length === 2, "the client has joined again");
    test.open();
    assertEquals(await call, { count: 1 });
    await until(() => numbers.length === 2, "both messages came");
    assertEquals([test.handled, numbers], [[{ n: 1 }], [1, 2]]);
  });
}

Deno.test("recover() refuses what is not of phoenix.js", () => {
  const error = assertThrows(() => recover({} as PhoenixChannel), TypeError);
  assert(error.message.includes("must be of phoenix.js 1.4 to 1.8"));
});
