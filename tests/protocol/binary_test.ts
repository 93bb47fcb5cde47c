import { assert, assertEquals, assertInstanceOf, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  decodeBinaryPush,
  encodeBinaryBroadcast,
  encodeBinaryPush,
  encodeBinaryReply,
} from "../../lib/protocol/_binary.ts";
import { MalformedFrameError } from "../../lib/protocol/errors.ts";

const utf8 = new TextEncoder();

/** Bytes from numbers and ASCII or other text, as a frame is read by people. */
function bytes(...parts: (number | string)[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => typeof part === "number" ? [part] : [...utf8.encode(part)]));
}

/** A client's push, written without a thought for speed or limits: what phoenix.js does. */
function clientPush(strings: readonly string[], data: Uint8Array): Uint8Array<ArrayBuffer> {
  const encoded = strings.map((text) => utf8.encode(text));
  return Uint8Array.from([0, ...encoded.map((text) => text.length), ...encoded.flatMap((text) => [...text]), ...data]);
}

/** What a frame of the server says: phoenix.js's way to read it. */
function readServerFrame(frame: Uint8Array, fields: number) {
  let offset = 1 + fields;
  const strings = Array.from({ length: fields }, (_, i) => {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      frame.subarray(offset, offset + frame[1 + i]!),
    );
    offset += frame[1 + i]!;
    return text;
  });
  return { kind: frame[0], strings, data: [...frame.subarray(offset)] };
}

const recorded: [who: string, frame: Uint8Array<ArrayBuffer>, message: unknown[]][] = [
  ["phoenix.js 1.8.16", bytes(0, 1, 1, 7, 3, "34room:ébin", 1, 2, 3), ["3", "4", "room:é", "bin", [1, 2, 3]]],
  [
    "y-phoenix-channel",
    bytes(0, 1, 1, 12, 8, "34y_doc_room:1yjs_sync", 0, 0, 1, 0),
    ["3", "4", "y_doc_room:1", "yjs_sync", [0, 0, 1, 0]],
  ],
  ["golden bin_heartbeat", bytes(0, 0, 1, 7, 9, "5phoenixheartbeat"), ["", "5", "phoenix", "heartbeat", []]],
  ["golden bin_empty_refs", bytes(0, 0, 0, 6, 3, "room:xbind"), ["", "", "room:x", "bin", [0x64]]],
];
Deno.test.each(recorded)("decodeBinaryPush() reads what %s sent", (_who, frame, expected) => {
  const { joinRef, ref, topic, event, payload } = decodeBinaryPush(frame);
  assert(payload instanceof Uint8Array);
  assertEquals([joinRef, ref, topic, event, [...payload]], expected);
});

const malformed: [what: string, frame: Uint8Array<ArrayBuffer>, reason: RegExp][] = [
  ["nothing", bytes(), /a header has 5 bytes, received 0/],
  ["a kind alone", bytes(0), /a header has 5 bytes, received 1/],
  ["four bytes", bytes(0, 1, 1, 1), /a header has 5 bytes, received 4/],
  ["a server's reply", bytes(1, 1, 1, 1, 1, "abcd"), /of kind 0, received 1/],
  ["a broadcast", bytes(2, 1, 1, "abc"), /of kind 0, received 2/],
  // Recorded from realtime-js 2.109: a kind of Supabase's own.
  ["Supabase's kind 3", bytes(3, 1, 1, 14, 6, 0, 1, '67realtime:room1cursor{"x":1}'), /of kind 0, received 3/],
  ["JSON", bytes('[null,"1","phoenix","heartbeat",{}]'), /of kind 0, received 91/],
  ["a length past the end", bytes(0, 255, 1, 1, 1, "abcd"), /take 263 bytes, received 9/],
  ["one byte too few", bytes(0, 1, 1, 1, 2, "abcd"), /take 10 bytes, received 9/],
  ["a topic that is not UTF-8", bytes(0, 1, 1, 1, 1, "ab", 0xff, "d"), /strings must be UTF-8/],
  ["a character over two fields", bytes(0, 0, 0, 1, 1, 0xc3, 0xa9), /strings must be UTF-8/],
  ["a surrogate", bytes(0, 0, 0, 3, 0, 0xed, 0xa0, 0x80), /strings must be UTF-8/],
];
Deno.test.each(malformed)("decodeBinaryPush() refuses %s", (_what, frame, reason) => {
  const error = assertThrows(() => decodeBinaryPush(frame), Error);
  assertInstanceOf(error, MalformedFrameError);
  assertMatch(error.message, reason);
});

Deno.test("decodeBinaryPush() hands on a view of the frame, not a copy, and no Buffer", () => {
  const frame = Buffer.from(bytes(0, 0, 0, 1, 1, "te", 7, 8)) as Uint8Array<ArrayBuffer>;
  const { payload } = decodeBinaryPush(frame);
  assert(payload instanceof Uint8Array);
  assertStrictEquals(payload.constructor, Uint8Array);
  frame[7] = 9;
  assertEquals([...payload], [9, 8]);
});

/** A string whose UTF-8 takes at most 255 bytes, of any characters. */
const field = () =>
  fc.oneof(fc.string(), fc.string({ unit: "binary", maxLength: 70 }), fc.constantFrom("\ufeffroom", "房间:😀", ""))
    .filter((text) => utf8.encode(text).length <= 255);
const data = () => fc.uint8Array({ maxLength: 600 });

Deno.test("decodeBinaryPush() reads back every push that a client may write", () => {
  fc.assert(fc.property(field(), field(), field(), field(), data(), (joinRef, ref, topic, event, data) => {
    const payload = Uint8Array.from(data);
    const decoded = decodeBinaryPush(clientPush([joinRef, ref, topic, event], data));
    assertEquals(decoded, { joinRef, ref, topic, event, payload });
  }));
});

Deno.test("decodeBinaryPush() throws nothing but MalformedFrameError, whatever the bytes", () => {
  const anyBytes = fc.uint8Array({ maxLength: 64 });
  const anyPush = fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4, max: 12 }), fc.uint8Array({ maxLength: 40 }))
    .map(([lengths, rest]) => Uint8Array.from([0, ...lengths, ...rest]));
  fc.assert(
    fc.property(fc.oneof(anyBytes, anyPush), (frame) => {
      try {
        decodeBinaryPush(Uint8Array.from(frame));
      } catch (error) {
        assert(error instanceof MalformedFrameError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("decodeBinaryPush() throws nothing but MalformedFrameError for frames that were damaged on their way", () => {
  const push = clientPush(["3", "4", "room:é", "bin"], Uint8Array.of(1, 2, 3));
  const damage = fc.record({ at: fc.nat(push.length - 1), to: fc.nat(255), length: fc.nat(push.length) });
  fc.assert(
    fc.property(damage, ({ at, to, length }) => {
      const frame = push.slice(0, length);
      if (at < length) frame[at] = to;
      try {
        decodeBinaryPush(frame);
      } catch (error) {
        assert(error instanceof MalformedFrameError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("encodeBinaryPush(), -Reply() and -Broadcast() write frames that a client reads back", () => {
  fc.assert(fc.property(field(), field(), field(), field(), data(), (joinRef, ref, topic, text, data) => {
    const push = encodeBinaryPush({ joinRef, ref: null, topic, event: text, payload: undefined }, data);
    assertEquals(readServerFrame(push, 3), { kind: 0, strings: [joinRef, topic, text], data: [...data] });
    const reply = encodeBinaryReply({ joinRef, ref, topic, status: text, response: undefined }, data);
    assertEquals(readServerFrame(reply, 4), { kind: 1, strings: [joinRef, ref, topic, text], data: [...data] });
    const broadcast = encodeBinaryBroadcast({ topic, event: text, payload: undefined }, data);
    assertEquals(readServerFrame(broadcast, 2), { kind: 2, strings: [topic, text], data: [...data] });
  }));
});

Deno.test("encodeBinaryBroadcast() writes a lone surrogate as TextEncoder does", () => {
  for (const topic of ["\ud800", "\ud800a", "\ud800é", "\udc00\ud800", "a\ud83d\ude00\ud83d"]) {
    const frame = encodeBinaryBroadcast({ topic, event: "e", payload: undefined }, Uint8Array.of(9));
    assertEquals(readServerFrame(frame, 2), { kind: 2, strings: [topic.toWellFormed(), "e"], data: [9] });
  }
});

const refs: [ref: unknown, text: string][] = [
  ["7", "7"],
  ["", ""],
  [22, "22"],
  [1.5, "1.5"],
  [true, "true"],
  [false, "false"],
  [null, ""],
  [undefined, ""],
];
Deno.test.each(refs)("encodeBinaryReply() writes the ref %j as text", (ref, text) => {
  const frame = encodeBinaryReply({ joinRef: ref, ref, topic: "t", status: "ok", response: undefined }, bytes());
  assertEquals(readServerFrame(frame, 4).strings, [text, text, "t", "ok"]);
});

Deno.test.each([[[]], [{}], [["1"]]])("encodeBinaryReply() refuses the ref %j", (ref) => {
  const reply = { joinRef: "1", ref, topic: "t", status: "ok", response: undefined };
  assertMatch(
    assertThrows(() => encodeBinaryReply(reply, bytes()), TypeError).message,
    /a ref must be a string or a number, received (array|object)/,
  );
});

Deno.test.each([[1], [null], [["t"]]])("encodeBinaryPush() refuses the topic %j", (topic) => {
  const push = { joinRef: "1", ref: null, topic, event: "e", payload: undefined };
  assertThrows(() => encodeBinaryPush(push, bytes()), TypeError, '"topic" must be a string');
});

const longest = ["x".repeat(255), "é".repeat(127) + "x", "日".repeat(85), "😀".repeat(63) + "abc"];
Deno.test.each(longest)("encodeBinaryBroadcast() takes a field of 255 bytes and none of 256: %.3s", (text) => {
  const broadcast = { topic: "t", event: text, payload: undefined };
  assertEquals(readServerFrame(encodeBinaryBroadcast(broadcast, bytes(1)), 2).strings, ["t", text]);
  assertThrows(
    () => encodeBinaryBroadcast({ ...broadcast, event: `${text}x` }, bytes(1)),
    RangeError,
    'Cannot encode binary frame: "event" must be <= 255 bytes, received 256',
  );
});

Deno.test("encodeBinaryPush(), -Reply() and -Broadcast() name the field that is too long", () => {
  const long = "é".repeat(128);
  const base = {
    joinRef: "1",
    ref: "2",
    topic: "t",
    event: "e",
    status: "ok",
    payload: undefined,
    response: undefined,
  };
  const cases: [field: string, encode: () => unknown][] = [
    ["join_ref", () => encodeBinaryPush({ ...base, joinRef: long }, bytes())],
    ["topic", () => encodeBinaryPush({ ...base, topic: long }, bytes())],
    ["event", () => encodeBinaryPush({ ...base, event: long }, bytes())],
    ["ref", () => encodeBinaryReply({ ...base, ref: long }, bytes())],
    ["status", () => encodeBinaryReply({ ...base, status: long }, bytes())],
    ["topic", () => encodeBinaryBroadcast({ ...base, topic: long }, bytes())],
  ];
  for (const [name, encode] of cases) {
    assertMatch(assertThrows(encode, RangeError).message, new RegExp(`"${name}" must be <= 255 bytes, received 256`));
  }
});
