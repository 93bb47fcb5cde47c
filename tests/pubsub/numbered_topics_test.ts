import { assertEquals, assertThrows } from "@std/assert";
import { type Broadcast, type Pid, PubSub, spawn } from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import type { NumberedTopics } from "../../lib/pubsub/numbered_topics.ts";
import { Broadcast as NumberedBroadcast } from "../../lib/pubsub/broadcast.ts";
import { serializerV2 } from "../../lib/protocol/serializer_v2.ts";
import { idleProcess, numberedClient } from "../support/numbered_client.ts";
import { Hub } from "../support/pubsub_hub.ts";

/** Numbers the event "said" of the topics that begin with "room:", and delivers it at once. */
class Numbering implements NumberedTopics {
  readonly log: string[] = [];
  readonly #pubsub: PubSub;
  #offset = 0;

  constructor(pubsub: PubSub) {
    this.#pubsub = pubsub;
  }

  has(topic: string, event: string): boolean {
    return topic.startsWith("room:") && event === "said";
  }

  publish({ topic, event, payload }: Broadcast, from: Pid<never> | undefined): void {
    const numbered = new NumberedBroadcast(topic, event, payload, `e:${++this.#offset}`);
    this.#pubsub.deliverNumbered(numbered, from);
  }

  take({ topic, event }: Broadcast): boolean {
    if (!this.has(topic, event)) return false;
    this.log.push(`take ${topic} ${event}`);
    return true;
  }

  ready(): undefined {}

  begin(topic: string): void {
    this.log.push(`begin ${topic}`);
  }

  end(topic: string): void {
    this.log.push(`end ${topic}`);
  }

  stop(): void {
    this.log.push("stop");
  }
}

Deno.test("PubSub.number() sends numbered topics by their numbers, and others as before", async () => {
  const pubsub = new PubSub();
  const early = numberedClient(pubsub, "room:1");
  const topics = new Numbering(pubsub);
  pubsub.number(topics);
  const late = numberedClient(pubsub, "news");
  pubsub.broadcast("room:1", "said", { n: 1 });
  pubsub.broadcast("room:1", "typing", {});
  pubsub.broadcast("news", "said", { n: 2 });
  pubsub.localBroadcast("room:1", "said", { n: 3 });
  assertEquals(early.frames, [
    [null, "e:1", "room:1", "said", { n: 1 }],
    [null, null, "room:1", "typing", {}],
    [null, null, "room:1", "said", { n: 3 }],
  ]);
  assertEquals(late.frames, [[null, null, "news", "said", { n: 2 }]]);
  early.pid.exit("shutdown");
  assertEquals(topics.log, ["begin room:1", "begin news", "end room:1"]);
  assertThrows(() => pubsub.number(new Numbering(pubsub)), TypeError, "has a history already");
  await pubsub.stop();
  assertEquals(topics.log.at(-1), "stop");
  pubsub.broadcast("news", "said", { n: 4 });
  assertEquals(late.frames.length, 2);
  late.pid.exit("shutdown");
});

Deno.test("PubSub.broadcastFrom() to a numbered topic sends its sender the position alone", async () => {
  const pubsub = new PubSub();
  pubsub.number(new Numbering(pubsub));
  const [ann, bob] = [numberedClient(pubsub, "room:1"), numberedClient(pubsub, "room:1")];
  const process = idleProcess();
  pubsub.subscribe("room:1", process);
  pubsub.broadcastFrom(ann.pid, "room:1", "said", {});
  pubsub.broadcastFrom(process, "room:1", "said", {});
  const state = (position: string) => [null, null, "room:1", "history_state", { position }];
  const said = (position: string) => [null, position, "room:1", "said", {}];
  assertEquals(ann.frames, [state("e:1"), said("e:2")]);
  assertEquals(bob.frames, [said("e:1"), said("e:2")]);
  for (const pid of [ann.pid, bob.pid, process]) pid.exit("shutdown");
  await pubsub.stop();
});

Deno.test("PubSub sends the position after a numbered broadcast of bytes, to its sender only that", async () => {
  const pubsub = new PubSub();
  pubsub.number(new Numbering(pubsub));
  const [ann, bob] = [numberedClient(pubsub, "room:1"), numberedClient(pubsub, "room:1")];
  pubsub.broadcastFrom(ann.pid, "room:1", "said", Uint8Array.of(1));
  const state = [null, null, "room:1", "history_state", { position: "e:1" }];
  assertEquals(ann.frames, [state]);
  assertEquals(bob.frames, [
    serializerV2.encodeBroadcast({ topic: "room:1", event: "said", payload: Uint8Array.of(1) }),
    state,
  ]);
  for (const { pid } of [ann, bob]) pid.exit("shutdown");
  await pubsub.stop();
});

Deno.test("PubSub ends a process whose mailbox has no room for a numbered broadcast of its client", async () => {
  const pubsub = new PubSub();
  pubsub.number(new Numbering(pubsub));
  const wait = Promise.withResolvers<void>();
  const pid = spawn<Broadcast>(async (mailbox) => {
    for await (const _ of mailbox) await wait.promise;
  }, { mailbox: { capacity: 1 } });
  pubsub.subscribe("room:1", pid, { encoder: serializerV2, intercepts: new Set(["said", "typing"]), write() {} });
  await settle();
  pubsub.broadcast("room:1", "said", {}); // is handled
  await settle();
  pubsub.broadcast("room:1", "said", {}); // waits
  pubsub.broadcast("room:1", "typing", {}); // is lost
  assertEquals(pid.alive, true);
  pubsub.broadcast("room:1", "said", {});
  assertEquals(pid.alive, false);
  wait.resolve();
  await settle();
  await pubsub.stop();
});

Deno.test("PubSub ends a process whose mailbox has no room for the report that its client missed something", async () => {
  const pubsub = new PubSub();
  const pid = spawn<Broadcast>(() => new Promise(() => {}), { mailbox: { capacity: 1 } });
  pubsub.subscribe("room:1", pid, {
    encoder: serializerV2,
    intercepts: new Set(["typing", "history_state"]),
    write() {},
  });
  pubsub.broadcast("room:1", "typing", {}); // waits
  assertEquals(pid.alive, true);
  pubsub.deliverState("room:1", { recovered: false, position: "e:2", missed: 0 });
  assertEquals(pid.alive, false);
  await settle();
  await pubsub.stop();
});

Deno.test("PubSub does not deliver what another node should have numbered", async () => {
  const hub = new Hub();
  const nodes = ["a", "b"].map((name) => new PubSub({ adapter: hub.adapter(name) }));
  const [plain, numbering] = nodes as [PubSub, PubSub];
  await Promise.all(nodes.map(({ ready }) => ready));
  const topics = new Numbering(numbering);
  numbering.number(topics);
  const { pid, frames } = numberedClient(numbering, "room:1");
  plain.broadcast("room:1", "said", {});
  plain.broadcast("room:1", "typing", {});
  await settle();
  assertEquals(frames, [[null, null, "room:1", "typing", {}]]);
  assertEquals(topics.log, ["begin room:1", "take room:1 said"]);
  pid.exit("shutdown");
  for (const node of nodes) await node.stop();
});
