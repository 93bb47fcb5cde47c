import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  chooseSerializer,
  type ClientMessage,
  type Frame,
  MalformedFrameError,
  serializerV2,
  UnencodableError,
} from "@urvogel/realtime";
import { serializerSupabaseV1, serializerSupabaseV2, SUPABASE_SERIALIZERS } from "@urvogel/realtime/supabase";
import { loadSupabaseClient } from "../support/supabase_client.ts";

const { decode, encodePush, encodeReply, encodeBroadcast } = serializerSupabaseV2;

// The other half of the codec, as it comes from npm.
const RealtimeClient = await loadSupabaseClient({ version: "2.109.0" });
const { serializer: client } = new RealtimeClient("ws://localhost/socket", { params: { apikey: "key" } });

/** A frame of Latin-1 text, which shows each byte. */
function frame(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function written(message: object): Frame {
  let encoded: string | ArrayBuffer = "";
  client.encode(message, (frame) => encoded = frame);
  return typeof encoded === "string" ? encoded : new Uint8Array(encoded);
}

function read(frame: Frame): unknown {
  let decoded: unknown;
  client.decode(typeof frame === "string" ? frame : frame.slice().buffer, (message) => decoded = message);
  return decoded;
}

const readable: readonly [name: string, frame: Uint8Array<ArrayBuffer>, message: ClientMessage][] = [
  [
    "JSON, as recorded from the client",
    frame('\x03\x01\x01\x0e\x06\x00\x0167realtime:room1cursor{"x":1}'),
    {
      joinRef: "6",
      ref: "7",
      topic: "realtime:room1",
      event: "broadcast",
      payload: { type: "broadcast", event: "cursor", payload: { x: 1 } },
    },
  ],
  [
    "bytes, without refs",
    frame("\x03\x00\x00\x01\x01\x00\x00te\x00\xff"),
    {
      joinRef: "",
      ref: "",
      topic: "t",
      event: "broadcast",
      payload: { type: "broadcast", event: "e", payload: Uint8Array.of(0, 255) },
    },
  ],
  [
    "metadata, and text beyond ASCII",
    frame('\x03\x01\x01\x02\x04\x07\x0112\xc3\xa9\xf0\x9f\x98\x80{"a":1}"\xc3\xa9"'),
    {
      joinRef: "1",
      ref: "2",
      topic: "é",
      event: "broadcast",
      payload: { type: "broadcast", event: "😀", payload: "é", meta: { a: 1 } },
    },
  ],
  [
    "a binary push of Phoenix",
    frame("\x00\x01\x01\x01\x0112te\x09"),
    { joinRef: "1", ref: "2", topic: "t", event: "e", payload: Uint8Array.of(9) },
  ],
];
Deno.test.each(readable)("serializerSupabaseV2.decode() reads %s", (_name, frame, message) => {
  assertEquals(decode(frame), message);
});

const malformed: readonly [frame: string, reason: RegExp][] = [
  ["", /a header has 5 bytes, received 0/],
  ["\x03\x00\x00\x00\x00\x00", /a header has 7 bytes, received 6/],
  ["\x03\x00\x00\x01\x00\x00\x00", /header and strings take 8 bytes, received 7/],
  ["\x03\x00\x00\x00\x00\x00\x02", /an encoding is 0 or 1, received 2/],
  ["\x03\x00\x00\x00\x00\x00\x01", /text must be JSON/],
  ["\x03\x00\x00\x00\x00\x00\x01\xff", /strings must be UTF-8/],
  ["\x03\x00\x00\x01\x00\x00\x00\xff", /strings must be UTF-8/],
  ["\x03\x00\x00\x00\x00\x01\x00{", /text must be JSON/],
  ["\x03\x00\x00\x00\x00\x02\x00[]", /metadata must be an object, received array/],
  ["\x04\x00\x00\x00\x00", /a client's frame is of kind 0, received 4/],
];
Deno.test.each(malformed)("serializerSupabaseV2.decode() refuses %j", (text, reason) => {
  assertMatch(assertThrows(() => decode(frame(text)), MalformedFrameError).message, reason);
});

Deno.test("serializerSupabaseV2.decode() throws nothing but MalformedFrameError, whatever comes", () => {
  const header = fc.tuple(fc.constant(3), ...Array.from({ length: 5 }, () => fc.nat(6)), fc.nat(3));
  const anything = fc.tuple(header, fc.uint8Array({ maxLength: 40 })).map(([head, rest]) =>
    Uint8Array.from([...head, ...rest])
  );
  fc.assert(fc.property(anything, (frame) => {
    try {
      decode(frame);
    } catch (error) {
      assert(error instanceof MalformedFrameError, String(error));
    }
  }));
});

const ascii = fc.string({ unit: "grapheme-ascii", maxLength: 255 });
const anyBytes = fc.uint8Array().map((bytes) => Uint8Array.from(bytes));

Deno.test("serializerSupabaseV2.decode() reads whatever the client writes", () => {
  const topic = ascii.map((name) => `realtime:${name}`.slice(0, 255));
  const payload = fc.oneof(
    fc.dictionary(fc.string(), fc.jsonValue()),
    anyBytes.map(({ buffer }) => buffer),
  );
  fc.assert(fc.property(ascii, ascii, topic, ascii, payload, (join_ref, ref, topic, event, payload) => {
    const message = { type: "broadcast", event, payload };
    const isBytes = payload instanceof ArrayBuffer;
    assertEquals(decode(written({ join_ref, ref, topic, event: "broadcast", payload: message })), {
      joinRef: join_ref,
      ref,
      topic,
      event: "broadcast",
      payload: { ...message, payload: isBytes ? new Uint8Array(payload) : JSON.parse(JSON.stringify(payload)) },
    });
  }));
});

Deno.test("serializerSupabaseV2 writes bytes so that the client reads them, in any script", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 20 });
  const meta = fc.option(fc.dictionary(fc.string({ maxLength: 5 }), fc.nat(9), { minKeys: 1, maxKeys: 3 }), {
    nil: undefined,
  });
  fc.assert(fc.property(text, text, anyBytes, meta, (topic, event, data, meta) => {
    const wrapped = { type: "broadcast", event, payload: data, ...(meta && { meta }) };
    const heard = {
      join_ref: null,
      ref: null,
      topic,
      event: "broadcast",
      payload: { ...wrapped, payload: data.slice().buffer },
    };
    assertEquals(plain(read(encodeBroadcast({ topic, event: "broadcast", payload: wrapped }))), plain(heard));
    const push = { joinRef: "1", ref: null, topic, event: "broadcast", payload: wrapped };
    assertEquals(plain(read(encodePush(push))), plain(heard));
  }));
});

/** As JSON has it: no prototypes. Bytes become a list. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, value) => value instanceof ArrayBuffer ? toList(value) : value));
}

function toList(buffer: ArrayBuffer): number[] {
  return Array.from(new Uint8Array(buffer));
}

Deno.test("serializerSupabaseV2 writes a bare payload of bytes as a broadcast of its event", () => {
  const payload = Uint8Array.of(65);
  const expected = frame("\x04\x01\x01\x00\x00teA");
  assertEquals(encodeBroadcast({ topic: "t", event: "e", payload }), expected);
  assertEquals(encodePush({ joinRef: "1", ref: null, topic: "t", event: "e", payload }), expected);
});

Deno.test("serializerSupabaseV2 writes JSON as V2 does", () => {
  const push = { joinRef: "1", ref: null, topic: "t", event: "broadcast", payload: { type: "broadcast", event: "e" } };
  assertStrictEquals(encodePush(push), serializerV2.encodePush(push));
  assertStrictEquals(encodeBroadcast(push), serializerV2.encodeBroadcast(push));
  const reply = { joinRef: "1", ref: "2", topic: "t", status: "ok", response: {} };
  assertStrictEquals(encodeReply(reply), serializerV2.encodeReply(reply));
});

Deno.test("serializerSupabaseV2 refuses what has no place in a frame that the client understands", () => {
  const bytes = Uint8Array.of(1);
  const reply = { joinRef: "1", ref: "2", topic: "t", status: "ok", response: bytes };
  assertThrows(() => encodeReply(reply), UnencodableError, "no binary replies");
  const nameless = { topic: "t", event: "broadcast", payload: { payload: bytes } };
  assertThrows(() => encodeBroadcast(nameless), Error, '"event" must be a string, received undefined');
  const broadcast = { topic: "t", event: "e", payload: bytes };
  assertThrows(() => encodeBroadcast({ ...broadcast, event: "é".repeat(128) }), Error, '"event" must be <= 255 bytes');
  assertThrows(
    () => encodePush({ ...broadcast, topic: null, joinRef: "1", ref: null }),
    Error,
    '"topic" must be a string',
  );
  assertThrows(() => encodeBroadcast({ topic: "t", event: "e", payload: [1] }), Error, "must be an object");
});

Deno.test("serializerSupabaseV1 writes JSON as V1 does, and refuses bytes in a user broadcast", () => {
  const { encodePush, encodeBroadcast } = serializerSupabaseV1;
  const json = { topic: "t", event: "broadcast", payload: { type: "broadcast", event: "e", payload: { x: 1 } } };
  assertEquals(
    encodeBroadcast(json),
    `{"event":"broadcast","payload":${JSON.stringify(json.payload)},"ref":null,"topic":"t"}`,
  );
  const bytes = { ...json, payload: { ...json.payload, payload: Uint8Array.of(1) } };
  assertThrows(() => encodeBroadcast(bytes), UnencodableError);
  assertThrows(() => encodePush({ ...bytes, joinRef: "1", ref: null }), UnencodableError);
});

Deno.test("SUPABASE_SERIALIZERS has one for each version that clients ask for", () => {
  assertStrictEquals(chooseSerializer(SUPABASE_SERIALIZERS, undefined), serializerSupabaseV1);
  assertStrictEquals(chooseSerializer(SUPABASE_SERIALIZERS, "1.0.0"), serializerSupabaseV1);
  assertStrictEquals(chooseSerializer(SUPABASE_SERIALIZERS, "2.0.0"), serializerSupabaseV2);
});
