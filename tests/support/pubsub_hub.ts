/**
 * A network of PubSubs in one process, with everything that networks do: delay, loss, repetition, partitions.
 *
 * @module
 */

import { type Broadcast, BusDownError, type BusNode, encodeEnvelope, type PubSubAdapter } from "@urvogel/realtime";

/** What becomes of one message to one node. */
export type Fate = "deliver" | "lose" | "repeat" | { readonly delayMs: number };

/** Decides on each message. */
export type Decide = (from: string, to: string, broadcast: Broadcast) => Fate;

/** Connects nodes. Messages are envelopes on their way, and never arrive within the call that sends them. */
export class Hub {
  /** Each message that was sent, with its size. */
  readonly sent: { readonly from: string; readonly to: string; readonly event: string; readonly bytes: number }[] = [];
  /** What becomes of messages; all are delivered unless a test says otherwise. */
  decide: Decide = () => "deliver";
  readonly #nodes = new Map<string, BusNode>();
  readonly #islands = new Map<string, number>();
  #isBroken = false;

  /** The adapter of a new node. */
  adapter(nodeName: string): PubSubAdapter {
    const isConnected = () => !this.#isBroken;
    return {
      nodeName,
      get isConnected() {
        return isConnected();
      },
      start: (node) => void this.#nodes.set(nodeName, node),
      stop: () => void this.#nodes.delete(nodeName),
      broadcast: (broadcast) => {
        for (const to of this.#nodes.keys()) if (to !== nodeName) this.#send(nodeName, to, broadcast);
      },
      directBroadcast: (to, broadcast) => this.#send(nodeName, to, broadcast),
    };
  }

  /** Parts the nodes: those of one island do not hear those of another. */
  part(...islands: readonly (readonly string[])[]): void {
    this.#islands.clear();
    for (const [island, nodes] of islands.entries()) for (const node of nodes) this.#islands.set(node, island);
  }

  /** Ends {@linkcode part}. */
  heal(): void {
    this.#islands.clear();
  }

  /** Makes sending fail, as an adapter does that has lost its connection. */
  break(): void {
    this.#isBroken = true;
    for (const node of this.#nodes.values()) node.changed({ status: "down", error: new Error("disconnected") });
  }

  /** Ends {@linkcode break}. */
  mend(): void {
    this.#isBroken = false;
    for (const node of this.#nodes.values()) node.changed({ status: "up" });
  }

  #send(from: string, to: string, broadcast: Broadcast): void {
    if (this.#isBroken) throw new BusDownError("broadcast");
    const envelope = encodeEnvelope(from, broadcast);
    this.sent.push({ from, to, event: broadcast.event, bytes: envelope.length });
    if (this.#islands.get(from) !== this.#islands.get(to)) return;
    const deliver = () => this.#nodes.get(to)?.receiveEnvelope(envelope.slice());
    const fate = this.decide(from, to, broadcast);
    if (fate === "lose") return;
    if (typeof fate === "object") return void setTimeout(deliver, fate.delayMs);
    queueMicrotask(deliver);
    if (fate === "repeat") queueMicrotask(deliver);
  }
}
