import { assertEquals } from "@std/assert";
import type { JetStreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { Retention } from "@urvogel/realtime";
import { encodeMessage, type Entry, markHeaders } from "../../../lib/adapters/nats/history/_entry.ts";
import { Streams } from "../../../lib/adapters/nats/history/_streams.ts";
import { deleteAt, readAfter, settle, trim } from "../../../lib/adapters/nats/history/_topic_actions.ts";
import { TopicLog } from "../../../lib/adapters/nats/history/_topic_log.ts";
import { type JetStream, jetStreamOf } from "../../../lib/adapters/nats/_jet_stream.ts";
import type { Session } from "../../../lib/adapters/nats/_session.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startNats } from "../../support/engines/nats.ts";

const KEEP: Retention = { maxMessages: 10, maxAgeMs: 60_000, maxBytes: 1_000_000 };

function entry(seq: number): Entry {
  const { body } = encodeMessage("a", "room", { event: "said", payload: { seq } });
  return { seq, atMs: Date.now(), headers: undefined, data: body };
}

/** The same JetStream, with something that happens between the counting of entries and their sending. */
function interrupted(jetStream: JetStream, act: () => Promise<unknown>): JetStream {
  const manager = async () => {
    const real = await jetStream.manager();
    const consumers = {
      add: async (...args: Parameters<JetStreamManager["consumers"]["add"]>) => {
        const info = await real.consumers.add(...args);
        await act();
        return info;
      },
    };
    return { streams: real.streams, consumers } as unknown as JetStreamManager;
  };
  return { ...jetStream, manager };
}

engineTest("nats", "TopicLog.from() returns what is left when entries are removed meanwhile", async () => {
  await using engine = await startNats();
  const client = await connect({ servers: engine.url.replace("nats://", "") });
  const jetStream = jetStreamOf({ client } as Session);
  const stream = await new Streams("shop", 1).find(jetStream, KEEP);
  const log = new TopicLog(jetStream, stream, "room");
  for (let last = 0; last < 6; last++) await log.mark(undefined, last, false);
  const trimmed = new TopicLog(interrupted(jetStream, () => log.purgeBefore(4)), stream, "room");
  assertEquals((await trimmed.from(1)).entries.map(({ seq }) => seq), [4, 5, 6]);
  const cleared = new TopicLog(interrupted(jetStream, () => log.mark(6, 6, true)), stream, "room");
  assertEquals((await cleared.from(1)).entries.map(({ seq }) => seq), [7]);
  await client.close();
});

Deno.test("readAfter() does not claim what was removed while it read", async () => {
  const log = {
    from: () => Promise.resolve({ entries: [1, 2, 6, 7].map(entry), nowMs: Date.now() }), // 3 to 5 were removed
    first: () => Promise.resolve(entry(6)),
    last: () => Promise.resolve(entry(7)),
    mark: () => Promise.resolve(undefined),
  };
  const stream = { place: new Streams("shop", 1).placeOf(KEEP), keep: KEEP, epoch: "e" };
  const page = await readAfter("room", log, stream, 1);
  assertEquals([page.completeFrom, page.top.offset], [5, 7]);
  assertEquals(page.messages.map(({ offset, previous }) => [offset, previous]), [[6, 5], [7, 6]]);
});

Deno.test("readAfter() reads again when all that it has read was removed, and more has come", async () => {
  const mark: Entry = { ...entry(8), headers: markHeaders(7), data: new Uint8Array() };
  const reads = [[entry(6), entry(7)], [mark, entry(9)]];
  const log = {
    from: () => Promise.resolve({ entries: reads.shift() ?? [], nowMs: Date.now() }),
    first: () => Promise.resolve(mark), // the topic was cleared
    last: () => Promise.resolve(entry(9)),
    mark: () => Promise.resolve(undefined),
  };
  const stream = { place: new Streams("shop", 1).placeOf(KEEP), keep: KEEP, epoch: "e" };
  const page = await readAfter("room", log, stream, 7);
  assertEquals([page.completeFrom, page.top.offset], [7, 9]); // who stands at 7 misses nothing
  assertEquals(page.messages.map(({ offset, previous }) => [offset, previous]), [[9, 7]]);
});

Deno.test("readAfter() does not claim to have what it cannot read", async () => {
  const foreign = { ...entry(8), data: new Uint8Array([255]) }; // of a later version, perhaps
  const log = {
    from: () => Promise.resolve({ entries: [entry(7), foreign, entry(9)], nowMs: Date.now() }),
    first: () => Promise.resolve(entry(7)),
    last: () => Promise.resolve(entry(9)),
    mark: () => Promise.resolve(undefined),
  };
  const stream = { place: new Streams("shop", 1).placeOf(KEEP), keep: KEEP, epoch: "e" };
  const page = await readAfter("room", log, stream, 0);
  assertEquals([page.completeFrom, page.messages.map(({ offset }) => offset)], [8, [9]]);
  const purged: number[] = [];
  await trim("room", { ...log, purgeBefore: (seq) => Promise.resolve(void purged.push(seq)) }, stream);
  assertEquals(purged, [6]); // others may be able to read it
});

Deno.test("readAfter() has the first message of a topic behind a position, from which it is complete", async () => {
  const log = {
    from: () => Promise.resolve({ entries: [7, 9].map(entry), nowMs: Date.now() }),
    first: () => Promise.resolve(entry(7)), // nobody had read the topic before, so it has no mark
    last: () => Promise.resolve(entry(9)),
    mark: () => Promise.resolve(undefined),
  };
  const stream = { place: new Streams("shop", 1).placeOf(KEEP), keep: KEEP, epoch: "e" };
  const page = await readAfter("room", log, stream, 0);
  assertEquals(page.messages.map(({ offset, previous }) => [offset, previous]), [[7, 6], [9, 7]]);
  assertEquals(page.completeFrom, 6);
});

engineTest(
  "nats",
  "settle() removes all messages up to a position of the same epoch, also if the last one was deleted",
  async () => {
    await using engine = await startNats();
    const client = await connect({ servers: engine.url.replace("nats://", "") });
    const jetStream = jetStreamOf({ client } as Session);
    const stream = await new Streams("shop", 1).find(jetStream, KEEP);
    const { place, epoch } = stream;
    const log = new TopicLog(jetStream, stream, "room");
    const { body } = encodeMessage("a", "room", { event: "said", payload: {} });
    for (let n = 0; n < 3; n++) await jetStream.js.publish(place.kept(epoch, "room"), body);
    assertEquals(await deleteAt(log, 3), true);
    const left = async () => (await log.from(1)).entries.map(({ seq }) => seq);
    await settle(log, stream, { epoch: "ended", offset: 1000 });
    await settle(log, stream, { epoch, offset: 2 });
    assertEquals(await left(), [1, 2, 4]);
    await settle(log, stream, { epoch, offset: 3 });
    assertEquals(await left(), [5]);
    assertEquals((await readAfter("room", log, stream, 3)).top.offset, 3);
    await client.close();
  },
);
