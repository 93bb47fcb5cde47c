/**
 * What the adapters are measured with: a line from one node to another, by the bare client of an engine and by ours.
 *
 * @module
 */

import { Broadcast, type HistoryEngine, type PubSubAdapter } from "@urvogel/realtime";
import { decodeEnvelope } from "../../../lib/pubsub/envelope.ts";
import { SILENT_NODE } from "../../../lib/testing/conformance/_silent_node.ts";

/** Sends in one direction. */
export interface Line {
  /** Sends one message of about {@linkcode MESSAGE_BYTES}. */
  send(): void;
  /** Called with each message that arrives. */
  onMessage: () => void;
  /** Ends both ends. */
  close(): Promise<void>;
}

/** An engine, and the two ways to use it that are compared. */
export interface MeasuredAdapter {
  /** Its name in the table. */
  readonly title: string;
  /** Returns why it cannot be measured here, if so. */
  missing(): string | undefined;
  /** Starts the engine. */
  startEngine(): Promise<AsyncDisposable & { readonly url: string }>;
  /** Opens a line with the engine's client alone: two connections, bytes, nothing checked. */
  openBare(url: string): Promise<Line>;
  /** Creates the adapter of a node. */
  createAdapter(url: string): PubSubAdapter & { readonly history?: HistoryEngine };
  /** Whether it has a history. */
  readonly hasHistory?: boolean;
  /** How the engine stores what its history keeps; absent if the program keeps it. */
  readonly storage?: Storage;
}

/** What an engine says that it stores. */
export interface Storage {
  /** What is counted. */
  readonly unit: string;
  /** Returns the number of bytes, of everything that the engine at `url` has. */
  bytes(url: string): Promise<number>;
}

/** The size of what is sent. */
export const MESSAGE_BYTES = 200;

const TOPIC = "room:1";
const PAYLOAD = { text: "x".repeat(MESSAGE_BYTES - 50) };

/** Opens a line between two nodes. Messages are encoded, sent, received, checked and decoded. */
export async function openLine(create: () => PubSubAdapter): Promise<Line> {
  const [from, to] = [create(), create()];
  const line: Line = {
    onMessage: () => {},
    send: () => from.broadcast(new Broadcast(TOPIC, "said", PAYLOAD)),
    close: async () => {
      await from.stop();
      await to.stop();
    },
  };
  await from.start(SILENT_NODE);
  await to.start({
    ...SILENT_NODE,
    receive: () => line.onMessage(),
    receiveEnvelope(bytes, isExpected) {
      if (isExpected?.(decodeEnvelope(bytes)) !== false) line.onMessage();
    },
  });
  await to.subscribe?.(TOPIC);
  return line;
}
