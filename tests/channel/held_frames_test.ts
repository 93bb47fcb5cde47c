import { assert, assertEquals } from "@std/assert";
import {
  Channel,
  type ChannelSocket,
  type DroppedEvent,
  type LimitHitEvent,
  ok,
  serializerV2,
  Socket,
} from "@urvogel/realtime";
import { ChannelDriver } from "../../lib/channel/channel_driver.ts";
import { HeldFrames, Holding } from "../../lib/channel/_held_frames.ts";
import { Membership } from "../../lib/channel/_membership.ts";
import { SocketTree } from "../../lib/channel/socket_tree.ts";
import { PubSub } from "../../lib/pubsub/pubsub.ts";
import { FakeConnection, NO_INFO, settle } from "../support/fake_client.ts";
import { Crashes } from "../support/crashes.ts";
import { Collected } from "../support/telemetry.ts";

const codeOf = ({ closedWith }: FakeConnection) => closedWith?.code;
const FRAME = "x".repeat(40);

Deno.test("HeldFrames closes its connection with 4408 when more is held than may wait, and keeps nothing", () => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const connection = new FakeConnection();
  connection.maxBufferedBytes = 100;
  const holding = new Holding(connection);
  const [a, b] = [new HeldFrames(holding), new HeldFrames(holding)];
  a.put(FRAME, undefined);
  b.put(FRAME, undefined);
  assertEquals(codeOf(connection), undefined);
  a.put(FRAME, undefined); // 120 of 100 bytes, those of both topics
  assertEquals(codeOf(connection), 4408);
  b.put(FRAME, undefined);
  assertEquals([a.takeAll(), b.takeAll()], [[], []]);
  assertEquals(limits.events.map(({ limit, max, found }) => [limit, max, found]), [["maxBufferedBytes", 100, 120]]);
});

Deno.test("HeldFrames gives back what is taken, and leaves what waits beside it to the slow-reader rule", () => {
  const connection = new FakeConnection();
  connection.maxBufferedBytes = 100;
  const holding = new Holding(connection);
  const held = new HeldFrames(holding);
  for (let n = 0; n < 5; n++) {
    held.put(FRAME, undefined);
    held.put(FRAME, undefined);
    assertEquals(held.takeAll().length, 2);
  }
  connection.bufferedBytes = 1_000; // a large answer on its way to a client that reads
  held.put(FRAME, undefined);
  assertEquals(codeOf(connection), undefined);
});

Deno.test("Membership.hold() keeps to Channel.slowReader: old broadcasts make room, pushes stay", () => {
  using drops = new Collected<DroppedEvent>("urvogel:socket:dropped");
  const connection = new FakeConnection();
  connection.maxBufferedBytes = 1000;
  const membership = new Membership("room:a", { joinRef: "1", ref: "1" }, serializerV2, connection);
  membership.slowReader = { policy: "dropOldest", maxWaitingBytes: 100 };
  membership.hold();
  for (let n = 0; n < 100; n++) membership.write(`${n} ${FRAME}`);
  membership.push("pushed", {});
  membership.release();
  assertEquals(codeOf(connection), undefined);
  assertEquals(connection.sent, [`98 ${FRAME}`, `99 ${FRAME}`, '["1",null,"room:a","pushed",{}]']);
  assertEquals(drops.events.length, 98);
});

/** Traps exits, and does not end before the test says so. */
class StubbornChannel extends Channel {
  static readonly door = Promise.withResolvers<never>();
  override join() {
    return ok();
  }
  override afterJoin(socket: ChannelSocket) {
    socket.self.trapExit = true;
  }
  override handleInfo() {
    return StubbornChannel.door.promise;
  }
}

class StubbornSocket extends Socket {
  override channels = { "room:*": StubbornChannel };
  override connect() {
    return ok();
  }
}

Deno.test("a second join of a topic whose channel is slow to end holds no more than may wait", async () => {
  using _crashes = new Crashes();
  const pubsub = new PubSub();
  const accepted = await new ChannelDriver(new StubbornSocket(), pubsub, new SocketTree()).connect(
    { vsn: "2.0.0" },
    NO_INFO,
  );
  assert(accepted.next === "ok");
  const connection = new FakeConnection();
  connection.maxBufferedBytes = 1000;
  const session = accepted.value.open(connection);
  for (const ref of ["1", "2"]) {
    session.handleIn(JSON.stringify([ref, ref, "room:a", "phx_join", {}]));
    await settle();
  }
  assertEquals(connection.sent.length, 1);
  for (let n = 0; n < 100; n++) pubsub.broadcast("room:a", "said", { text: FRAME });
  assertEquals(codeOf(connection), 4408);
  session.close({ shutdown: "slow_reader" });
  StubbornChannel.door.reject(new Error("the test is over"));
  await settle();
});
