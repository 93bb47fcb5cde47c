/**
 * A program with a node, for tests of the permissions that it needs. Prints whether it is connected.
 *
 * @module
 */

import { postgresAdapter } from "@urvogel/realtime/postgres";
import { SILENT_NODE } from "../../../lib/testing/conformance/_silent_node.ts";

const [servers = ""] = Deno.args;
const adapter = postgresAdapter({ servers });
try {
  await adapter.start(SILENT_NODE);
  console.log(`connected: ${adapter.isConnected}`);
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
}
await adapter.stop();
