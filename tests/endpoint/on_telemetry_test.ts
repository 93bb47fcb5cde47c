import { assert, assertEquals, assertMatch, assertRejects, fail } from "@std/assert";
import { channel } from "node:diagnostics_channel";
import { FakeTime } from "@std/testing/time";
import { stub } from "@std/testing/mock";
import {
  Endpoint,
  Mailbox,
  onTelemetry,
  refuse,
  type SocketDriver,
  spawn,
  type TelemetryEvents,
} from "@urvogel/realtime";
import { connect, ConnectRefusedError, settle } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";
import { door, SpokenSocket } from "../support/spoken_app.ts";

/** Events of one kind, until disposed. */
class Heard<K extends keyof TelemetryEvents> implements Disposable {
  readonly events: TelemetryEvents[K][] = [];
  readonly #end: () => void;

  constructor(name: K) {
    this.#end = onTelemetry(name, (event) => void this.events.push(event));
  }

  [Symbol.dispose](): void {
    this.#end();
  }
}

Deno.test("onTelemetry() ends by a call, and with `using`", () => {
  const events = channel("urvogel:socket:failed");
  const heard: string[] = [];
  const end = onTelemetry("urvogel:socket:failed", ({ error }) => void heard.push(error.message));
  {
    using _also = onTelemetry("urvogel:socket:failed", ({ error }) => void heard.push(`also ${error.message}`));
    events.publish({ error: new Error("a") });
  }
  events.publish({ error: new Error("b") });
  end();
  end();
  assertEquals(events.hasSubscribers, false);
  assertEquals(heard, ["a", "also a", "b"]);
});

Deno.test("onTelemetry() prints what a listener throws, and calls the others", () => {
  using error = stub(console, "error");
  using _broken = onTelemetry("urvogel:socket:failed", () => {
    throw new Error("Cannot listen");
  });
  using heard = new Heard("urvogel:socket:failed");
  channel("urvogel:socket:failed").publish({ error: new Error("a") });
  assertEquals(heard.events.length, 1);
  assertMatch(
    error.calls[0]?.args[0],
    / error \[urvogel\] a listener of urvogel:socket:failed failed: Error: Cannot listen\n/,
  );
});

Deno.test("onTelemetry() prints what the promise of an async listener is rejected with, and the program goes on", async () => {
  using error = stub(console, "error");
  using _ = onTelemetry("urvogel:endpoint:drain", async () => {
    await Promise.resolve();
    throw new Error("no collector");
  });
  channel("urvogel:endpoint:drain").publish({ count: 1, total: 1, batch: 1 });
  await settle();
  assertEquals(error.calls.length, 1);
  assertMatch(error.calls[0]?.args[0], / a listener of urvogel:endpoint:drain failed: Error: no collector\n/);
});

Deno.test("urvogel:socket:connected tells what a socket decided, without secrets", async () => {
  using heard = new Heard("urvogel:socket:connected");
  await using _client = await connect(SpokenSocket, { name: "ann", userToken: "sesame" }, {
    connectInfo: { peerData: { hostname: "10.0.0.1", port: 5 }, traceContextHeaders: new Map([["traceparent", "00"]]) },
  });
  await assertRejects(() => connect(SpokenSocket, { name: "nobody" }), ConnectRefusedError);
  await assertRejects(() => connect(SpokenSocket, { name: "broken" }), Error, "broken");
  assertEquals(
    heard.events.map(({ result, socketId }) => [result, socketId]),
    [["ok", "user:ann"], ["refused", undefined], ["failed", undefined]],
  );
  const [{ socket, transport, vsn, params, peer, traceContextHeaders, durationMs } = fail()] = heard.events;
  assertEquals([socket, transport, vsn], ["SpokenSocket", "test", "2.0.0"]);
  assertEquals({ ...params as object }, { vsn: "2.0.0", name: "ann", userToken: "[redacted]" });
  assertEquals(peer, { hostname: "10.0.0.1", port: 5 });
  assertEquals(traceContextHeaders.get("traceparent"), "00");
  assert(durationMs >= 0);
});

Deno.test("urvogel:socket:connected tells of a driver without channels, by its path", async () => {
  using heard = new Heard("urvogel:socket:connected");
  const driver: SocketDriver = { connect: () => refuse({ because: "of you", token: "sesame" }) };
  const endpoint = new Endpoint({ sockets: { "/raw": driver } });
  await assertRejects(() => connect(endpoint, {}, { path: "/raw" }), ConnectRefusedError);
  const reason = { because: "of you", token: "[redacted]" };
  assertEquals(heard.events.map(({ socket, result, reason }) => [socket, result, reason]), [[
    "/raw",
    "refused",
    reason,
  ]]);
});

Deno.test("urvogel:channel:joined tells what became of a join, without secrets", async () => {
  using heard = new Heard("urvogel:channel:joined");
  using _crashes = new Crashes();
  await using client = await connect(SpokenSocket);
  await client.join("room:open", { password: "sesame", colour: "red" });
  await assertRejects(() => client.join("room:closed"));
  await assertRejects(() => client.join("room:broken"));
  assertEquals(
    heard.events.map(({ socket, result, reason }) => [socket.topic, result, reason]),
    [["room:open", "ok", undefined], ["room:closed", "refused", { reason: "closed" }], [
      "room:broken",
      "crashed",
      undefined,
    ]],
  );
  const [{ channel, socket, params } = fail()] = heard.events;
  assertEquals(channel, "SpokenChannel");
  assertEquals(socket.id, "user:ann");
  assertEquals(params, { password: "[redacted]", colour: "red" });
});

Deno.test("urvogel:channel:joined tells of a join whose client did not wait for it", async () => {
  using heard = new Heard("urvogel:channel:joined");
  const client = await connect(SpokenSocket);
  client.send({ topic: "room:slow", event: "phx_join", joinRef: "1" });
  await client.close();
  assertEquals(heard.events.map(({ result }) => result), ["abandoned"]);
  door.open();
});

Deno.test("urvogel:channel:handled_in measures an asynchronous handler until it settles", async () => {
  using time = new FakeTime();
  using _clock = stub(performance, "now", () => Date.now());
  using heard = new Heard("urvogel:channel:handled_in");
  await using client = await connect(SpokenSocket);
  const room = await client.join("room:open");
  const ref = room.push("wait", { secret: "sesame" });
  await time.tickAsync(40);
  assertEquals(heard.events.length, 0);
  door.open();
  await room.assertReply(ref, "ok");
  const [{ event, ref: heardRef, result, durationMs, params } = fail()] = heard.events;
  assertEquals([event, heardRef, result, durationMs], ["wait", ref, "ok", 40]);
  assertEquals(params, { secret: "[redacted]" });
});

Deno.test("urvogel:channel:handled_in tells of handlers that fail", async () => {
  using heard = new Heard("urvogel:channel:handled_in");
  using crashes = new Crashes();
  await using client = await connect(SpokenSocket);
  const room = await client.join("room:open");
  room.push("echo");
  room.push("fail");
  await room.assertPush("phx_error");
  assertEquals(heard.events.map(({ event, result }) => [event, result]), [["echo", "ok"], ["fail", "failed"]]);
  assertEquals(crashes.messages, ["Cannot handle: broken"]);
});

Deno.test("what goes out is told with its size", async () => {
  using pushed = new Heard("urvogel:channel:pushed");
  using replied = new Heard("urvogel:channel:replied");
  using broadcast = new Heard("urvogel:pubsub:broadcast");
  const endpoint = new Endpoint({ sockets: { "/socket": SpokenSocket } });
  await using ann = await connect(endpoint, { name: "ann" });
  await using bob = await connect(endpoint, { name: "bob" });
  const room = await ann.join("room:open");
  await bob.subscribeAndJoin("room:open");
  const before = ann.frames.length;
  room.push("push", { text: "é" });
  const ref = room.push("echo", {});
  room.push("shout", { text: "é" });
  await room.assertPush("shouted");
  const bytes = ann.frames.slice(before).map((frame) => new TextEncoder().encode(String(frame)).length);
  const topic = "room:open";
  assertEquals(pushed.events, [{ topic, event: "pushed", bytes: bytes[0] }]);
  assertEquals<unknown>(replied.events, [{ topic, ref, status: "ok", bytes: bytes[1] }]);
  const payload = { text: "é" };
  assertEquals(broadcast.events, [{
    topic,
    event: "shouted",
    payload,
    clients: 2,
    processes: 1,
    bytes: bytes[2] ?? NaN,
  }]);
});

Deno.test("urvogel:process:queue_grown tells of a queue each time it has doubled", async () => {
  using heard = new Heard("urvogel:process:queue_grown");
  const gate = Promise.withResolvers<void>();
  const pid = spawn<number>(async (mailbox) => {
    await gate.promise;
    for await (const message of mailbox) if (message === -1) return;
  });
  for (let i = 0; i < 300; i++) pid.send(i);
  gate.resolve();
  await settle();
  for (let i = 0; i < 300; i++) pid.send(i); // as long as before: nothing new
  pid.send(-1);
  assertEquals(heard.events, [{ pid, length: 128 }, { pid, length: 256 }]);
  await settle();
});

Deno.test("urvogel:process:message_dropped tells which message is lost", async () => {
  using heard = new Heard("urvogel:process:message_dropped");
  const idle = (mailbox: AsyncIterable<string>) => Array.fromAsync(mailbox).then(() => {});
  const dropsOldest = spawn<string>(idle, { mailbox: { capacity: 1, overflow: "dropOldest" } });
  const dropsNewest = spawn<string>(idle, { mailbox: { capacity: 1, overflow: "dropNewest" } });
  for (const message of ["a", "b"]) {
    dropsOldest.send(message);
    dropsNewest.send(message);
  }
  assertEquals(heard.events, [
    { pid: dropsOldest, message: "a", policy: "dropOldest" },
    { pid: dropsNewest, message: "b", policy: "dropNewest" },
  ]);
  using ofNobody = new Mailbox<string>({ capacity: 1, overflow: "dropNewest" });
  for (const message of ["a", "b"]) ofNobody.post(message);
  assertEquals(heard.events.length, 2);
  for (const pid of [dropsOldest, dropsNewest]) pid.exit("shutdown");
  await settle();
});
