import { Buffer } from "node:buffer";
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeEnvelope, encodeEnvelope } from "@urvogel/realtime";

const AWKWARD = ["", " ", ">", "*", "..", "\0", "😀", "\ud800", "\udc00x", '"', "'", "__proto__", "a".repeat(4_096)];

for (const topic of AWKWARD) {
  Deno.test(`encodeEnvelope() keeps the topic ${JSON.stringify(topic.slice(0, 20))}`, () => {
    const envelope = decodeEnvelope(encodeEnvelope("node-1", { topic, event: topic, payload: { topic } }));
    assertEquals(envelope, { topic, node: "node-1", event: topic, payload: { topic } });
  });
}

Deno.test("decodeEnvelope() returns what encodeEnvelope() was given, for any broadcast", () => {
  const text = fc.string({ unit: "binary" });
  const payload = fc.oneof(fc.uint8Array(), fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))));
  fc.assert(fc.property(text, text, text, payload, (node, topic, event, payload) => {
    assertEquals(decodeEnvelope(encodeEnvelope(node, { topic, event, payload })), { node, topic, event, payload });
  }));
});

Deno.test("decodeEnvelope() throws a TypeError for anything else, and nothing else", () => {
  const whole = encodeEnvelope("node-1", { topic: "room:1", event: "said", payload: { text: "hello" } });
  for (let length = 0; length < whole.length; length++) {
    assertThrows(() => decodeEnvelope(whole.subarray(0, length)), TypeError, "Cannot read envelope");
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    try {
      decodeEnvelope(bytes);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }));
});

Deno.test("decodeEnvelope() ignores fields that a later version adds to the header", () => {
  const header = new TextEncoder().encode(JSON.stringify(["room:1", "node-2", "said", { position: 7 }]));
  const bytes = new Uint8Array([1, 0, 0, 0, 0, header.length, ...header, 0x37]);
  assertEquals(decodeEnvelope(bytes), { topic: "room:1", node: "node-2", event: "said", payload: 7 });
});

Deno.test("decodeEnvelope() refuses another version", () => {
  const whole = encodeEnvelope("node-1", { topic: "room:1", event: "said", payload: {} });
  whole[0] = 2;
  assertThrows(() => decodeEnvelope(whole), TypeError, "version must be 1, received 2");
});

Deno.test("encodeEnvelope() throws when the payload has no JSON text", () => {
  assertThrows(() => encodeEnvelope("n", { topic: "t", event: "e", payload: undefined }), TypeError, "payload");
});

Deno.test("decodeEnvelope() returns bytes as a plain view, also of a Buffer", () => {
  const payload = new Uint8Array([1, 2, 3]);
  const { payload: received } = decodeEnvelope(
    Buffer.from(encodeEnvelope("node-1", { topic: "a", event: "b", payload })),
  );
  assertEquals(received, payload);
  assertEquals(Object.getPrototypeOf(received), Uint8Array.prototype);
});
