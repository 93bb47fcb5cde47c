/**
 * What a PubSub with an adapter has in addition: the connection of its node with the others.
 *
 * @module
 */

import { isInstance } from "../base/foreign.ts";
import type { Log } from "../base/log.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import { isProtocolEvent } from "../protocol/event_names.ts";
import { AdapterServer } from "./_adapter_server.ts";
import { type BusChange, isRepeated, type PubSubAdapter } from "./adapter.ts";
import type { Broadcast } from "./broadcast.ts";
import { Bus } from "./_bus.ts";
import type { BusSettings } from "./bus_options.ts";
import { BusState } from "./_bus_state.ts";
import { BusDownError } from "./errors.ts";
import { FirstConnection } from "./_first_connection.ts";
import { Interest } from "./_interest.ts";
import { assertNodeName } from "./node_name.ts";
import { reportRefused } from "./telemetry.ts";

/** What a {@linkcode NodeBus} works for. */
export interface NodeBusParts {
  /** Delivers a broadcast of another node on this one. Must not throw. */
  readonly deliver: (broadcast: Broadcast) => void;
  /** Called when the node is connected. Returns what `ready` waits for, if anything. */
  readonly prepare: () => Promise<void> | undefined;
  /** Returns where what happens to the bus is logged. */
  readonly log: () => Log;
}

/** Sends the broadcasts of one node to the others. */
export class NodeBus {
  /** Which topics this node wants; absent if the adapter delivers all of them anyway. */
  readonly interest: Interest | undefined;
  /** Runs the adapter. */
  readonly server: AdapterServer;
  readonly #adapter: PubSubAdapter;
  readonly #settings: BusSettings;
  readonly #state: BusState;
  readonly #first: FirstConnection;

  /**
   * Creates the bus of a node; {@linkcode AdapterServer.connect} connects it.
   *
   * @param parts What it works for.
   * @throws {TypeError} If the name of the node is no such name.
   */
  constructor(
    adapter: PubSubAdapter,
    settings: BusSettings,
    { deliver, prepare, log }: NodeBusParts,
  ) {
    const { nodeName } = adapter;
    assertNodeName("create PubSub with this adapter", nodeName);
    this.#adapter = adapter;
    this.#settings = settings;
    this.#state = new BusState(nodeName, log);
    this.#first = new FirstConnection(settings, () => this.#state.error);
    const interest = new Interest(adapter, settings.connectTimeoutMs, log);
    this.interest = adapter.subscribe && interest;
    const node = new Bus(nodeName, { deliver, change: (change) => this.#state.change(change), log });
    this.server = new AdapterServer(adapter, { node, interest, first: this.#first, prepare });
  }

  /** See `PubSub.ready`. */
  get ready(): Promise<void> {
    return this.#first.settled;
  }

  /** See {@linkcode FirstConnection.tried}. */
  get tried(): Promise<void> {
    return this.#first.tried;
  }

  /** Whether what is sent now can arrive. */
  get isConnected(): boolean {
    return !this.server.isStopped && this.#adapter.isConnected;
  }

  /** Whether the program needs the bus. */
  get isRequired(): boolean {
    return this.#settings.requireBus;
  }

  /** Calls `listener` with each change. Returns a function that ends that. */
  onChange(listener: (change: BusChange) => void): () => void {
    return this.#state.onChange(listener);
  }

  /**
   * Sends a broadcast to the other nodes. Does nothing if there are none: the PubSub was stopped, or the bus is down and
   * this node may serve alone.
   *
   * @throws {TypeError} If other nodes would not accept the event.
   * @throws What the adapter throws. Then the broadcast must not be delivered on this node either.
   */
  broadcast(broadcast: Broadcast): void {
    if (this.server.isStopped) return;
    assertSendable(broadcast);
    try {
      this.#adapter.broadcast(broadcast);
    } catch (thrown) {
      const isDeliveredHere = this.#isAlone(broadcast, thrown);
      this.#reportRefusal(broadcast, thrown, isDeliveredHere);
      if (!isDeliveredHere) throw thrown;
    }
  }

  /** Sends a broadcast to one other node. @throws As {@linkcode broadcast}; always while the bus is down. */
  directBroadcast(nodeName: string, broadcast: Broadcast): void {
    assertSendable(broadcast);
    try {
      if (this.server.isStopped) throw new BusDownError("broadcast after the PubSub was stopped");
      this.#adapter.directBroadcast(nodeName, broadcast);
    } catch (thrown) {
      this.#reportRefusal(broadcast, thrown, false);
      throw thrown;
    }
  }

  /** Whether a refused broadcast is still for the subscribers of this node. Trackers send theirs again. */
  #isAlone(broadcast: Broadcast, thrown: unknown): boolean {
    if (isRepeated(broadcast)) return false;
    if (this.#adapter.isConnected && !isInstance(thrown, BusDownError)) return false;
    const { whenBusIsDown, requireBus } = this.#settings;
    return whenBusIsDown === "local" || (!requireBus && !this.#state.wasUp);
  }

  #reportRefusal(broadcast: Broadcast, thrown: unknown, isDeliveredHere: boolean): void {
    const { topic, event } = broadcast;
    const node = this.#adapter.nodeName;
    reportRefused({ node, topic, event, error: exitReasonOf(thrown), isDeliveredHere }, isRepeated(broadcast));
  }
}

function assertSendable({ event }: Broadcast): void {
  if (isProtocolEvent(event)) {
    throw new TypeError(`Cannot broadcast: events that begin with "phx_" are the protocol's own, received "${event}"`);
  }
}
