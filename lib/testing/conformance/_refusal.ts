/**
 * The case about engines that refuse a node.
 *
 * @module
 */

import { inspect } from "node:util";
import { assertEquals } from "@std/assert/equals";
import { AssertionError } from "@std/assert/assertion-error";
import { assertInstanceOf } from "@std/assert/instance-of";
import { inspected } from "../../base/printable.ts";
import { BusSetupError } from "../../pubsub/errors.ts";
import { lacks } from "./_patience.ts";
import type { Site } from "./_site.ts";
import { TestNode } from "./_test_node.ts";

/** A node that no retry will help fails to start, soon, and reveals no secret. */
export async function refusesToStart(site: Site): Promise<void> {
  const { nodes, secrets } = site.need("refusals");
  if (Object.keys(nodes).length === 0) throw lacks("refusals.nodes");
  for (const [what, create] of Object.entries(nodes)) {
    const node = new TestNode(create());
    try {
      const error = await rejection(site, node, what);
      assertInstanceOf(error, BusSetupError, `start() rejects with a BusSetupError for ${what}: ${inspected(error)}`);
      assertKeeps(secrets, error, what);
      for (const entry of node.recorder.log) assertKeeps(secrets, entry, what);
      assertEquals(node.adapter.isConnected, false, `A node with ${what} is not connected.`);
    } finally {
      await site.soon(node.adapter.stop(), "stop() resolves after start() has rejected");
    }
  }
}

async function rejection(site: Site, node: TestNode, what: string): Promise<unknown> {
  const settled = node.start().then(() => undefined, (error: unknown) => error ?? "nothing");
  const error = await site.soon(settled, `start() rejects with ${what}`, site.numbers.noticeMs);
  if (error === undefined) throw new AssertionError(`start() resolved with ${what}.`);
  return error;
}

/** The secret may hide in the message, in the stack, in a field, or in a cause. */
function assertKeeps(secrets: readonly string[], value: unknown, what: string): void {
  const text = inspect(value, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null });
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
      if (text.includes(form)) throw new AssertionError(`The error for ${what} contains a secret.`);
    }
  }
}
