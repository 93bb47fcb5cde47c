import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MalformedFrameError, serializerV2 } from "@urvogel/realtime";

const { decode, encodePush, encodeReply, encodeBroadcast } = serializerV2;

const recorded: [frame: string, message: unknown[]][] = [
  ['["3","3","room:1","phx_join",{"p":1}]', ["3", "3", "room:1", "phx_join", { p: 1 }]],
  ['["3","4","room:1","ev",{"x":1}]', ["3", "4", "room:1", "ev", { x: 1 }]],
  ['["3","5","room:1","phx_leave",{}]', ["3", "5", "room:1", "phx_leave", {}]],
  ['[null,"1","phoenix","heartbeat",{}]', [null, "1", "phoenix", "heartbeat", {}]],
  ['["1","2","t","e",{},"and","more"]', ["1", "2", "t", "e", {}]],
];
Deno.test.each(recorded)("serializerV2.decode() reads %s", (frame, expected) => {
  const { joinRef, ref, topic, event, payload } = decode(frame);
  assertEquals([joinRef, ref, topic, event, payload], expected);
});

Deno.test("serializerV2.decode() reads back every array of five", () => {
  fc.assert(fc.property(fc.array(fc.jsonValue(), { minLength: 5, maxLength: 7 }), (message) => {
    const text = JSON.stringify(message);
    const [joinRef, ref, topic, event, payload] = JSON.parse(text);
    assertEquals(decode(text), { joinRef, ref, topic, event, payload });
  }));
});

const malformed: [frame: string, reason: RegExp][] = [
  ["", /text must be JSON/],
  ["[", /text must be JSON/],
  ["{}", /V2 takes an array, received object/],
  ["null", /V2 takes an array, received null/],
  ["7", /V2 takes an array, received number/],
  ["[]", /V2 takes an array of 5 elements, received 0/],
  ['["1","1","t","e"]', /V2 takes an array of 5 elements, received 4/],
];
Deno.test.each(malformed)("serializerV2.decode() refuses %s", (frame, reason) => {
  assertMatch(assertThrows(() => decode(frame), MalformedFrameError).message, reason);
});

Deno.test("serializerV2.decode() throws nothing but MalformedFrameError, whatever comes", () => {
  const anyBytes = fc.uint8Array().map((bytes) => Uint8Array.from(bytes));
  const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.array(fc.json()).map((list) => `[${list}]`));
  fc.assert(fc.property(fc.oneof(anyText, anyBytes), (frame) => {
    try {
      decode(frame);
    } catch (error) {
      assert(error instanceof MalformedFrameError, String(error));
    }
  }));
});

Deno.test("serializerV2 writes arrays of five, whose payload a client reads back", () => {
  const ref = fc.oneof(fc.string(), fc.nat(), fc.constant(null));
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(ref, ref, text, text, fc.dictionary(text, fc.jsonValue()), (joinRef, ref, topic, event, map) => {
      const payload = JSON.parse(JSON.stringify(map));
      const push = encodePush({ joinRef, ref, topic, event, payload: map });
      assertEquals(JSON.parse(push as string), [joinRef, ref, topic, event, payload]);
      const reply = encodeReply({ joinRef, ref, topic, status: event, response: map });
      assertEquals(JSON.parse(reply as string), [joinRef, ref, topic, "phx_reply", {
        status: event,
        response: payload,
      }]);
      const broadcast = encodeBroadcast({ topic, event, payload: map });
      assertEquals(JSON.parse(broadcast as string), [null, null, topic, event, payload]);
    }),
  );
});

Deno.test("serializerV2.encodeReply() takes any JSON value, pushes and broadcasts take objects", () => {
  const push = { joinRef: "1", ref: null, topic: "t", event: "e" };
  for (const value of [null, 1, "text", [1], true]) {
    const reply = encodeReply({ ...push, status: "ok", response: value });
    assertEquals(JSON.parse(reply as string)[4], { status: "ok", response: value });
    assertThrows(
      () => encodePush({ ...push, payload: value }),
      Error,
      "payload of push: must be an object or a Uint8Array",
    );
    assertThrows(
      () => encodeBroadcast({ ...push, payload: value }),
      Error,
      "payload of broadcast: must be an object or a Uint8Array",
    );
  }
  const buffer = new ArrayBuffer(1);
  assertThrows(() => encodePush({ ...push, payload: buffer }), Error, "received ArrayBuffer");
  assertThrows(() => encodeBroadcast({ ...push, payload: buffer }), Error, "received ArrayBuffer");
  assertThrows(() => encodeReply({ ...push, status: "ok", response: buffer }), Error, "received ArrayBuffer");
});

Deno.test("serializerV2 writes bytes as binary frames, an empty one too", () => {
  const base = { joinRef: "1", ref: "2", topic: "t", event: "e" };
  const text = (frame: unknown) => new TextDecoder().decode(frame as Uint8Array);
  assertEquals(text(encodePush({ ...base, payload: Uint8Array.of(65) })), "\x00\x01\x01\x011teA");
  assertEquals(text(encodeReply({ ...base, status: "ok", response: Uint8Array.of(65) })), "\x01\x01\x01\x01\x0212tokA");
  assertEquals(text(encodeBroadcast({ ...base, payload: new Uint8Array(0) })), "\x02\x01\x01te");
});

Deno.test("serializerV2 refuses what JSON refuses", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const push = { joinRef: "1", ref: null, topic: "t", event: "e" };
  assertThrows(() => encodePush({ ...push, payload: cycle }), TypeError);
  assertThrows(() => encodePush({ ...push, payload: { big: 1n } }), TypeError);
});
