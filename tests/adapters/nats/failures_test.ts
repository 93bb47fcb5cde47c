import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { BusDownError, type BusStatusChange } from "@urvogel/realtime";
import { connect } from "@nats-io/transport-node";
import { engineTest } from "../../support/engines/binaries.ts";
import { startNats } from "../../support/engines/nats.ts";
import { TcpProxy } from "../../support/tcp_proxy.ts";
import { until } from "../../support/until.ts";
import { NotingNode } from "./noting_node.ts";

const nats = (name: string, fn: () => Promise<void>) => engineTest("nats", name, fn);
const TOPICS = ["room:1", "room:2", "room:3"];

/** Two nodes, of which the second has subscribed to {@linkcode TOPICS}. */
async function pair(options: Parameters<typeof NotingNode.start>[0]): Promise<{ a: NotingNode; b: NotingNode }> {
  const a = await NotingNode.start(options);
  const b = await NotingNode.start(options);
  for (const topic of TOPICS) await b.adapter.subscribe(topic);
  return { a, b };
}

async function isDown(...nodes: NotingNode[]): Promise<void> {
  await until(() => nodes.every(({ adapter }) => !adapter.isConnected), "the nodes notice");
}

async function isUp(...nodes: NotingNode[]): Promise<void> {
  await until(() => nodes.every(({ adapter }) => adapter.isConnected), "the nodes are back");
}

/** Asserts that nothing but what is sent now arrives, in each topic. */
async function assertWorks(from: NotingNode, to: NotingNode, before: readonly string[]): Promise<void> {
  for (const topic of TOPICS) from.broadcast(topic, "now");
  from.broadcast("urvogel:x", "control");
  await until(() => to.events.includes("control") && to.events.length >= before.length + 4, "what is sent now arrives");
  assertEquals(to.events.toSorted(), [...before, "control", "now", "now", "now"].toSorted());
}

for (const empty of [false, true]) {
  nats(`a server that is killed and comes back${empty ? " empty" : ""} is a gap, and nothing else`, async () => {
    await using engine = await startNats();
    const { a, b } = await pair({ servers: engine.url });
    a.broadcast("room:1", "before");
    await until(() => b.received.length === 1, "it arrives");
    await engine.kill();
    await isDown(a, b);
    assertThrows(() => a.broadcast("room:1", "meanwhile"), BusDownError);
    assertEquals(b.adapter.subscribe("room:3"), undefined);
    b.adapter.unsubscribe("room:2");
    assertEquals(b.adapter.subscribe("room:2"), undefined); // again, while there is no server
    await engine.restart({ empty });
    await isUp(a, b);
    await assertWorks(a, b, ["before"]);
    assertEquals([a.statuses, b.statuses], [["down", "up"], ["down", "up"]]);
    await a.adapter.stop();
    await b.adapter.stop();
  });
}

nats("start() waits for a server that is not there yet, and reports that it is down", async () => {
  await using engine = await startNats();
  await engine.kill();
  await using node = new NotingNode({ servers: engine.url });
  let isStarted = false;
  const started = node.start().then(() => isStarted = true);
  assertThrows(() => node.broadcast("t", "x"), BusDownError);
  assert(!isStarted && !node.adapter.isConnected);
  await engine.restart();
  await started;
  assert(node.adapter.isConnected);
  assertEquals(node.statuses, ["down", "up"]); // not once for each attempt
  assertMatch(`${(node.changes[0] as BusStatusChange).error}`, /ECONNREFUSED/);
});

nats("a server that stops answering is noticed, even when it has not read what was sent", async () => {
  await using engine = await startNats();
  const { a, b } = await pair({ servers: engine.url });
  a.broadcast("room:1", "before");
  await until(() => b.received.length === 1, "it arrives");
  engine.pause();
  for (let i = 0; i < 12; i++) a.broadcast("nobody", "x", new Uint8Array(1_000_000)); // more than the kernel takes
  await isDown(a, b);
  assertEquals(a.changes.map((change) => "error" in change && change.error?.message), [
    `NATS at 127.0.0.1:${engine.port} does not reply`,
  ]);
  engine.resume();
  await isUp(a, b);
  await assertWorks(a, b, ["before"]);
  await a.adapter.stop();
  await b.adapter.stop();
});

nats("what NATS has not confirmed when it is lost is reported, without the library's own messages", async () => {
  await using engine = await startNats();
  const { a, b } = await pair({ servers: engine.url });
  a.broadcast("room:1", "before");
  await until(() => b.received.length === 1, "it arrives");
  await a.adapter.subscribe("confirmed"); // behind it
  engine.pause();
  for (let i = 0; i < 3; i++) a.broadcast("room:1", "lost");
  for (const node of [a, b]) node.broadcast("urvogel:x", "sent again");
  await isDown(a, b);
  engine.resume();
  assertEquals([a.unconfirmed, b.faults], [[`3: NATS at 127.0.0.1:${engine.port} does not reply`], []]);
  await a.adapter.stop();
  await b.adapter.stop();
});

nats("stop() while the server does not answer leaves nothing behind", async () => {
  await using engine = await startNats();
  await using proxy = await TcpProxy.start(engine);
  await using node = await NotingNode.start({ servers: `127.0.0.1:${proxy.port}` });
  proxy.stall();
  const subscribing = Promise.resolve(node.adapter.subscribe("t"));
  await node.adapter.stop();
  await subscribing;
});

nats("subscribe() resolves when the connection is lost, and the topic is there afterwards", async () => {
  await using engine = await startNats();
  await using proxy = await TcpProxy.start(engine);
  await using a = await NotingNode.start({ servers: engine.url });
  await using b = await NotingNode.start({ servers: `127.0.0.1:${proxy.port}` });
  proxy.stall();
  const subscribing = Promise.resolve(b.adapter.subscribe("t"));
  proxy.reset();
  await subscribing;
  proxy.flow();
  await isDown(b);
  await isUp(b);
  a.broadcast("t", "x");
  await until(() => b.events.includes("x"), "it arrives");
});

nats("another server of the list takes over, and the one that is gone is not waited for", async () => {
  await using one = await startNats();
  await using two = await startNats();
  await using gone = await TcpProxy.start(one);
  await using node = await NotingNode.start({ servers: [one.url, `127.0.0.1:${gone.port}`] });
  await one.kill();
  gone.stall();
  await isDown(node);
  await one.restart();
  await isUp(node);
  await using other = await NotingNode.start({ servers: ["127.0.0.1:1", two.url] });
  assert(other.adapter.isConnected);
});

nats("a connection of the program that reconnects by itself is used again", async () => {
  await using engine = await startNats();
  const options = {
    servers: engine.url.replace("nats://", ""),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
    noEcho: true,
  };
  const clients = [await connect(options), await connect(options)];
  let next = 0;
  const ofNode = () => {
    const client = clients[next++]!;
    return { connect: () => client };
  };
  const a = await NotingNode.start(ofNode());
  const b = await NotingNode.start(ofNode());
  for (const topic of TOPICS) await b.adapter.subscribe(topic);
  await engine.kill();
  await isDown(a, b);
  await engine.restart();
  await isUp(a, b);
  await assertWorks(a, b, []);
  await a.adapter.stop();
  await b.adapter.stop();
  for (const client of clients) await client.close();
});
