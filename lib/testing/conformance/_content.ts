/**
 * Cases about what a broadcast can carry.
 *
 * @module
 */

import { assertEquals } from "@std/assert/equals";
import { AssertionError } from "@std/assert/assertion-error";
import { TooLargeError } from "../../pubsub/errors.ts";
import type { Site } from "./_site.ts";
import type { TestNode } from "./_test_node.ts";

const KILOBYTE = 1024;
const MEGABYTE = KILOBYTE * KILOBYTE;

/** Topics that engines read as something else, or that become the same in a careless encoding. */
const TOPICS: readonly string[] = [
  ...["", " ", "a", "A", "a ", " a", "a.b", "a.>", "a.*", ">", "*", "..", ".", "a..b", "a.b.c"],
  ...["room:1", "room:*", "room:%", "room:_", "%72oom:1", "a/b", "a+b", "#", "$SYS", "_INBOX.a", "~", "~a"],
  ...["\0", "a\0b", "\n", "\r\n", "a\tb", "'", '"', "';--", "\\", "`", "${a}", "{a}", "(a)", "[a]", "a?"],
  ...["é", "e\u0301", "ü", "日本", "🙂", "\u{10ffff}", "\ufeff", "\ufffd", "\ud800", "\udfff", "\ud800a", "a\ud800"],
  ...["__proto__", "constructor", "null", "undefined", "NaN", "0", "00"],
  ...["x".repeat(95), "x".repeat(96), "x".repeat(97), "é".repeat(48), "é".repeat(49)],
  ...["x".repeat(4 * KILOBYTE), `${"x".repeat(4 * KILOBYTE - 1)}y`, "🙂".repeat(KILOBYTE)],
];

/** Payloads whose text or bytes are easily damaged. */
const PAYLOADS: readonly unknown[] = [
  ...[null, true, false, 0, -1.5e-7, 9_007_199_254_740_991, "", "text", [], {}],
  ...["é日本🙂\u{10ffff}", "\0\n\r\t\"'\\", "\ud800", "\udfff", "\ufffd", "\ufeffx"],
  { "": 1, nested: [{ deep: [[[]]] }, null], ["\ud800"]: "\udfff" },
  JSON.parse('{"__proto__":{"x":1},"constructor":2}'),
  Uint8Array.from({ length: 256 }, (_, byte) => byte),
  new Uint8Array(0),
  new Uint8Array([0]),
  new TextEncoder().encode('{"not":"json"}'),
];

/** Any text is a topic, and no topic receives the broadcasts of another. */
export async function anyTopic(site: Site): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe(...TOPICS);
  for (const [n, topic] of TOPICS.entries()) a.broadcast(topic, n);
  await site.until(() => b.recorder.broadcasts.length >= TOPICS.length, "the broadcasts to all topics arrived");
  await site.quiet();
  for (const [n, topic] of TOPICS.entries()) {
    assertEquals(b.received(topic), [n], `The topic ${JSON.stringify(topic)} receives its own broadcasts, once.`);
  }
}

/** Any payload arrives as it was sent. */
export async function anyPayload(site: Site): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe("payloads");
  for (const payload of PAYLOADS) a.broadcast("payloads", payload, "conformance \ud800 🙂");
  await site.until(() => b.received("payloads").length >= PAYLOADS.length, "all payloads arrived");
  for (const [n, received] of b.received("payloads").entries()) {
    assertEquals(received, PAYLOADS[n], "A payload arrives as it was sent.");
  }
}

/** A payload of any size arrives, or is refused with an error. */
export async function anySize(site: Site): Promise<void> {
  const { maxPayloadBytes } = site.numbers;
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe("sizes");
  const sender = new SizeSender(a);
  const around = [7899, 7900, 7901, 7999, 8000, 8001, MEGABYTE - 1, MEGABYTE, MEGABYTE + 1];
  const sizes = around.filter((bytes) => bytes < maxPayloadBytes);
  for (const bytes of [0, 1, ...sizes, maxPayloadBytes]) sender.send(bytes);
  // Where the limit is, to the byte.
  let [small, large] = [sender.accepted.at(-1) ?? 0, sender.refused[0] ?? 0];
  while (large - small > 1) {
    const middle = Math.floor((small + large) / 2);
    if (sender.send(middle)) small = middle;
    else large = middle;
  }
  const haveAll = () => b.recorder.log.length >= sender.accepted.length;
  await site.until(haveAll, `each payload arrived, or a TooLargeError was thrown`).catch(() => {});
  await site.quiet();
  const arrived = b.received("sizes").map(sizeOf);
  assertEquals(arrived, sender.accepted, "A payload arrives, or a TooLargeError is thrown.");
}

/** Sends payloads of different sizes. */
class SizeSender {
  /** The sizes that were sent. */
  readonly accepted: number[] = [];
  /** The sizes that were refused. */
  readonly refused: number[] = [];
  readonly #node: TestNode;

  constructor(node: TestNode) {
    this.#node = node;
  }

  /** Returns whether a payload of this size was sent. */
  send(bytes: number): boolean {
    try {
      this.#node.broadcast("sizes", new Uint8Array(bytes).fill(bytes % 251));
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error;
      this.refused.push(bytes);
      return false;
    }
    this.accepted.push(bytes);
    return true;
  }
}

/** Returns the size of a payload that {@linkcode SizeSender} has sent. */
function sizeOf(payload: unknown): number {
  if (!(payload instanceof Uint8Array)) throw new AssertionError("A payload of bytes did not arrive as bytes.");
  if (!payload.every((byte) => byte === payload.length % 251)) throw new AssertionError("A payload arrived damaged.");
  return payload.length;
}
