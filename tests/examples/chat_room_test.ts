import { assert, assertEquals, assertMatch } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { isLocal, ok, type Params, Socket, spawn } from "@urvogel/realtime";
import { people, pubsub } from "../../examples/chat/people.ts";
import { type Person, RoomChannel } from "../../examples/chat/room_channel.ts";
import { rooms } from "../../examples/chat/room_server.ts";
import { settle as settled } from "@urvogel/realtime/testing";
import { FakeServer, settle } from "../support/fake_client.ts";

const TOPIC = "room:test";

Deno.test("a room closes when it was quiet for ten minutes and nobody is there", async () => {
  using time = new FakeTime();
  const ann = spawn(async (mailbox) => void await Array.fromAsync(mailbox));
  people.track(ann, TOPIC, "ann", {});
  const room = await rooms.ensure(TOPIC);
  await room.call("say", { from: "ann", text: "hello", tag: "" });
  await time.tickAsync(60 * 60_000);
  assertEquals((await room.call("history")).map(({ text }) => text), ["hello"]);
  ann.exit("shutdown");
  await time.tickAsync(9 * 60_000);
  assert(isLocal(room) && room.alive);
  await time.tickAsync(4 * 60_000);
  await settled();
  assertEquals([room.alive, rooms.whereis(TOPIC)], [false, undefined]);
});

class PersonSocket extends Socket<Person> {
  override channels = { "room:*": RoomChannel };
  override connect({ name }: Params) {
    return ok({ name: String(name) });
  }
}

Deno.test("a client that comes in misses nothing of what is said meanwhile", async () => {
  for (let moment = 0; moment < 40; moment++) {
    const server = new FakeServer(new PersonSocket(), pubsub);
    const topic = `room:moment${moment}`;
    const room = await rooms.ensure(topic);
    const client = await server.connect({ name: "ann" });
    const sent = client.send("1", "1", topic, "phx_join", {});
    for (let i = 0; i < moment; i++) await Promise.resolve();
    await room.call("say", { from: "bob", text: "now", tag: "" });
    await sent;
    await settle();
    assertMatch(JSON.stringify(client.take()), /"text":"now"/, `said after ${moment} microtasks`);
    server[Symbol.dispose]();
    await rooms.stop(topic);
  }
});
