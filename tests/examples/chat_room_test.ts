import assert from "node:assert/strict";
import { FakeTime } from "@std/testing/time";
import { type Broadcast, ok, type Params, PubSub, Socket, spawn, whereis } from "@urvogel/realtime";
import { type Person, RoomChannel } from "../../examples/chat/room_channel.ts";
import { roomOf } from "../../examples/chat/room_server.ts";
import { FakeServer, settle } from "../support/fake_client.ts";

const TOPIC = "room:test";

/** A process that only stays; it stands for the channel of a visitor. */
function visitor(name: string) {
  const pid = spawn<unknown>(async (mailbox) => {
    for await (const _ of mailbox);
  }, { label: name });
  return { pid, name };
}

/** Collects the lists of names that a room sends around. */
function listen(pubsub: PubSub) {
  const lists: unknown[] = [];
  const pid = spawn<Broadcast>(async (mailbox) => {
    for await (const { event, payload } of mailbox) if (event === "people") lists.push(payload);
  });
  pubsub.subscribe(TOPIC, pid);
  return { lists, [Symbol.dispose]: () => pid.exit("shutdown") };
}

Deno.test("a room drops who ends, however that may be, and lists a name once", async () => {
  using time = new FakeTime();
  const pubsub = new PubSub();
  using heard = listen(pubsub);
  const room = await roomOf(TOPIC, pubsub);
  const [ann, sameAnn, bob] = [visitor("ann"), visitor("ann"), visitor("bob")];
  for (const one of [ann, sameAnn, bob]) await room.call("enter", one);
  ann.pid.exit({ shutdown: "left" });
  await settle();
  bob.pid.exit("kill");
  await settle();
  sameAnn.pid.exit(new Error("failed"));
  await settle();
  assert.deepEqual(heard.lists, [
    { names: ["ann"], came: ["ann"], left: [] },
    { names: ["ann"], came: [], left: [] },
    { names: ["ann", "bob"], came: ["bob"], left: [] },
    { names: ["ann", "bob"], came: [], left: [] },
    { names: ["ann"], came: [], left: ["bob"] },
    { names: [], came: [], left: ["ann"] },
  ]);
  assert.equal(room.alive, true);
  await time.tickAsync(10 * 60_000);
  assert.equal(room.alive, false);
});

Deno.test("a room that nobody is in closes after ten minutes, one that somebody came back to does not", async () => {
  using time = new FakeTime();
  const room = await roomOf(TOPIC, new PubSub());
  const ann = visitor("ann");
  await room.call("enter", ann);
  await room.call("say", { from: "ann", text: "hello", tag: "" });
  ann.pid.exit("shutdown");
  await time.tickAsync(9 * 60_000);
  const again = visitor("ann");
  assert.deepEqual((await room.call("enter", again)).map(({ text }) => text), ["hello"]);
  await time.tickAsync(60 * 60_000);
  assert.equal(room.alive, true);
  again.pid.exit("shutdown");
  await time.tickAsync(10 * 60_000);
  assert.deepEqual([room.alive, whereis(TOPIC)], [false, undefined]);
});

Deno.test("a room that fails takes its channels along, so that their clients join again", async () => {
  const pubsub = new PubSub();
  const room = await roomOf(TOPIC, pubsub);
  const ann = visitor("ann");
  await room.call("enter", ann);
  room.exit("kill");
  await settle();
  assert.deepEqual([room.alive, ann.pid.alive], [false, false]);
  const next = await roomOf(TOPIC, pubsub);
  assert.notEqual(next, room);
  await next.stop();
});

class PersonSocket extends Socket<Person> {
  override channels = { "room:*": RoomChannel };
  override connect({ name }: Params) {
    return ok({ name: String(name) });
  }
}

Deno.test("a client that comes in misses nothing of what is said meanwhile", async () => {
  for (let moment = 0; moment < 40; moment++) {
    const server = new FakeServer(new PersonSocket());
    const topic = `room:moment${moment}`;
    const room = await roomOf(topic, server.pubsub);
    const client = await server.connect({ name: "ann" });
    const sent = client.send("1", "1", topic, "phx_join", {});
    for (let i = 0; i < moment; i++) await Promise.resolve();
    await room.call("say", { from: "bob", text: "now", tag: "" });
    await sent;
    await settle();
    assert.match(JSON.stringify(client.take()), /"text":"now"/, `said after ${moment} microtasks`);
    server[Symbol.dispose]();
    await room.stop();
  }
});
