import { assertEquals } from "@std/assert";
import {
  Channel,
  channelOf,
  type ChannelSocket,
  type IncomingPush,
  type JsonOrBytes,
  MemoryHistory,
  noreply,
  ok,
  type Params,
  PubSub,
  type PushRepeatedEvent,
  reply,
  replyError,
  Socket,
  type SocketRef,
} from "@urvogel/realtime";
import { contract } from "@urvogel/realtime/contract";
import * as z from "zod";
import { History } from "../../../lib/history/history.ts";
import { type FakeClient, FakeServer, settle } from "../../support/fake_client.ts";
import { Crashes } from "../../support/crashes.ts";
import { Collected } from "../../support/telemetry.ts";

const TOPIC = "room:1";

/** A server whose handlers wait for the test. */
class Handled {
  readonly payloads: unknown[] = [];
  readonly keys: unknown[] = [];
  readonly refs: SocketRef[] = [];
  readonly gate = Promise.withResolvers<void>();

  socket(): Socket<{ id: string | null }> {
    const { payloads, keys, refs, gate } = this;
    const note = (payload: JsonOrBytes, push: IncomingPush) => {
      payloads.push(payload);
      keys.push(push.key);
    };
    class RoomChannel extends Channel {
      override shutdownMs = 0;
      override history = { maxMessages: 10 };
      override join() {
        return ok();
      }
      override handleIn = this.handlers({
        say: (payload, _socket, push) => {
          note(payload, push);
          return reply({ count: payloads.length });
        },
        wait: async (payload, _socket, push) => {
          note(payload, push);
          await gate.promise;
          return reply({ count: payloads.length });
        },
        refuse: (payload, _socket, push) => {
          note(payload, push);
          return replyError({ reason: "no" });
        },
        silent: (payload, _socket, push) => {
          note(payload, push);
          return noreply();
        },
        later: (payload, _socket, push) => {
          note(payload, push);
          refs.push(push.socketRef());
          return noreply();
        },
        crash: (payload, _socket, push) => {
          note(payload, push);
          throw new Error("asked to");
        },
        publish: async (payload, socket: ChannelSocket, push) => {
          note(payload, push);
          await socket.publish("said", payload as object, { key: push.key });
          return reply();
        },
      });
    }
    return new (class extends Socket<{ id: string | null }> {
      override channels = { "room:*": RoomChannel };
      override connect({ id }: Params) {
        return ok({ id: typeof id === "string" ? id : null });
      }
      override id({ id }: { id: string | null }) {
        return id;
      }
    })();
  }
}

const ID = { id: "ann" };

async function joined(server: FakeServer<{ id: string | null }>, params: Record<string, string> = ID) {
  const client = await server.connect(params);
  await client.join(TOPIC);
  return client;
}

interface Reply {
  readonly status: string;
  readonly response: { readonly [field: string]: unknown };
}

function repliesOf(client: FakeClient): [ref: unknown, reply: Reply][] {
  return (client.take() as [unknown, unknown, unknown, string, Reply][])
    .filter(([, , , event]) => event === "phx_reply").map(([, ref, , , payload]) => [ref, payload]);
}

Deno.test("a push that comes again is not handled again, and gets the first reply", async () => {
  using repeated = new Collected<PushRepeatedEvent>("urvogel:channel:push_repeated");
  const handled = new Handled();
  using server = new FakeServer(handled.socket());
  const first = await joined(server);
  await first.send("1", "7~page.1", TOPIC, "say", { n: 1 });
  await first.send("1", "8", TOPIC, "say", { n: 2 }); // without a key
  first.hangUp();
  await settle();
  const second = await joined(server);
  await second.send("1", "2~page.1", TOPIC, "say", { n: 1 });
  await second.send("1", "8", TOPIC, "say", { n: 2 });
  assertEquals(repliesOf(second), [
    ["2~page.1", { status: "ok", response: { count: 1 } }],
    ["8", { status: "ok", response: { count: 3 } }],
  ]);
  assertEquals(handled.payloads, [{ n: 1 }, { n: 2 }, { n: 2 }]);
  assertEquals(handled.keys, ["~page.1", undefined, undefined]);
  assertEquals(repeated.events, [{ topic: TOPIC, event: "say", isReplied: true }]);
});

Deno.test("a push that comes again while it is handled gets the reply", async () => {
  const handled = new Handled();
  using server = new FakeServer(handled.socket());
  const first = await joined(server);
  await first.send("1", "7~page.1", TOPIC, "wait", {});
  const second = await joined(server);
  await second.send("1", "2~page.1", TOPIC, "wait", {});
  assertEquals(repliesOf(second), []);
  handled.gate.resolve();
  await settle();
  assertEquals(repliesOf(second), [["2~page.1", { status: "ok", response: { count: 1 } }]]);
  assertEquals(handled.payloads.length, 1);
});

Deno.test("a push of another client with the same key is handled", async () => {
  const handled = new Handled();
  using server = new FakeServer(handled.socket());
  for (const id of ["ann", "bob"]) await (await joined(server, { id })).send("1", "7~page.1", TOPIC, "say", { id });
  assertEquals(handled.payloads, [{ id: "ann" }, { id: "bob" }]);
});

Deno.test("an error reply is repeated, too", async () => {
  const handled = new Handled();
  using server = new FakeServer(handled.socket());
  await (await joined(server, {})).send("1", "7~page.1", TOPIC, "refuse", {});
  const second = await joined(server, {});
  await second.send("1", "2~page.1", TOPIC, "refuse", {});
  assertEquals(repliesOf(second), [["2~page.1", { status: "error", response: { reason: "no" } }]]);
  assertEquals(handled.payloads.length, 1);
});

Deno.test.each(["crash", "silent"])("a push that comes again after %s without a reply gets an error", async (event) => {
  using _silent = new Crashes();
  const handled = new Handled();
  using server = new FakeServer(handled.socket());
  const first = await joined(server);
  await first.send("1", "7~page.1", TOPIC, event, {});
  first.hangUp();
  await settle();
  const second = await joined(server);
  await second.send("1", "2~page.1", TOPIC, event, {});
  assertEquals(repliesOf(second), [["2~page.1", { status: "error", response: { reason: "push not answered" } }]]);
  assertEquals(handled.payloads.length, 1);
});

Deno.test("a copy gets the reply of a SocketRef, also when the first channel has ended", async () => {
  const handled = new Handled();
  using server = new FakeServer(handled.socket());
  const first = await joined(server);
  await first.send("1", "7~page.1", TOPIC, "later", {});
  first.hangUp();
  await settle();
  const second = await joined(server);
  await second.send("1", "2~page.1", TOPIC, "later", {});
  handled.refs[0]!.reply({ late: true });
  assertEquals(repliesOf(second), [["2~page.1", { status: "ok", response: { late: true } }]]);
  assertEquals(handled.refs.length, 1);
});

Deno.test("a push that was never handled is handled when it comes again, before or after its channel ends", async () => {
  for (const isBefore of [true, false]) {
    const handled = new Handled();
    using server = new FakeServer(handled.socket());
    const first = await joined(server);
    await first.send("1", "7~page.1", TOPIC, "wait", { n: 1 });
    await first.send("1", "8~page.2", TOPIC, "say", { n: 2 }); // waits behind it
    const second = await joined(server);
    if (isBefore) await second.send("1", "2~page.2", TOPIC, "say", { n: 2 });
    for (const channel of server.channels) if (!isSecond(channel, server)) channel.exit("kill");
    await settle();
    if (!isBefore) await second.send("1", "2~page.2", TOPIC, "say", { n: 2 });
    assertEquals(repliesOf(second), [["2~page.2", { status: "ok", response: { count: 2 } }]], `${isBefore}`);
    assertEquals(handled.payloads, [{ n: 1 }, { n: 2 }]);
  }
});

Deno.test.each(["1", "2"])(
  "a push is handled after those before it that come again, of which %s are handled",
  async (late) => {
    const handled = new Handled();
    using server = new FakeServer(handled.socket());
    const first = await joined(server);
    await first.send("1", "7~page.1", TOPIC, "wait", { n: 1 });
    if (late === "1") await first.send("1", "8~page.2", TOPIC, "say", { n: 2 }); // waits behind it
    const second = await joined(server);
    await second.send("1", "2~page.1", TOPIC, "wait", { n: 1 });
    await second.send("1", "3~page.2", TOPIC, "say", { n: 2 });
    await second.send("1", "4~page.3", TOPIC, "say", { n: 3 });
    if (late === "2") await first.send("1", "8~page.2", TOPIC, "say", { n: 2 }); // was on its way for longer
    assertEquals(handled.payloads, [{ n: 1 }]);
    handled.gate.resolve();
    await settle();
    assertEquals(handled.payloads, [{ n: 1 }, { n: 2 }, { n: 3 }]);
    assertEquals(repliesOf(second).map(([ref]) => ref), ["2~page.1", "3~page.2", "4~page.3"]);
  },
);

Deno.test("a push that was never handled is handled by the next copy whose channel still runs", async () => {
  const handled = new Handled();
  using server = new FakeServer(handled.socket());
  const clients: FakeClient[] = [];
  for (let n = 0; n < 4; n++) {
    const client = await joined(server);
    clients.push(client);
    await client.send("1", `${n}~page.1`, TOPIC, "wait", { n: 1 });
    await client.send("1", `${n}~page.2`, TOPIC, "say", { n: 2 });
  }
  const [first, second, third] = server.channels;
  second!.exit("kill");
  await settle();
  first!.exit("kill");
  third!.exit("kill"); // in the same turn: it has just become the one to handle it
  await settle();
  assertEquals(handled.payloads, [{ n: 1 }, { n: 2 }]);
  assertEquals(repliesOf(clients[3]!), [
    ["3~page.1", { status: "error", response: { reason: "push not answered" } }],
    ["3~page.2", { status: "ok", response: { count: 2 } }],
  ]);
});

Deno.test("a handler that keeps a reference for its reply does not hold up what follows its copy", async () => {
  const handled = new Handled();
  using server = new FakeServer(handled.socket());
  await (await joined(server)).send("1", "7~page.1", TOPIC, "later", { n: 1 });
  const second = await joined(server);
  await second.send("1", "2~page.1", TOPIC, "later", { n: 1 });
  await second.send("1", "3~page.2", TOPIC, "say", { n: 2 });
  handled.refs[0]!.reply({ late: true });
  assertEquals(repliesOf(second).map(([ref]) => ref), ["3~page.2", "2~page.1"]);
});

/** Whether a channel is the one that joined last. */
function isSecond(channel: unknown, server: { channels: Iterable<unknown> }): boolean {
  return [...server.channels].at(-1) === channel;
}

Deno.test("a message that a push publishes counts once, also if another node handles the push again", async () => {
  const handled = new Handled();
  const pubsub = new PubSub();
  const engine = new MemoryHistory();
  const history = new History({ pubsub, engine });
  const keep = { maxMessages: 10, maxAgeMs: 60_000, maxBytes: 1_000_000 };
  history.declare([{ pattern: "room:*", keep, exclude: [] }]);
  for (const ref of ["7~page.1", "2~page.1", "3~page.2"]) {
    using node = new FakeServer(handled.socket(), pubsub); // remembers nothing of the node before it
    const client = await joined(node);
    await client.send("1", ref, TOPIC, "publish", { n: 1 });
    assertEquals(repliesOf(client), [[ref, { status: "ok", response: {} }]]);
  }
  assertEquals(handled.payloads.length, 3);
  const { messages } = engine.read(TOPIC, 0, keep);
  assertEquals(messages.map(({ key }) => key), ["~page.1", "~page.2"]);
  history.stop();
});

Deno.test("a copy gets its reply from a channel whose replies are checked, too", async () => {
  const word = z.object({ text: z.string().max(5) });
  const room = contract({ in: { say: { payload: word, reply: word }, later: { payload: word, reply: word } } });
  const texts: string[] = [];
  const refs: SocketRef[] = [];
  class RoomChannel extends channelOf(room) {
    override join() {
      return ok();
    }
    override handleIn = this.handlers({
      say: ({ text }) => {
        texts.push(text);
        return reply({ text });
      },
      later: ({ text }, _socket, push) => {
        texts.push(text);
        refs.push(push.socketRef());
        return noreply();
      },
    });
  }
  class RoomSocket extends Socket {
    override channels = { "room:*": RoomChannel };
    override connect() {
      return ok();
    }
  }
  using server = new FakeServer(new RoomSocket(), new PubSub(), { validateOut: true });
  const clients: FakeClient[] = [];
  for (let n = 0; n < 2; n++) {
    const client = await server.connect();
    await client.join(TOPIC);
    clients.push(client);
    await client.send("1", `${n}~page.1`, TOPIC, "say", { text: "hello" });
    await client.send("1", `${n}~page.2`, TOPIC, "later", { text: "later" });
    await client.send("1", `${n}~page.3`, TOPIC, "say", { text: "too long" });
  }
  refs[0]!.reply({ text: "there" });
  assertEquals(repliesOf(clients[1]!).map(([ref, { status, response }]) => [ref, status, response.text]), [
    ["1~page.1", "ok", "hello"],
    ["1~page.3", "error", undefined],
    ["1~page.2", "ok", "there"],
  ]);
  assertEquals([texts, refs.length], [["hello", "later"], 1]);
});
