/**
 * Runs the conformance suite of owner engines on one server, which all cases share: a new one gives no keys before a
 * session's time has passed.
 *
 * @module
 */

import type { BusNode, OwnerEngine } from "@urvogel/realtime";
import { ownerConformance, type OwnerConformanceCaseId } from "@urvogel/realtime/testing";
import { SILENT_NODE } from "../../lib/testing/conformance/_silent_node.ts";
import { type EngineName, engineTest } from "./engines/binaries.ts";
import type { EngineProcess } from "./engines/engine_process.ts";

/** An adapter with owners. */
export interface OwnerNode {
  /** The engine. */
  readonly owners: OwnerEngine;
  /** Connects. */
  start(node: BusNode): PromiseLike<void> | void;
  /** Disconnects. */
  stop(): PromiseLike<void> | void;
}

/** What is tested. */
export interface OwnerSuite {
  /** Starts the server. */
  readonly start: () => Promise<EngineProcess>;
  /** Creates a node for the server at `url`. */
  readonly createNode: (url: string) => OwnerNode;
  /** The cases to run; all if it is left out. */
  readonly only?: readonly OwnerConformanceCaseId[];
}

const TTL_MS = 1000;

/** Registers a test that has a step for each case. */
export function ownerSuite(engine: EngineName, name: string, { start, createNode, only }: OwnerSuite): void {
  engineTest(engine, `${name} passes the suite of owner engines`, async (t) => {
    await using server = await start();
    const bus = { createNode: () => createNode(server.url), engine: server };
    await useOwners(bus.createNode(), TTL_MS);
    for (const { id, name, fn } of ownerConformance({ open: () => bus, numbers: { ttlMs: TTL_MS } })) {
      if (!only || only.includes(id)) await t.step(name, fn);
    }
  });
}

/** Uses an engine for the first time, and waits until it gives keys. */
export async function useOwners(node: OwnerNode, ttlMs = 100): Promise<void> {
  await node.start(SILENT_NODE);
  try {
    for (let isUsable = false; !isUsable;) {
      const session = await node.owners.open("first", ttlMs);
      isUsable = await session.claim("first").then(({ isOwn }) => isOwn, () => false); // it ends while it waits
      await session.close();
    }
  } finally {
    await node.stop();
  }
}
