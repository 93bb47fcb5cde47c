/**
 * The side of a PubSub that an adapter calls, for those who are not interested in what it is called with.
 *
 * @module
 */

import type { BusNode } from "../../pubsub/adapter.ts";

/** Ignores everything. */
export const SILENT_NODE: BusNode = { receive() {}, receiveEnvelope() {}, changed() {}, noticed() {} };
