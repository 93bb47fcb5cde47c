/**
 * The side of a PubSub that an adapter calls, which records what it is called with.
 *
 * @module
 */

import type { BusChange, BusFault, BusNode } from "../../pubsub/adapter.ts";
import type { BroadcastData } from "../../pubsub/broadcast.ts";
import { decodeEnvelope, type Envelope } from "../../pubsub/envelope.ts";

/** What happened at a node, in this order. */
export type Recorded =
  | { readonly kind: "broadcast"; readonly broadcast: Envelope }
  | { readonly kind: "change"; readonly change: BusChange };

/** Records broadcasts and changes. As a PubSub does, it ignores broadcasts of its own node. */
export class Recorder implements BusNode {
  /** Everything, in the order in which it came. */
  readonly log: Recorded[] = [];
  /** How many broadcasts of this node the adapter reported as unconfirmed. */
  unconfirmed = 0;
  /** Called before each broadcast of another node is recorded. */
  onReceive: () => void = () => {};
  readonly #nodeName: string;
  #forward: BusNode | undefined;

  /** Creates the recorder of the node `nodeName`. */
  constructor(nodeName: string) {
    this.#nodeName = nodeName;
  }

  /** The broadcasts of other nodes. */
  get broadcasts(): Envelope[] {
    return this.log.flatMap((entry) => entry.kind === "broadcast" ? [entry.broadcast] : []);
  }

  /** What the adapter reported last about its connection. */
  get status(): "up" | "down" | undefined {
    const last = this.log.findLast((entry) => entry.kind === "change" && "status" in entry.change);
    return last?.kind === "change" && "status" in last.change ? last.change.status : undefined;
  }

  /** Passes all calls on to `node` from now on, too. */
  forwardTo(node: BusNode): void {
    this.#forward = node;
  }

  /** Records a broadcast. */
  receive({ topic, event, payload }: BroadcastData, from: string): void {
    this.#forward?.receive({ topic, event, payload }, from);
    this.#record({ topic, event, payload, node: from });
  }

  /** Records the broadcast in an envelope. One that is malformed is not recorded. */
  receiveEnvelope(bytes: Uint8Array, isExpected?: (broadcast: BroadcastData) => boolean): void {
    this.#forward?.receiveEnvelope(bytes, isExpected);
    const envelope = decoded(bytes);
    if (envelope && (isExpected?.(envelope) ?? true)) this.#record(envelope);
  }

  /** Records a change of the connection. */
  changed(change: BusChange): void {
    this.#forward?.changed(change);
    this.log.push({ kind: "change", change });
  }

  /** Records how many broadcasts may be lost. */
  noticed(fault: BusFault): void {
    this.#forward?.noticed(fault);
    if ("unconfirmed" in fault) this.unconfirmed += fault.unconfirmed;
  }

  #record(broadcast: Envelope): void {
    if (broadcast.node === this.#nodeName) return;
    this.onReceive();
    this.log.push({ kind: "broadcast", broadcast });
  }
}

function decoded(bytes: Uint8Array): Envelope | undefined {
  try {
    return decodeEnvelope(bytes);
  } catch {
    return undefined;
  }
}
