/**
 * Cases about what a broadcast can carry.
 *
 * @module
 */

import { assertEquals } from "@std/assert/equals";
import { AssertionError } from "@std/assert/assertion-error";
import { TooLargeError } from "../../pubsub/errors.ts";
import { PAYLOADS, TOPICS } from "./_awkward.ts";
import type { Site } from "./_site.ts";
import type { TestNode } from "./_test_node.ts";

const MEGABYTE = 1024 * 1024;

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
