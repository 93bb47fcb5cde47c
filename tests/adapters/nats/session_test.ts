import { type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { assertEquals, assertObjectMatch } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { BusFault } from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Session } from "../../../lib/adapters/nats/_session.ts";

const BYTES = new Uint8Array(10);

/** A session on a client whose server does what a test says. */
function setUp(maxUnconfirmedBytes = 1000) {
  const asked: PromiseWithResolvers<void>[] = [];
  const statuses = new TransformStream<object, object>(undefined, new CountQueuingStrategy({ highWaterMark: 9 }));
  const writer = statuses.writable.getWriter();
  const faults: BusFault[] = [];
  const client = {
    publish() {},
    flush: () => {
      const reply = Promise.withResolvers<void>();
      asked.push(reply);
      return reply.promise;
    },
    status: () => statuses.readable,
  };
  const session = new Session(
    { client: client as unknown as NatsConnection, engine: "NATS", isOwn: false },
    { maxUnconfirmedBytes, isTopic: () => true, noticed: (fault) => void faults.push(fault) },
  );
  const happens = (...types: readonly object[]) => types.forEach((type) => void writer.write(type));
  const lose = async () => {
    happens({ type: "close" });
    return (await session.ended).message;
  };
  const texts = () => faults.map((fault) => "engineError" in fault ? fault.engineError.message : fault);
  return { session, asked, faults, happens, lose, texts };
}

Deno.test("Session asks the server to confirm what was sent in a turn, and what comes soon after it together", async () => {
  using time = new FakeTime();
  const { session, asked, faults, lose } = setUp();
  for (let n = 0; n < 3; n++) session.publish("t", BYTES, false);
  await settle();
  assertEquals(asked.length, 1);
  for (let n = 0; n < 2; n++) {
    await time.tickAsync(20);
    session.publish("t", BYTES, false);
  }
  assertEquals(asked.length, 1);
  await time.tickAsync(10);
  assertEquals(asked.length, 2);
  asked[0]?.resolve();
  await settle();
  assertEquals(session.unconfirmedBytes, 20);
  await time.tickAsync(500);
  assertEquals(asked.length, 2); // nothing was sent since
  assertEquals(await lose(), "NATS closed the connection");
  assertObjectMatch({ faults }, { faults: [{ unconfirmed: 2, error: { message: "NATS closed the connection" } }] });
});

Deno.test("Session reports nothing as lost that was confirmed or is sent again", async () => {
  using time = new FakeTime();
  const { session, asked, faults, lose } = setUp();
  session.publish("t", BYTES, false);
  await settle();
  asked[0]?.resolve();
  await time.tickAsync(50);
  session.publish("urvogel:x", BYTES, true);
  await time.tickAsync(50);
  await lose();
  assertEquals([faults, asked.length], [[], 1]);
});

Deno.test("Session asks at once when half of what may be unconfirmed was sent", () => {
  using _time = new FakeTime();
  const { session, asked, lose } = setUp(40);
  for (let n = 0; n < 5; n++) session.publish("t", BYTES, false);
  assertEquals([asked.length, session.unconfirmedBytes], [2, 50]);
  return lose().then(() => {});
});

Deno.test("Session gives the error after which the server closes the connection as the reason, once", async () => {
  using time = new FakeTime();
  for (const type of ["staleConnection", "disconnect"]) {
    const { session, happens, texts } = setUp();
    happens({ type: "error", error: new Error("Authorization Violation") }, { type });
    assertEquals((await session.ended).message, "NATS reported: Authorization Violation");
    await time.tickAsync(1000);
    assertEquals(texts(), []);
  }
});

Deno.test("Session reports an error after which the connection goes on, and does not give it as a reason", async () => {
  using time = new FakeTime();
  const { happens, lose, texts } = setUp();
  happens({ type: "error", error: new Error("one\n") }, { type: "error", error: new Error("two") });
  await settle();
  assertEquals(texts(), ["one\\u000a"]);
  await time.tickAsync(1000);
  assertEquals(texts(), ["one\\u000a", "two"]);
  assertEquals(await lose(), "NATS closed the connection");
});

Deno.test("Session reports a refused subscription, unless somebody who waits for it asks", async () => {
  using _time = new FakeTime();
  const { session, asked, happens, texts } = setUp();
  const refuse = async (subject: string) => {
    const error = new PermissionViolationError(`no right to ${subject}`, "subscription", subject);
    const confirmed = session.confirm();
    session.noteRefusal(error);
    happens({ type: "error", error });
    await settle();
    return async (asks: boolean) => {
      asked[0]?.resolve();
      await confirmed;
      if (asks) assertEquals(session.takeRefusal("subscription", subject), true);
      for (const { resolve } of asked.splice(0)) resolve();
      await settle();
    };
  };
  await (await refuse("one"))(true);
  assertEquals(texts(), []);
  await (await refuse("two"))(false);
  await (await refuse("one"))(false);
  assertEquals(texts(), ["no right to two", "no right to one"]);
});
