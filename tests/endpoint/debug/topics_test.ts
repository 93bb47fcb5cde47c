import { assertEquals, assertMatch, fail } from "@std/assert";
import { type Broadcast, Channel, debug, Endpoint, ok, Presence, PubSub, Socket, spawn } from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { SpokenSocket } from "../../support/spoken_app.ts";

class KeptChannel extends Channel {
  override history = { maxMessages: 5 };
  override join() {
    return ok();
  }
}

class KeptSocket extends Socket {
  override channels = { "kept:*": KeptChannel };
  override connect() {
    return ok({});
  }
}

Deno.test("debug.topics() counts members and other processes, and leaves the library's own topics out", async () => {
  const pubsub = new PubSub();
  await using _presence = new Presence({ pubsub, name: "people" });
  const endpoint = new Endpoint({ sockets: { "/socket": SpokenSocket }, pubsub });
  await using ann = await connect(endpoint);
  await using bob = await connect(endpoint, { name: "bob" });
  await ann.join("room:a");
  await bob.join("room:a");
  await bob.join("room:b");
  const listener = spawn<Broadcast>(async (mailbox) => void await Array.fromAsync(mailbox));
  pubsub.subscribe("room:a", listener);
  assertEquals(debug.topics(endpoint).items, [
    { topic: "room:a", members: 2, processes: 1 },
    { topic: "room:b", members: 1, processes: 0 },
  ]);
  const page = debug.topics(endpoint, { search: ":B", limit: 1 });
  assertEquals([page.items.map(({ topic }) => topic), page.total, page.next], [["room:b"], 1, undefined]);
  const ranked = debug.topics(endpoint, {
    rankOf: (topic, subscribers) => topic === "room:b" ? 9 : subscribers,
    limit: 1,
  });
  assertEquals([ranked.items.map(({ topic }) => topic), ranked.total, ranked.next], [["room:b"], 2, 1]);
  assertEquals(debug.topics(endpoint, { rankOf: (_, subscribers) => subscribers }).items[0]?.topic, "room:a");
  listener.exit("shutdown");
});

Deno.test("debug.historyStreams() shows where a topic with history stands", async () => {
  await using endpoint = new Endpoint({ sockets: { "/socket": KeptSocket } });
  await using client = await connect(endpoint);
  await client.join("kept:1");
  endpoint.broadcast("kept:1", "said", { text: "a" });
  const { items: [stream = fail()], total } = debug.historyStreams(endpoint);
  assertEquals([stream.topic, stream.keep.maxMessages, stream.hasSubscribers, stream.waiting], ["kept:1", 5, true, 0]);
  assertMatch(stream.position ?? fail(), /:1$/);
  assertEquals([total, debug.historyStreams(endpoint, { search: "other" }).total], [1, 0]);
  const { historyStreams, historyBytes = 0 } = debug.overview(endpoint);
  assertEquals([historyStreams, historyBytes > 0], [1, true]);
});

Deno.test("debug.historyStreams() is empty without history", () => {
  assertEquals(debug.historyStreams(new Endpoint({ sockets: { "/socket": SpokenSocket } })).items, []);
});

Deno.test("debug.presenceMembers() shows metas without secrets", async () => {
  const pubsub = new PubSub();
  await using presence = new Presence<{ age: number; apiToken: string }>({ pubsub, name: "people" });
  const endpoint = new Endpoint({ sockets: {}, pubsub });
  const pid = spawn(async (mailbox) => void await Array.fromAsync(mailbox));
  presence.track(pid, "room:1", "ann", { age: 7, apiToken: "sesame" });
  presence.track(pid, "room:2", "bob", { age: 8, apiToken: "sesame" });
  const topics = debug.presenceTopics(endpoint, { search: "room:1" });
  assertEquals(topics.items, [{ presence: "people", topic: "room:1", keys: 1, metas: 1 }]);
  const { items: [member = fail()] } = debug.presenceMembers(endpoint, { presence: "people", topic: "room:1" });
  assertEquals(member.key, "ann");
  const [meta] = member.metas as { age: number; apiToken: string }[];
  assertEquals([meta?.age, meta?.apiToken], [7, "[redacted]"]);
  pid.exit("shutdown");
});

Deno.test("debug.presenceTopics() forgets a presence that was stopped", async () => {
  const pubsub = new PubSub();
  const presence = new Presence({ pubsub, name: "people" });
  const endpoint = new Endpoint({ sockets: {}, pubsub });
  const pid = spawn(async (mailbox) => void await Array.fromAsync(mailbox));
  presence.track(pid, "room:1", "ann", {});
  assertEquals(debug.presenceTopics(endpoint).total, 1);
  await presence.stop();
  assertEquals(debug.presenceTopics(endpoint).total, 0);
  pid.exit("shutdown");
});
