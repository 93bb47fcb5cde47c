/**
 * NATS, for the bench.
 *
 * @module
 */

import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection, type NodeConnectionOptions } from "@nats-io/transport-node";
import { natsAdapter } from "@urvogel/realtime/nats";
import { hasEngine } from "../../support/engines/binaries.ts";
import { startNats } from "../../support/engines/nats.ts";
import { type Line, type MeasuredAdapter, MESSAGE_BYTES } from "./line.ts";

/** NATS, its client and our adapter. */
export const nats: MeasuredAdapter = {
  title: "NATS",
  hasHistory: true,
  missing: () => hasEngine("nats") ? undefined : "no nats-server",
  startEngine: () => startNats(),
  storage: {
    unit: "in the streams",
    async bytes(url) {
      const client = await openClient(url);
      const { streams } = await jetstreamManager(client);
      let bytes = 0;
      for await (const { state } of streams.list()) bytes += state.bytes;
      await client.close();
      return bytes;
    },
  },
  createAdapter: (url) => natsAdapter({ servers: url }),
  async openBare(url) {
    const [from, to] = [await openClient(url, { noEcho: true }), await openClient(url, { noEcho: true })];
    const bytes = new Uint8Array(MESSAGE_BYTES);
    const line: Line = {
      onMessage: () => {},
      send: () => from.publish("bench.room", bytes),
      close: async () => {
        await from.close();
        await to.close();
      },
    };
    to.subscribe("bench.room", { callback: () => line.onMessage() });
    await to.flush();
    return line;
  },
};

/** Connects. */
export async function openClient(url: string, options: NodeConnectionOptions = {}): Promise<NatsConnection> {
  return await connect({ servers: url.replace("nats://", ""), ...options });
}
