import type { NatsConnection } from "@nats-io/transport-node";
import { assertEquals, assertObjectMatch } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { BusFault } from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Session } from "../../../lib/adapters/nats/_session.ts";

const BYTES = new Uint8Array(10);

/** A session on a client whose server confirms, and is lost, when a test says so. */
function setUp(maxUnconfirmedBytes = 1000) {
  const asked: PromiseWithResolvers<void>[] = [];
  const lost = Promise.withResolvers<void>();
  const faults: BusFault[] = [];
  const client = {
    publish() {},
    flush: () => {
      const reply = Promise.withResolvers<void>();
      asked.push(reply);
      return reply.promise;
    },
    async *status() {
      await lost.promise;
      yield { type: "close" };
    },
  };
  const session = new Session(
    { client: client as unknown as NatsConnection, engine: "NATS", isOwn: false },
    { maxUnconfirmedBytes, noticed: (fault) => void faults.push(fault) },
  );
  const lose = async () => {
    lost.resolve();
    await session.ended;
  };
  return { session, asked, faults, lose };
}

Deno.test("Session asks the server soon to confirm what was sent, once, and counts what it has not", async () => {
  using time = new FakeTime();
  const { session, asked, faults, lose } = setUp();
  for (let n = 0; n < 3; n++) session.publish("t", BYTES, false);
  await time.tickAsync(49);
  assertEquals(asked.length, 0);
  await time.tickAsync(1);
  assertEquals(asked.length, 1);
  session.publish("t", BYTES, false);
  asked[0]?.resolve();
  await settle();
  assertEquals(session.unconfirmedBytes, 10);
  await lose();
  assertObjectMatch({ faults }, { faults: [{ unconfirmed: 1, error: { message: "NATS closed the connection" } }] });
  await time.tickAsync(50);
  assertEquals(asked.length, 1);
});

Deno.test("Session reports nothing as lost that was confirmed or is sent again", async () => {
  using time = new FakeTime();
  const { session, asked, faults, lose } = setUp();
  session.publish("t", BYTES, false);
  const confirmed = session.confirm();
  await settle();
  asked[0]?.resolve();
  assertEquals(await confirmed, true);
  session.publish("urvogel:x", BYTES, true);
  await lose();
  await time.tickAsync(50);
  assertEquals([faults, asked.length], [[], 1]);
});

Deno.test("Session asks at once when half of what may be unconfirmed was sent", () => {
  using _time = new FakeTime();
  const { session, asked } = setUp(40);
  for (let n = 0; n < 5; n++) session.publish("t", BYTES, false);
  assertEquals([asked.length, session.unconfirmedBytes], [2, 50]);
});
