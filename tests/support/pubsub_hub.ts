/**
 * A network of PubSubs in one process, with everything that networks do: delay, loss, repetition, partitions.
 *
 * @module
 */

import {
  type Broadcast,
  BusDownError,
  type BusNode,
  encodeEnvelope,
  isControl,
  type PubSubAdapter,
} from "@urvogel/realtime";

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
  readonly #topics = new Map<string, Set<string>>();
  readonly #confirm: ((nodeName: string, topic: string) => Promise<void>) | undefined;
  readonly #islands = new Map<string, number>();
  #isBroken = false;

  /**
   * Creates a network without nodes.
   *
   * @param confirm With it nodes receive only the topics that they have subscribed to, once this has resolved.
   */
  constructor(confirm?: (nodeName: string, topic: string) => Promise<void>) {
    this.#confirm = confirm;
  }

  /** The adapter of a new node. */
  adapter(nodeName: string): PubSubAdapter {
    const isConnected = () => !this.#isBroken;
    return {
      ...(this.#confirm && this.#interest(nodeName, this.#confirm)),
      nodeName,
      get isConnected() {
        return isConnected();
      },
      start: (node) => void this.#nodes.set(nodeName, node),
      stop: () => void this.#nodes.delete(nodeName),
      broadcast: (broadcast) => {
        for (const to of this.#nodes.keys()) {
          if (to !== nodeName && this.#wants(to, broadcast)) this.#send(nodeName, to, broadcast);
        }
      },
      directBroadcast: (to, broadcast) => this.#send(nodeName, to, broadcast),
    };
  }

  /** Lets a node receive what none of the others has sent. */
  inject(nodeName: string, envelope: Uint8Array): void {
    this.#nodes.get(nodeName)?.receiveEnvelope(envelope);
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

  #interest(
    nodeName: string,
    confirm: (nodeName: string, topic: string) => Promise<void>,
  ): Pick<Required<PubSubAdapter>, "subscribe" | "unsubscribe"> {
    const topics = new Set<string>();
    this.#topics.set(nodeName, topics);
    return {
      subscribe: async (topic) => {
        await confirm(nodeName, topic);
        topics.add(topic);
      },
      unsubscribe: (topic) => void topics.delete(topic),
    };
  }

  #wants(nodeName: string, broadcast: Broadcast): boolean {
    return !this.#confirm || isControl(broadcast) || this.#topics.get(nodeName)!.has(broadcast.topic);
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
