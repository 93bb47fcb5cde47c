import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  type ChannelInvalidEvent,
  channelOf,
  type ChannelSocket,
  Endpoint,
  type IncomingPush,
  noreply,
  ok,
  onTelemetry,
  type RateLimit,
  replyError,
  Socket,
} from "@urvogel/realtime";
import { contract, type Schema } from "@urvogel/realtime/contract";
import { connect, JoinRefusedError, settle, type TestClient } from "@urvogel/realtime/testing";
import { type } from "arktype";
import * as v from "valibot";
import * as z from "zod";
import { nextTurn } from "../../../lib/base/pause.ts";
import { Crashes } from "../../support/crashes.ts";
import { schemaOf } from "../../support/schema_of.ts";

/** What the handlers of a test's channel got. */
type Got = unknown[];

/** Connects a client to a channel with one event, `say`, which replies what it got. */
async function connectTo(
  payload: Schema,
  got: Got = [],
  limits: { refusalRate?: RateLimit } = {},
): Promise<TestClient> {
  const room = contract({ in: { say: { payload } } });
  class Room extends channelOf(room) {
    override join() {
      return ok();
    }
    override handleIn = this.handlers({
      say: (payload, _socket, push) => {
        got.push(payload);
        return push.ref === null ? noreply() : replyError({ got: payload as number });
      },
    });
  }
  class RoomSocket extends Socket {
    override channels = { "room:*": Room };
    override refusalRate = limits.refusalRate as RateLimit;
    override connect() {
      return ok();
    }
  }
  return await connect(RoomSocket);
}

const INVALID = { reason: "invalid payload" };

const libraries: readonly (readonly [name: string, schema: Schema])[] = [
  ["zod", z.object({ text: z.string().min(1) })],
  ["valibot", v.object({ text: v.pipe(v.string(), v.minLength(1)) })],
  ["arktype", type({ text: "string > 0" })],
  [
    "an asynchronous schema",
    v.objectAsync({ text: v.pipeAsync(v.string(), v.checkAsync((t) => Promise.resolve(t !== ""))) }),
  ],
];

for (const [name, schema] of libraries) {
  Deno.test(`channelOf() passes a payload to its handler when it fits a schema of ${name}`, async () => {
    const got: Got = [];
    await using client = await connectTo(schema, got);
    const room = await client.join("room:1");
    await room.assertReply(room.push("say", { text: "hello" }), "error", { got: { text: "hello" } });
    assertEquals(got, [{ text: "hello" }]);
  });

  Deno.test(`channelOf() replies with the issues when a payload does not fit a schema of ${name}`, async () => {
    const got: Got = [];
    await using client = await connectTo(schema, got);
    const room = await client.join("room:1");
    const response = await room.assertReply(room.push("say", { text: "" }), "error", INVALID);
    const { issues } = response as { issues: { path: unknown; message: unknown }[] };
    assertEquals(issues.map(({ path }) => path), [["text"]]);
    assertEquals(Object.keys(issues[0]!), ["message", "path"]);
    assertEquals(got, []);
    await room.assertReply(room.push("say", { text: "still here" }), "error", { got: { text: "still here" } });
  });
}

Deno.test("channelOf() passes what the schema makes of a payload", async () => {
  const got: Got = [];
  await using client = await connectTo(z.object({ at: z.coerce.date() }), got);
  const room = await client.join("room:1");
  room.push("say", { at: "2026-01-01T00:00:00Z", more: 1 });
  await settle();
  assertEquals(got, [{ at: new Date("2026-01-01T00:00:00Z") }]);
});

Deno.test("channelOf() refuses an event that the contract does not have, and goes on", async () => {
  await using client = await connectTo(z.object({}));
  const room = await client.join("room:1");
  for (const event of ["shout", "*", "toString", "__proto__"]) {
    const ref = room.push(event, {});
    assertEquals(await room.assertReply(ref, "error"), { reason: "unmatched event" });
  }
});

Deno.test("channelOf() refuses all events when the contract has none", async () => {
  class Feed extends channelOf(contract({ out: { news: { payload: z.object({}) } } })) {
    override join() {
      return ok();
    }
  }
  class FeedSocket extends Socket {
    override channels = { feed: Feed };
    override connect() {
      return ok();
    }
  }
  await using client = await connect(FeedSocket);
  const feed = await client.join("feed");
  await feed.assertReply(feed.push("say"), "error", { reason: "unmatched event" });
});

/** A channel whose join takes parameters. */
async function connectWith(params: Schema, join: (params: unknown) => void = () => {}): Promise<TestClient> {
  class Room extends channelOf(contract({ join: { params } })) {
    override join(_topic: string, params: unknown) {
      join(params);
      return ok();
    }
  }
  class RoomSocket extends Socket {
    override channels = { "room:*": Room };
    override connect() {
      return ok();
    }
  }
  return await connect(RoomSocket);
}

async function refusalOf(client: TestClient, params: unknown): Promise<unknown> {
  try {
    await client.join("room:1", params);
  } catch (error) {
    if (error instanceof JoinRefusedError) return error.response;
    throw error;
  }
  return undefined;
}

const nick = z.strictObject({ nick: z.string().trim() });
const asyncNick = v.pipeAsync(
  v.strictObject({ nick: v.pipe(v.string(), v.trim()) }),
  v.checkAsync(() => Promise.resolve(true)),
);

for (const [name, schema] of [["a schema", nick], ["an asynchronous schema", asyncNick]] as const) {
  Deno.test(`channelOf() passes what ${name} makes of a join's parameters, without those of the library`, async () => {
    const got: Got = [];
    await using client = await connectWith(schema, (params) => got.push(params));
    await client.join("room:1", { nick: " ann ", since: "12" });
    assertEquals(got, [{ nick: "ann" }]);
  });

  Deno.test(`channelOf() refuses a join when its parameters do not fit ${name}`, async () => {
    const got: Got = [];
    await using client = await connectWith(schema, (params) => got.push(params));
    const { reason, issues } = await refusalOf(client, { nick: 1 }) as { reason: string; issues: { path: unknown }[] };
    assertEquals([reason, issues.map(({ path }) => path)], ["invalid payload", [["nick"]]]);
    assertEquals(got, []);
    await client.join("room:1", { nick: "ann" });
  });
}

Deno.test("channelOf() with history passes parameters without those of the library, if the contract has none", async () => {
  const got: Got = [];
  class Room extends channelOf(contract({})) {
    override history = {};
    override join(_topic: string, params: unknown) {
      got.push(params);
      return ok();
    }
  }
  class RoomSocket extends Socket {
    override channels = { "room:*": Room };
    override connect() {
      return ok();
    }
  }
  const endpoint = new Endpoint({ sockets: { "/socket": RoomSocket } });
  await using client = await connect(endpoint);
  await client.join("room:1", { nick: "ann", since: "last:20" });
  assertEquals(got, [{ nick: "ann" }]);
  await endpoint.shutdown();
});

Deno.test("channelOf() with history: ok() takes options beside the reply of a contract, or beside none", async () => {
  class Silent extends channelOf(contract({})) {
    override history = {};
    override join() {
      return ok(undefined, { since: false });
    }
  }
  class Greeting extends channelOf(contract({ join: { reply: z.object({ nick: z.string() }) } })) {
    override history = {};
    override join() {
      return ok({ nick: "ann" }, { since: false });
    }
  }
  class RoomSocket extends Socket {
    override channels = { silent: Silent, greeting: Greeting };
    override connect() {
      return ok();
    }
  }
  const endpoint = new Endpoint({ sockets: { "/socket": RoomSocket }, validateOut: true });
  for (const [topic, response] of [["silent", {}], ["greeting", { nick: "ann" }]] as const) {
    await using client = await connect(endpoint);
    await client.join(topic, { since: "last:20" });
    const [reply, state] = client.frames.map((frame) => JSON.parse(frame as string));
    assertEquals(reply.at(-1), { status: "ok", response });
    assertEquals([state[3], state[4].recovered], ["history_state", false]);
  }
  await endpoint.shutdown();
});

Deno.test("channelOf() does not call join when its client has left while a schema waits", async () => {
  const got: Got = [];
  const { promise, resolve } = Promise.withResolvers<unknown>();
  await using client = await connectWith(schemaOf(() => promise), (params) => got.push(params));
  client.send({ joinRef: "1", topic: "room:1", event: "phx_join" });
  client.send({ joinRef: "1", topic: "room:1", event: "phx_leave" });
  resolve({ value: {} });
  await nextTurn();
  assertEquals(got, []);
});

Deno.test("channelOf() keeps the order of messages when a schema is asynchronous", async () => {
  const waiting: ((result: unknown) => void)[] = [];
  const got: Got = [];
  await using client = await connectTo(
    schemaOf((value) => value === "slow" ? new Promise((resolve) => waiting.push(resolve)) : { value }),
    got,
  );
  const room = await client.join("room:1");
  for (const payload of ["slow", "a", "slow", "b"]) room.push("say", payload);
  while (got.length < 4) {
    await settle({ timeoutMs: 0 });
    waiting.shift()?.({ value: "late" });
  }
  assertEquals(got, ["late", "a", "late", "b"]);
});

Deno.test("channelOf() does not handle a message when its channel has ended while a schema waits", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const got: Got = [];
  await using client = await connectTo(schemaOf(() => promise), got);
  const room = await client.join("room:1");
  room.push("say", 1);
  await nextTurn(); // its schema waits
  await client.join("room:1"); // replaces the channel
  resolve({ value: 1 });
  await nextTurn(); // nothing waits for the channel that has ended
  assertEquals(got, []);
});

const failing: [what: string, validate: () => unknown][] = [
  ["throws", () => {
    throw new Error("boom");
  }],
  ["is rejected", () => Promise.reject(new Error("boom"))],
  ["returns nothing", () => undefined],
  ["resolves to nothing", () => Promise.resolve(null)],
];

for (const [what, validate] of failing) {
  Deno.test(`channelOf() reports a schema that ${what}, and goes on`, async () => {
    using crashes = new Crashes();
    await using client = await connectTo(schemaOf((value) => value === "good" ? { value } : validate()));
    const room = await client.join("room:1");
    const ref = room.push("say", "bad");
    assertEquals(await room.assertReply(ref, "error"), { reason: "validation crashed" });
    await room.assertReply(room.push("say", "good"), "error", { got: "good" });
    assertEquals(crashes.reports.map(({ during }) => during), ['the schema of "say"']);
  });

  Deno.test(`channelOf() refuses a join when its schema ${what}`, async () => {
    using crashes = new Crashes();
    await using client = await connectWith(schemaOf(validate));
    assertEquals(await refusalOf(client, {}), { reason: "join crashed" });
    assertEquals(crashes.reports.map(({ during }) => during), ["init"]);
  });
}

Deno.test("channelOf() counts what it refuses towards the refusalRate", async () => {
  await using client = await connectTo(z.number(), [], { refusalRate: { perSecond: 1, burst: 3 } });
  const room = await client.join("room:1");
  for (let i = 0; i < 2; i++) await room.assertReply(room.push("say", "no"), "error", INVALID);
  await room.assertReply(room.push("shout"), "error");
  const ref = room.push("say", "no");
  await client.assertClosed(4429);
  await room.refuteReply(ref, "error");
});

/** Collects what `urvogel:channel:invalid` reports. */
function listen(): { events: ChannelInvalidEvent[] } & Disposable {
  const events: ChannelInvalidEvent[] = [];
  const subscription = onTelemetry("urvogel:channel:invalid", (event) => void events.push(event));
  return { events, [Symbol.dispose]: () => subscription[Symbol.dispose]() };
}

Deno.test("channelOf() reports what it refuses, without secrets", async () => {
  using heard = listen();
  const schema = v.object({ name: v.string(), password: v.pipe(v.string(), v.minLength(50)) });
  await using client = await connectTo(schema);
  const room = await client.join("room:1");
  await room.assertReply(room.push("say", { name: 1, password: "hunter2" }), "error");
  await room.assertReply(room.push("shout"), "error");
  assertEquals(
    heard.events.map(({ channel, topic, event, reason, issues }) => ({ channel, topic, event, reason, issues })),
    [
      {
        channel: "Room",
        topic: "room:1",
        event: "say",
        reason: "invalid payload",
        issues: [
          { message: "Invalid type: Expected string but received 1", path: ["name"] },
          { message: "[redacted]", path: ["password"] },
        ],
      },
      { channel: "Room", topic: "room:1", event: "shout", reason: "unmatched event", issues: [] },
    ],
  );
});

Deno.test("channelOf() does not report a refused message as handled", async () => {
  const handled: unknown[] = [];
  using _ = onTelemetry("urvogel:channel:handled_in", ({ event, params }) => void handled.push([event, params]));
  await using client = await connectTo(z.number().transform(String));
  const room = await client.join("room:1");
  await room.assertReply(room.push("say", "no"), "error", INVALID);
  await room.assertReply(room.push("say", 1), "error", { got: "1" });
  assertEquals(handled, [["say", 1]]);
});

Deno.test("channelOf() lets a push be answered later, and shows it as it was sent", async () => {
  const pushes: IncomingPush[] = [];
  const sockets: ChannelSocket<object, typeof room>[] = [];
  const room = contract({ in: { add: { payload: z.number().transform(String), reply: z.object({ n: z.number() }) } } });
  class Room extends channelOf(room) {
    override join() {
      return ok();
    }
    override handleIn = this.handlers({
      add: (_payload, socket, push) => {
        pushes.push(push);
        sockets.push(socket);
        return noreply();
      },
    });
  }
  class RoomSocket extends Socket {
    override channels = { room: Room };
    override connect() {
      return ok();
    }
  }
  await using client = await connect(RoomSocket);
  const channel = await client.join("room");
  const ref = channel.push("add", 1);
  await settle();
  pushes[0]?.socketRef().reply({ n: 2 });
  await channel.assertReply(ref, "ok", { n: 2 });
  assertEquals(pushes[0]?.payload, 1);
  sockets[0]?.push("presence_state", {}); // an event of the library
  await channel.assertPush("presence_state");
});

Deno.test("channelOf() refuses what is no contract", () => {
  assertThrows(() => channelOf({ in: { say: {} } } as never), TypeError, 'in["say"] has no "payload"');
});

const payloads = fc.oneof(fc.record({ n: fc.integer(), tags: fc.array(fc.string()) }), fc.jsonValue());
const exact = z.strictObject({ n: z.int(), tags: z.array(z.string()) });

Deno.test("channelOf() passes a payload to its handler if and only if it is valid", async () => {
  const got: Got = [];
  await using client = await connectTo(exact, got);
  const room = await client.join("room:1");
  await fc.assert(fc.asyncProperty(payloads, async (payload) => {
    got.length = 0;
    const sent: unknown = JSON.parse(JSON.stringify(payload));
    const isValid = exact.safeParse(sent).success;
    const ref = room.push("say", sent);
    const response = await room.assertReply(ref, "error") as { reason?: string };
    assertEquals(got, isValid ? [sent] : []);
    assert(isValid || response.reason === "invalid payload");
  }));
});
