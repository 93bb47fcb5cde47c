import { assertEquals, assertThrows } from "@std/assert";
import { Presence, PubSub, spawn } from "@urvogel/realtime";
import * as v from "valibot";
import * as z from "zod";

const member = () => spawn(async (mailbox) => void await Array.fromAsync(mailbox));

/** A presence with a schema, and a process to track. */
function setUp() {
  const presence = new Presence({ pubsub: new PubSub(), meta: z.strictObject({ tab: z.number() }) });
  const pid = member();
  return {
    presence,
    pid,
    socket: { self: pid, topic: "room" },
    metas: () => presence.list("room").ann?.metas.map(({ tab }) => tab),
    async [Symbol.asyncDispose]() {
      await presence.stop();
      pid.exit("shutdown");
    },
  };
}
const WRONG = { tab: "one" } as unknown as { tab: number };

Deno.test("Presence.track() refuses a meta that does not fit its schema", async () => {
  await using test = setUp();
  const why = 'Cannot track: the meta does not fit its schema: [{"message":"Invalid input: expected number';
  assertThrows(() => test.presence.track(test.pid, "room", "ann", WRONG), TypeError, why);
  assertThrows(() => test.presence.track(test.socket, "ann", WRONG), TypeError, why);
  assertEquals(test.metas(), undefined);
  test.presence.track(test.socket, "ann", { tab: 1 });
  assertEquals(test.metas(), [1]);
});

Deno.test("Presence.update() refuses a meta that does not fit its schema, and ignores references", async () => {
  await using test = setUp();
  test.presence.track(test.pid, "room", "ann", { tab: 1 });
  assertThrows(() => test.presence.update(test.socket, "ann", WRONG), TypeError, "does not fit its schema");
  assertThrows(() => test.presence.update(test.pid, "room", "ann", () => WRONG), TypeError, "does not fit its schema");
  assertEquals(test.metas(), [1]);
  test.presence.update(test.socket, "ann", (current) => ({ ...current, tab: current.tab + 1 }));
  test.presence.update(test.pid, "room", "ann", (current) => ({ ...current, tab: current.tab + 1 }));
  assertEquals(test.metas(), [3]);
});

Deno.test("Presence.track() tracks what the schema returns", async () => {
  const presence = new Presence({ pubsub: new PubSub(), meta: v.object({ tab: v.number() }) });
  const pid = member();
  presence.track(pid, "room", "ann", { tab: 1, token: "secret" } as { tab: number });
  assertEquals(Object.keys(presence.list("room").ann!.metas[0]!).sort(), ["phx_ref", "tab"]);
  await presence.stop();
  pid.exit("shutdown");
});

Deno.test("Presence.track() refuses an asynchronous schema", async () => {
  const meta = v.objectAsync({ tab: v.pipeAsync(v.number(), v.checkAsync(() => Promise.reject(new Error("boom")))) });
  const presence = new Presence({ pubsub: new PubSub(), meta });
  const pid = member();
  assertThrows(() => presence.track(pid, "room", "ann", { tab: 1 }), TypeError, "must not be asynchronous");
  await presence.stop();
  pid.exit("shutdown");
});
