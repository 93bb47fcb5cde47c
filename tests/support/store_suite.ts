/**
 * Runs the conformance suite of stores on the store of an adapter, with an engine for each case.
 *
 * @module
 */

import type { OwnerStore } from "@urvogel/realtime";
import { storeConformance, type StoreConformanceCaseId, type StoreConformanceSite } from "@urvogel/realtime/testing";
import { SILENT_NODE } from "../../lib/testing/conformance/_silent_node.ts";
import { type EngineName, engineTests } from "./engines/binaries.ts";
import type { EngineProcess } from "./engines/engine_process.ts";
import type { OwnerNode } from "./owner_suite.ts";

/** What is tested. */
export interface StoreSuite {
  /** Starts the engine for a case. */
  readonly start: (id: StoreConformanceCaseId) => Promise<EngineProcess>;
  /** Creates a node for the engine at `url`. */
  readonly createNode: (url: string) => Pick<OwnerNode, "start" | "stop"> & { readonly store: OwnerStore };
}

/** Registers a test for each case. */
export function storeSuite(engine: EngineName, name: string, { start, createNode }: StoreSuite): void {
  const open = async (id: StoreConformanceCaseId): Promise<StoreConformanceSite> => {
    const process = await start(id);
    const nodes: ReturnType<typeof createNode>[] = [];
    return {
      engine: process,
      connect: async () => {
        const node = createNode(process.url);
        nodes.push(node);
        await node.start(SILENT_NODE);
        return node.store;
      },
      close: async () => {
        for (const node of nodes) await node.stop();
        await process[Symbol.asyncDispose]();
      },
    };
  };
  engineTests(engine, `${name}: `, storeConformance({ open }));
}
