import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { FakeTime } from "@std/testing/time";
import { BusDownError, type HistoryEngine, type Position, type Retention, TooLargeError } from "@urvogel/realtime";
import { natsAdapter } from "@urvogel/realtime/nats";
import { pause } from "../../../lib/base/pause.ts";
import type { JetStream } from "../../../lib/adapters/nats/_jet_stream.ts";
import { StreamPlace } from "../../../lib/adapters/nats/history/_stream_config.ts";
import { Streams } from "../../../lib/adapters/nats/history/_streams.ts";
import { Upkeep } from "../../../lib/adapters/nats/history/_upkeep.ts";
import { decodeRoutes, encodeRoutes } from "../../../lib/history/route_codec.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import type { EngineProcess } from "../../support/engines/engine_process.ts";
import { startNats } from "../../support/engines/nats.ts";
import { NotingNode } from "./noting_node.ts";

const KEEP: Retention = { maxMessages: 5, maxAgeMs: 60_000, maxBytes: 1_000_000 };
const SAID = { event: "said", payload: { text: "hello" } };

/** What an administrator sees. */
async function streamsOf(engine: EngineProcess, act?: (name: string) => string) {
  const client = await connect({ servers: engine.url.replace("nats://", "") });
  const { streams } = await jetstreamManager(client);
  const found = await streams.list().next();
  for (const { config: { name } } of act ? found : []) await streams.delete(act!(name));
  await client.close();
  return found;
}

async function said(history: HistoryEngine, topic: string, ...texts: readonly string[]) {
  const positions = [];
  for (const text of texts) positions.push(await history.publish(topic, { event: "said", payload: { text } }, KEEP));
  return positions;
}

async function textsOf(history: HistoryEngine, topic: string, after: number, keep = KEEP) {
  const { messages } = await history.read(topic, after, keep);
  return messages.map(({ payload }) => (payload as { text: string }).text);
}

engineTest("nats", "natsAdapter() without history creates nothing at NATS", async () => {
  await using engine = await startNats();
  await using node = await NotingNode.start({ servers: engine.url });
  await node.adapter.subscribe("room");
  node.broadcast("room", "said");
  assertEquals(await streamsOf(engine), []);
});

engineTest("nats", "natsAdapter().history has one stream for each distinct retention", async () => {
  await using engine = await startNats();
  await using node = await NotingNode.start({ servers: engine.url, prefix: "shop" });
  const { history } = node.adapter;
  await history.publish("a", SAID, KEEP);
  await history.publish("b", SAID, { ...KEEP });
  await history.publish("c", SAID, { ...KEEP, maxAgeMs: 0.5, maxBytes: Infinity });
  const names = (await streamsOf(engine)).map(({ config: { name } }) => name);
  assertEquals(names.sort(), ["shop_h_5-0_5-Infinity", "shop_h_5-60000-1000000"]);
});

engineTest("nats", "natsAdapter().history begins another epoch when its stream was deleted", async () => {
  await using engine = await startNats();
  await using node = await NotingNode.start({ servers: engine.url });
  await using other = await NotingNode.start({ servers: engine.url });
  const [before] = await said(node.adapter.history, "room", "before");
  await said(other.adapter.history, "room", "other");
  await streamsOf(engine, (name) => name);
  const page = await node.adapter.history.read("room", before!.offset, KEEP);
  assertNotEquals(page.top.epoch, before!.epoch);
  assertEquals(page.messages, []);
  const [after] = await said(other.adapter.history, "room", "after");
  assertEquals(after!.epoch, page.top.epoch);
  assertEquals(await textsOf(node.adapter.history, "room", page.top.offset), ["after"]);
});

engineTest("nats", "natsAdapter().history begins another epoch when NATS has fewer numbers than it gave", async () => {
  await using engine = await startNats();
  await using node = await NotingNode.start({ servers: engine.url });
  const { history } = node.adapter;
  await said(history, "room", "first");
  const folder = engine.folder;
  await engine.kill();
  const copy = `${folder}.copy`;
  await copyFolder(folder, copy);
  await engine.restart();
  await isBack(history);
  const [lost] = await said(history, "room", "lost");
  await engine.kill();
  await Deno.remove(`${folder}/jetstream`, { recursive: true });
  await copyFolder(`${copy}/jetstream`, `${folder}/jetstream`); // as if it had not reached the disk
  await engine.restart();
  await isBack(history);
  const page = await history.read("room", lost!.offset, KEEP);
  assertNotEquals(page.top.epoch, lost!.epoch);
  const [next] = await said(history, "room", "next");
  assertEquals(next!.epoch, page.top.epoch);
});

engineTest("nats", "natsAdapter().history keeps a message whose key counted in an epoch that has ended", async () => {
  await using engine = await startNats();
  await using node = await NotingNode.start({ servers: engine.url });
  const { history } = node.adapter;
  const publish = async () => await history.publish("room", { ...SAID, key: "k" }, KEEP);
  const first = await publish();
  assertEquals(await publish(), first);
  const client = await connect({ servers: engine.url.replace("nats://", "") });
  const { streams } = await jetstreamManager(client);
  const place = new StreamPlace("urvogel", KEEP);
  await streams.update(place.name, { subjects: place.subjects("other") }); // as a node that saw lost numbers does
  await client.close();
  const again = await publish();
  assertEquals(again.epoch, "other");
  const { messages } = await history.read("room", 0, KEEP);
  assertEquals(messages.map(({ offset }) => offset), [again.offset]);
});

engineTest("nats", "natsAdapter().history removes what is too old, and remembers the position", async () => {
  const keep = { ...KEEP, maxAgeMs: 300 };
  await using engine = await startNats();
  await using node = await NotingNode.start({ servers: engine.url });
  const { history } = node.adapter;
  await history.publish("quiet", { event: "said", payload: { text: "secret" } }, keep);
  const last = await history.publish("quiet", SAID, keep);
  const deadline = performance.now() + 20_000;
  const left = async () => (await streamsOf(engine))[0]!.state.messages;
  while (await left() > 1 && performance.now() < deadline) await pause(200);
  assertEquals(await left(), 1, "the mark alone");
  const page = await history.read("quiet", last.offset, keep);
  assertEquals([page.top, page.completeFrom], [last, last.offset]);
  await history.publish("quiet", SAID, keep);
  assertEquals((await history.read("quiet", last.offset, keep)).messages.length, 1);
});

engineTest("nats", "natsAdapter().history says that JetStream is missing", async () => {
  await using engine = await startNats({ jetStream: false });
  await using node = await NotingNode.start({ servers: engine.url });
  const { history } = node.adapter;
  await assertRejects(async () => await history.publish("room", SAID, KEEP), Error, "has no JetStream");
  await assertRejects(async () => await history.read("room", 0, KEEP), Error, "has no JetStream");
});

engineTest("nats", "natsAdapter().history needs no rights but those of the README", async () => {
  const credentials = { user: "ann", password: "secret" };
  const permissions = {
    publish: ["urvogel.>", ...JETSTREAM_RIGHTS],
    subscribe: ["urvogel.>"],
  };
  await using engine = await startNats({ credentials, permissions });
  await using node = await NotingNode.start({ servers: engine.url });
  const { history } = node.adapter;
  const [first, second] = await said(history, "room", "a", "b");
  await history.subscribe("room", KEEP, () => {});
  assertEquals(await textsOf(history, "room", first!.offset), ["b"]);
  assertEquals(await history.delete("room", second!, KEEP), true);
  await history.clear("room", KEEP);
  await history.declare!([{ pattern: "room:*", keep: KEEP }]);
  assertEquals((await history.routes!()).length, 1);
});

/** As the README has them. */
const JETSTREAM_RIGHTS = [
  "$JS.API.STREAM.INFO.*",
  "$JS.API.STREAM.CREATE.*",
  "$JS.API.STREAM.UPDATE.*",
  "$JS.API.STREAM.PURGE.*",
  "$JS.API.STREAM.MSG.GET.*",
  "$JS.API.STREAM.MSG.DELETE.*",
  "$JS.API.CONSUMER.CREATE.>",
  "$JS.API.CONSUMER.DELETE.>",
  "$JS.API.CONSUMER.MSG.NEXT.>",
];

engineTest(
  "nats",
  "natsAdapter().history.publish() refuses at once what is too large, and while NATS is away",
  async () => {
    await using engine = await startNats({ maxPayloadBytes: 10_000 });
    await using node = await NotingNode.start({ servers: engine.url });
    const { history } = node.adapter;
    const large = { event: "said", payload: { text: "x".repeat(10_000) } };
    assertThrows(() => history.publish("room", large, KEEP), TooLargeError);
    const idle = natsAdapter({ servers: engine.url });
    assertThrows(() => idle.history.publish("room", SAID, KEEP), BusDownError);
  },
);

engineTest("nats", "natsAdapter().history.declare() is read by nodes without routes", async () => {
  await using engine = await startNats();
  await using node = await NotingNode.start({ servers: engine.url });
  await using script = await NotingNode.start({ servers: engine.url });
  assertEquals(await script.adapter.history.routes!(), []);
  await node.adapter.history.declare!([{ pattern: "old:*", keep: KEEP }]);
  await node.adapter.history.declare!([{ pattern: "room:*", keep: KEEP, exclude: ["typing"] }]);
  assertEquals(await script.adapter.history.routes!(), [{ pattern: "room:*", keep: KEEP, exclude: ["typing"] }]);
});

Deno.test("StreamPlace names one stream for a retention that was declared, and for the same as a script reads it", () => {
  const keep: Retention = { ...KEEP, maxAgeMs: Infinity, maxBytes: Infinity };
  const [declared] = decodeRoutes(encodeRoutes([{ pattern: "room:*", keep }]));
  assertEquals(new StreamPlace("shop", declared!.keep!).name, new StreamPlace("shop", keep).name);
});

Deno.test("natsAdapter() refuses a number of replicas that NATS has not", () => {
  assertThrows(
    () => natsAdapter({ historyReplicas: 0 }),
    RangeError,
    '"historyReplicas" must be an integer from 1 to 5',
  );
});

Deno.test("Upkeep settles a topic once it is quiet, trims one that is busy, and forgets it", async () => {
  using time = new FakeTime();
  const log: string[] = [];
  const upkeep = new Upkeep({
    trim: (topic) => Promise.resolve(void log.push(`trim ${topic}`)),
    settle: (topic, _keep, { offset }) => Promise.resolve(void log.push(`settle ${topic} ${offset}`)),
    renew: (topic) => Promise.resolve(void log.push(`renew ${topic}`)),
  }, () => [{ topic: "live", keep: KEEP }]);
  upkeep.start();
  upkeep.published("quiet", KEEP, at(1), 10);
  upkeep.published("large", KEEP, at(2), KEEP.maxBytes + 1);
  assertEquals(log, ["trim large"]);
  for (let ms = 0; ms < 70_000; ms += 1000) {
    await time.tickAsync(1000);
    upkeep.published("busy", KEEP, at(3), 1);
  }
  assertEquals(log.slice(1).sort(), ["settle large 2", "settle quiet 1", "trim busy"]);
  for (let minutes = 0; minutes < 7 * 60; minutes += 10) await time.tickAsync(600_000);
  assert(log.includes("settle busy 3") && log.includes("renew live"));
  const { length } = log;
  await time.tickAsync(60_000);
  assertEquals(log.length, length);
  upkeep.stop();
});

Deno.test("Upkeep settles what was published before a disconnect, and the last epoch of a topic alone", async () => {
  using time = new FakeTime();
  const log: string[] = [];
  const upkeep = new Upkeep({
    trim: () => Promise.resolve(),
    settle: (topic, _keep, { epoch, offset }) => Promise.resolve(void log.push(`settle ${topic} ${epoch}:${offset}`)),
    renew: () => Promise.resolve(),
  }, () => []);
  upkeep.start();
  upkeep.published("room", KEEP, at(1000), 10);
  upkeep.published("hall", KEEP, at(7), 10);
  upkeep.stop();
  upkeep.start();
  upkeep.published("room", KEEP, { epoch: "next", offset: 5 }, 10);
  for (let ms = 0; ms < 70_000; ms += 1000) await time.tickAsync(1000);
  assertEquals(log.sort(), ["settle hall e:7", "settle room next:5"]);
  upkeep.stop();
});

function at(offset: number): Position {
  return { epoch: "e", offset };
}

async function isBack(history: HistoryEngine): Promise<void> {
  for (;;) {
    try {
      return void await history.read("room", 0, KEEP);
    } catch {
      await pause(20);
    }
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  const { success } = await new Deno.Command("cp", { args: ["-a", from, to] }).output();
  assert(success);
}

Deno.test("Streams.find() does not take numbers that come meanwhile for lost ones", async () => {
  const streams = new Streams("urvogel", 1);
  const place = streams.placeOf(KEEP);
  streams.note(place, "e1", 5);
  const updates: unknown[] = [];
  const manager = {
    streams: {
      info() {
        streams.note(place, "e1", 7); // announced after NATS has looked
        const created = new Date().toISOString();
        return Promise.resolve({ config: { subjects: place.subjects("e1") }, state: { last_seq: 6 }, created });
      },
      update: (_name: string, config: unknown) => Promise.resolve(void updates.push(config)),
    },
  };
  const jetStream = { manager: () => Promise.resolve(manager as unknown as JetStreamManager) } as JetStream;
  assertEquals((await streams.find(jetStream, KEEP)).epoch, "e1");
  streams.forget();
  assertNotEquals((await streams.find(jetStream, KEEP)).epoch, "e1");
  assertEquals(updates.length, 1);
});
