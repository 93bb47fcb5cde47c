import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MalformedFrameError, serializerV1, UnencodableError } from "@urvogel/realtime";

const { decode, encodePush, encodeReply, encodeBroadcast } = serializerV1;

Deno.test("serializerV1.decode() reads what phoenix.js 1.2.1 sent", () => {
  const frame = '{"topic":"room:1","event":"phx_join","payload":{"p":1},"ref":"1"}';
  const message = { joinRef: null, ref: "1", topic: "room:1", event: "phx_join", payload: { p: 1 } };
  assertEquals(decode(frame), message);
});

Deno.test("serializerV1.decode() reads back every message, with or without a join_ref", () => {
  const value = fc.jsonValue();
  fc.assert(fc.property(value, value, value, value, value, (join_ref, ref, topic, event, payload) => {
    const text = JSON.stringify({ join_ref, ref, topic, event, payload });
    const read = JSON.parse(text);
    assertEquals(decode(text), {
      joinRef: read.join_ref,
      ref: read.ref,
      topic: read.topic,
      event: read.event,
      payload: read.payload,
    });
    assertEquals(decode(JSON.stringify({ ref, topic, event, payload })).joinRef, null);
  }));
});

const malformed: [frame: string, reason: RegExp][] = [
  ["", /text must be JSON/],
  ["{", /text must be JSON/],
  ["null", /V1 takes an object, received null/],
  ["7", /V1 takes an object, received number/],
  ['"text"', /V1 takes an object, received string/],
  ['["1","1","room:1","phx_join",{}]', /"ref" is missing/],
  ['{"event":"e","payload":{},"ref":"1"}', /"topic" is missing/],
  ['{"topic":"t","payload":{},"ref":"1"}', /"event" is missing/],
  ['{"topic":"t","event":"e","ref":"1"}', /"payload" is missing/],
  ['{"topic":"t","event":"e","payload":{}}', /"ref" is missing/],
  ['{"__proto__":{"topic":"t","event":"e","payload":{},"ref":"1"}}', /"ref" is missing/],
];
Deno.test.each(malformed)("serializerV1.decode() refuses %s", (frame, reason) => {
  assertMatch(assertThrows(() => decode(frame), MalformedFrameError).message, reason);
});

Deno.test("serializerV1.decode() throws nothing but MalformedFrameError, whatever comes", () => {
  const anyBytes = fc.uint8Array().map((bytes) => Uint8Array.from(bytes));
  fc.assert(fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json(), anyBytes), (frame) => {
    try {
      decode(frame);
    } catch (error) {
      assert(error instanceof MalformedFrameError, String(error));
    }
  }));
});

Deno.test("serializerV1 writes objects without a join_ref, with any JSON value as payload", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.jsonValue(), (text, value) => {
    const read = (frame: unknown) => JSON.parse(frame as string);
    const payload = JSON.parse(JSON.stringify(value));
    const push = encodePush({ joinRef: "9", ref: null, topic: text, event: "e", payload: value });
    assertEquals(read(push), { topic: text, event: "e", ref: null, payload });
    const reply = encodeReply({ joinRef: "9", ref: "1", topic: text, status: "ok", response: value });
    assertEquals(read(reply), {
      topic: text,
      event: "phx_reply",
      ref: "1",
      payload: { status: "ok", response: payload },
    });
    const broadcast = encodeBroadcast({ topic: text, event: "e", payload: value });
    assertEquals(read(broadcast), { topic: text, event: "e", ref: null, payload });
  }));
});

const push = { joinRef: "1", ref: null, topic: "t", event: "e" };

Deno.test("serializerV1 cannot carry bytes, and says so with UnencodableError", () => {
  const bytes = Uint8Array.of(1);
  assertThrows(() => encodePush({ ...push, payload: bytes }), UnencodableError);
  assertThrows(() => encodeReply({ ...push, status: "ok", response: bytes }), UnencodableError);
  assertThrows(() => encodeBroadcast({ topic: "t", event: "e", payload: bytes }), UnencodableError);
});

Deno.test.each([undefined, () => {}, Symbol("s"), new ArrayBuffer(1)])(
  "serializerV1 refuses a payload that JSON would leave out",
  (payload) => {
    assertThrows(() => encodePush({ ...push, payload }), TypeError);
    assertThrows(() => encodeReply({ ...push, status: "ok", response: payload }), TypeError);
    assertThrows(() => encodeBroadcast({ topic: "t", event: "e", payload }), TypeError);
  },
);
