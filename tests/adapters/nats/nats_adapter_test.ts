import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { Broadcast, BusDownError, TooLargeError } from "@urvogel/realtime";
import { natsAdapter } from "@urvogel/realtime/nats";
import { connect } from "@nats-io/transport-node";
import { nextTurn } from "../../../lib/base/pause.ts";
import { encodeEnvelope } from "../../../lib/pubsub/envelope.ts";
import { Subjects } from "../../../lib/pubsub/subject.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startNats } from "../../support/engines/nats.ts";
import { until } from "../../support/until.ts";
import { NotingNode } from "./noting_node.ts";

const nats = (name: string, fn: () => Promise<void>) => engineTest("nats", name, fn);

nats("natsAdapter() carries broadcasts to the nodes that subscribed to the topic, but not back", async () => {
  await using engine = await startNats();
  await using a = await NotingNode.start({ servers: engine.url });
  await using b = await NotingNode.start({ servers: engine.url });
  await using c = await NotingNode.start({ servers: engine.url });
  await a.adapter.subscribe("room:1");
  await b.adapter.subscribe("room:1");
  await c.adapter.subscribe("room:2");
  a.broadcast("room:1", "hello", { n: 1 });
  a.broadcast("room:2", "end");
  await until(() => c.received.length > 0, "c receives");
  await until(() => b.received.length > 0, "b receives");
  assertEquals([a.events, b.events, c.events], [[], ["hello"], ["end"]]);
  assertEquals(b.received[0]?.payload, { n: 1 });
});

nats("subscribe() resolves when nothing is missed any more", async () => {
  await using engine = await startNats();
  await using a = await NotingNode.start({ servers: engine.url });
  await using b = await NotingNode.start({ servers: engine.url });
  const rounds = 200;
  for (let i = 0; i < rounds; i++) {
    await b.adapter.subscribe(`t${i}`);
    a.broadcast(`t${i}`, "x");
  }
  await until(() => b.received.length === rounds, () => `all arrive, of ${rounds} did ${b.received.length}`);
});

nats("10,000 topics are subscribed and unsubscribed", async () => {
  await using engine = await startNats();
  await using a = await NotingNode.start({ servers: engine.url });
  await using b = await NotingNode.start({ servers: engine.url });
  const topics = Array.from({ length: 10_000 }, (_, i) => `room:${i}`);
  await Promise.all(topics.map((topic) => b.adapter.subscribe(topic)));
  for (const topic of topics) a.broadcast(topic, "x");
  await until(() => b.received.length === topics.length, "all arrive");
  for (const topic of topics) b.adapter.unsubscribe(topic);
  await b.adapter.subscribe("last");
  a.broadcast("room:1", "x");
  a.broadcast("last", "last");
  await until(() => b.events.includes("last"), "the last one arrives");
  assertEquals(b.received.length, topics.length + 1);
});

nats("control messages reach all nodes, direct ones the node that is named", async () => {
  await using engine = await startNats();
  await using a = await NotingNode.start({ servers: engine.url, nodeName: "a" });
  await using b = await NotingNode.start({ servers: engine.url, nodeName: "b" });
  await using c = await NotingNode.start({ servers: engine.url, nodeName: "c" });
  a.broadcast("user:7", "disconnect");
  a.adapter.directBroadcast("b", new Broadcast("any", "direct", {}));
  for (const nobody of ["d", ">", "*", "b.x", "", "a b"]) {
    a.adapter.directBroadcast(nobody, new Broadcast("any", "nobody", {}));
  }
  a.broadcast("urvogel:x", "end");
  await until(() => b.events.includes("end") && c.events.includes("end"), "all arrive");
  assertEquals(b.events, ["disconnect", "direct", "end"]);
  assertEquals(c.events, ["disconnect", "end"]);
});

nats("broadcast() throws a TooLargeError above the server's max_payload", async () => {
  await using engine = await startNats({ maxPayloadBytes: 1000 });
  await using a = await NotingNode.start({ servers: engine.url, nodeName: "a" });
  await using b = await NotingNode.start({ servers: engine.url });
  await b.adapter.subscribe("t");
  const overhead = encodeEnvelope("a", new Broadcast("t", "e", new Uint8Array())).length;
  const error = assertThrows(() => a.broadcast("t", "e", new Uint8Array(1001 - overhead)), TooLargeError);
  assertEquals([error.bytes, error.maxBytes], [1001, 1000]);
  a.broadcast("t", "e", new Uint8Array(1000 - overhead));
  await until(() => b.received.length === 1, "the largest arrives");
});

nats("what does not belong on its subject is malformed, and nothing else is lost", async () => {
  await using engine = await startNats();
  await using a = await NotingNode.start({ servers: engine.url, nodeName: "a" });
  await a.adapter.subscribe("t");
  await a.adapter.subscribe("u");
  const client = await connect({ servers: engine.url.replace("nats://", "") });
  const subjects = new Subjects("urvogel");
  const send = (subject: string, topic: string, event: string) =>
    client.publish(subject, encodeEnvelope("other", new Broadcast(topic, event, {})));
  send(subjects.topic("t"), "u", "wrong topic");
  send(subjects.topic("t"), "t", "disconnect");
  send(subjects.control, "t", "not control");
  client.publish(subjects.topic("t"), "garbage");
  client.publish(subjects.topic("t"));
  send(subjects.topic("t"), "t", "right");
  send(subjects.control, "id", "disconnect");
  send(subjects.node("a"), "anything", "direct");
  await until(() => a.received.length === 3, "the right ones arrive");
  await client.close();
  assertEquals(a.events.toSorted(), ["direct", "disconnect", "right"]);
  assertEquals(a.malformed, 5);
});

nats("different prefixes are different buses", async () => {
  await using engine = await startNats();
  await using a = await NotingNode.start({ servers: engine.url, prefix: "one" });
  await using b = await NotingNode.start({ servers: engine.url, prefix: "two" });
  await using c = await NotingNode.start({ servers: engine.url, prefix: "one" });
  for (const { adapter } of [a, b, c]) await adapter.subscribe("t");
  a.broadcast("t", "x");
  await until(() => c.received.length === 1, "c receives");
  assertEquals(b.received, []);
});

nats("stop() sends what was broadcast before, may be called twice, and start() works again", async () => {
  await using engine = await startNats();
  await using b = await NotingNode.start({ servers: engine.url });
  await b.adapter.subscribe("t");
  await using a = await NotingNode.start({ servers: engine.url });
  await a.adapter.subscribe("u");
  a.broadcast("t", "last words");
  await Promise.all([a.adapter.stop(), a.adapter.stop()]);
  await a.adapter.stop();
  await until(() => b.events.includes("last words"), "it arrives");
  assert(!a.adapter.isConnected);
  assertThrows(() => a.broadcast("t", "x"), BusDownError, 'Cannot broadcast to "t": the bus is down');
  assertEquals(a.changes, []);
  await a.start();
  b.broadcast("u", "again");
  await until(() => a.events.includes("again"), "its topics are still subscribed");
});

Deno.test("stop() ends a start() that does not succeed", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 }); // accepts, and says nothing
  const { port } = listener.addr as Deno.NetAddr;
  await using silent = new NotingNode({ servers: `127.0.0.1:${port}` });
  const started = silent.start();
  using _accepted = await listener.accept();
  await silent.adapter.stop();
  await started;
  listener.close();
  await using refused = new NotingNode({ servers: `127.0.0.1:${port}` });
  const alsoStarted = refused.start();
  await refused.adapter.stop();
  await alsoStarted;
  assert(!refused.adapter.isConnected);
});

Deno.test("stop() does not wait for a connect() that never settles", async () => {
  const node = new NotingNode({ connect: () => new Promise(() => {}) });
  const started = node.start();
  await node.adapter.stop();
  await started;
  assert(!node.adapter.isConnected);
});

nats("connect() may fail for a while, and return a connection of the program, which is not closed", async () => {
  await using engine = await startNats();
  const client = await connect({ servers: engine.url.replace("nats://", ""), noEcho: true });
  let calls = 0;
  await using b = await NotingNode.start({ servers: engine.url });
  await using a = await NotingNode.start({
    connect: () => ++calls < 3 ? Promise.reject(new Error("not yet")) : client,
  });
  assertEquals(calls, 3);
  await a.adapter.subscribe("t");
  await b.adapter.subscribe("t");
  a.broadcast("t", "x");
  b.broadcast("t", "y");
  await until(() => a.received.length + b.received.length === 2, "both arrive");
  await a.adapter.stop();
  b.broadcast("t", "z");
  await client.flush();
  assertEquals(a.events, ["y"]);
  await client.close();
});

nats("broadcast() throws a BusDownError while the program drains the connection that it lent", async () => {
  await using engine = await startNats();
  const options = { servers: engine.url.replace("nats://", "") };
  const [first, second] = [await connect(options), await connect(options)];
  await using a = await NotingNode.start({ connect: () => Promise.resolve(first.isClosed() ? second : first) });
  const drained = first.drain();
  for (let isUp = true; isUp; await nextTurn()) {
    try {
      a.broadcast("t", "e");
    } catch (error) {
      assertInstanceOf(error, BusDownError);
      isUp = false;
    }
  }
  await drained;
  await until(() => succeeds(() => a.broadcast("t", "e")), "it has another connection");
  await a.adapter.stop();
  await second.close();
});

nats("broadcast() throws when the server does not read what was sent", async () => {
  await using engine = await startNats();
  await using a = await NotingNode.start({ servers: engine.url, maxUnconfirmedBytes: 1_500_000 });
  const send = () => a.broadcast("t", "e", new Uint8Array(1_000_000));
  send();
  send();
  const error = assertThrows(send, BusDownError);
  assert(/has yet to read 2000\d\d\d bytes/.test(String(error.cause)), String(error.cause));
  await until(() => succeeds(send), "it has read");
});

nats("broadcast() goes on when the server has read, also with a maxUnconfirmedBytes below a megabyte", async () => {
  await using engine = await startNats();
  await using a = await NotingNode.start({ servers: engine.url, maxUnconfirmedBytes: 10_000 });
  const send = () => a.broadcast("t", "e", new Uint8Array(4000));
  for (let n = 0; n < 3; n++) send();
  assertThrows(send, BusDownError);
  await until(() => succeeds(send), "it has read");
});

Deno.test("natsAdapter() names a node for each run", () => {
  assert(natsAdapter().nodeName !== natsAdapter().nodeName);
});

Deno.test("natsAdapter() refuses options that make no sense", () => {
  assertThrows(() => natsAdapter({ nodeName: "a.b" }), TypeError, '"nodeName" must match');
  assertThrows(() => natsAdapter({ prefix: ">" }), TypeError, '"prefix" must match');
  assertThrows(() => natsAdapter({ maxUnconfirmedBytes: 0 }), RangeError, '"maxUnconfirmedBytes" must be >= 1');
  const both = { connect: () => Promise.reject(), servers: "x" } as unknown as { servers: string };
  assertThrows(() => natsAdapter(both), TypeError, '"connect" replaces servers');
  for (const credentials of [{ nkeySeed: "s3cret" }, { creds: "s3cret" }]) {
    const error = assertThrows(() => natsAdapter({ credentials }), TypeError, '"credentials" must have');
    assert(!Deno.inspect(error).includes("s3cret"));
  }
});

function succeeds(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
