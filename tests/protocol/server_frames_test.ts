import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MalformedFrameError } from "../../lib/protocol/errors.ts";
import { serializerV2 } from "../../lib/protocol/serializer_v2.ts";
import { decodeServerFrame, encodeOutgoing } from "../../lib/protocol/server_frames.ts";

/** A text of at most 255 bytes. */
const field = fc.string({ unit: "binary", maxLength: 60 });
const ref = fc.option(field.filter((text) => text !== ""));
const object = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }).map((value) =>
  JSON.parse(JSON.stringify(value))
);
const bytes = fc.uint8Array({ maxLength: 40 });
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

Deno.test("encodeOutgoing() writes what the server reads as it was meant", () => {
  fc.assert(fc.property(ref, ref, field, field, fc.oneof(object, bytes), (joinRef, ref, topic, event, payload) => {
    const binary = payload instanceof Uint8Array;
    const read = serializerV2.decode(encodeOutgoing({ joinRef, ref, topic, event, payload }));
    assertEquals([read.topic, read.event], [topic, event]);
    assertEquals([read.joinRef, read.ref], binary ? [joinRef ?? "", ref ?? ""] : [joinRef, ref]);
    assertEquals(binary ? [...read.payload as Uint8Array] : read.payload, binary ? [...payload] : payload);
  }));
});

Deno.test("decodeServerFrame() reads replies, pushes and broadcasts as they were meant", () => {
  fc.assert(fc.property(ref, ref, field, field, fc.oneof(object, bytes), (joinRef, ref, topic, word, payload) => {
    fc.pre(word !== "phx_reply" && joinRef !== null);
    const value = payload instanceof Uint8Array ? new Uint8Array(payload) : payload;
    const reply = decodeServerFrame(serializerV2.encodeReply({ joinRef, ref, topic, status: word, response: value }));
    assertEquals(plain(reply), plain({ kind: "reply", joinRef, ref, topic, status: word, response: value }));
    const push = decodeServerFrame(serializerV2.encodePush({ joinRef, ref: null, topic, event: word, payload: value }));
    assertEquals(plain(push), plain({ kind: "push", joinRef, ref: null, topic, event: word, payload: value }));
    const broadcast = decodeServerFrame(serializerV2.encodeBroadcast({ topic, event: word, payload: value }));
    assertEquals(plain(broadcast), plain({ kind: "broadcast", topic, event: word, payload: value }));
  }));
});

Deno.test("encodeOutgoing() refuses a field that is too long for a binary frame", () => {
  const message = { joinRef: "1", ref: "1", topic: "é".repeat(128), event: "e", payload: new Uint8Array() };
  assertThrows(() => encodeOutgoing(message), Error, "must be <= 255 bytes, received 256");
});

const bad = ["", "{}", "[1,2]", "x", new Uint8Array(), new Uint8Array([3, 0, 0]), new Uint8Array([0, 9, 9, 9, 65])];
for (const frame of bad) {
  Deno.test(`decodeServerFrame() refuses ${typeof frame === "string" ? JSON.stringify(frame) : `bytes ${frame}`}`, () => {
    assertThrows(() => decodeServerFrame(frame), MalformedFrameError);
  });
}

Deno.test("decodeServerFrame() refuses a binary frame whose strings are not UTF-8", () => {
  assertThrows(() => decodeServerFrame(new Uint8Array([2, 1, 1, 0xff, 65])), MalformedFrameError);
});
