import { assertEquals } from "@std/assert";
import { serializerV1, serializerV2 } from "@urvogel/realtime";
import { Membership } from "../../lib/channel/_membership.ts";
import { FakeConnection } from "../support/fake_client.ts";

function memberOf(joinRef: unknown = "7", serializer = serializerV2) {
  const connection = new FakeConnection();
  const membership = new Membership("room:a", { joinRef, ref: "8" }, serializer, connection);
  const take = () => connection.sent.splice(0).map((frame) => JSON.parse(frame as string));
  return { membership, take, connection };
}

Deno.test("Membership writes frames of its topic and join", () => {
  const { membership, take } = memberOf();
  membership.push("e", { n: 1 });
  membership.reply("2", "ok", { n: 2 });
  membership.reply(null, "error");
  membership.writeClose();
  membership.writeError();
  assertEquals(take(), [
    ["7", null, "room:a", "e", { n: 1 }],
    ["7", "2", "room:a", "phx_reply", { status: "ok", response: { n: 2 } }],
    ["7", null, "room:a", "phx_reply", { status: "error", response: {} }],
    ["7", "7", "room:a", "phx_close", {}],
    ["7", "7", "room:a", "phx_error", { reason: "channel_crash" }],
  ]);
  assertEquals([membership.topic, membership.joinRef, membership.transport], ["room:a", "7", "test"]);
});

Deno.test.each([null, false])(
  "Membership marks the frames of a join with join_ref %s by its ref, but for the close",
  (joinRef) => {
    const { membership, take } = memberOf(joinRef);
    membership.push("e", {});
    membership.reply("9", "ok");
    membership.writeClose();
    membership.writeError();
    assertEquals(take(), [
      ["8", null, "room:a", "e", {}],
      ["8", "9", "room:a", "phx_reply", { status: "ok", response: {} }],
      [joinRef, joinRef, "room:a", "phx_close", {}],
      [joinRef, joinRef, "room:a", "phx_error", { reason: "channel_crash" }],
    ]);
    assertEquals(JSON.parse(membership.encodeJoinReply("8", "ok", {}) as string)[0], joinRef);
  },
);

Deno.test("Membership gives V1 clients the join's ref in phx_close, since there is no join_ref", () => {
  const { membership, take } = memberOf("7", serializerV1);
  membership.writeClose();
  assertEquals(take(), [{ topic: "room:a", event: "phx_close", payload: {}, ref: "7" }]);
});

Deno.test("Membership.hold() keeps frames back until release(), in their order", () => {
  const { membership, take } = memberOf();
  membership.hold();
  membership.push("first", {});
  membership.hold(); // the same hold
  membership.write(JSON.stringify(["second"]));
  assertEquals(take(), []);
  membership.release();
  assertEquals(take().map((frame) => frame[3] ?? frame[0]), ["first", "second"]);
  membership.release();
  membership.push("third", {});
  assertEquals(take().map((frame) => frame[3]), ["third"]);
});

Deno.test("Membership.intercept() says what goes to the mailbox", () => {
  const { membership } = memberOf();
  assertEquals(membership.intercepts.has("a"), false);
  membership.intercept(new Set(["a", "b"]));
  assertEquals(["a", "b", "c"].map((event) => membership.intercepts.has(event)), [true, true, false]);
});
