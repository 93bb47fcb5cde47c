/**
 * A program with a node, for tests of the permissions that it needs. Prints whether it is connected.
 *
 * @module
 */

import { postgresAdapter } from "@urvogel/realtime/postgres";

const [servers = ""] = Deno.args;
const adapter = postgresAdapter({ servers });
try {
  await adapter.start({ receive() {}, receiveEnvelope() {}, changed() {} });
  console.log(`connected: ${adapter.isConnected}`);
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
}
await adapter.stop();
