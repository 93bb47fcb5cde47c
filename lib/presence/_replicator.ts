/**
 * Keeps a tracker's state in sync with the other nodes: sends changes and handles received messages.
 *
 * {@linkcode TrackerState} holds the entries, {@linkcode ReplicaTable} knows which nodes are up. There is no timer
 * here: the caller calls `endPeriod`.
 *
 * @module
 */

import { exitReasonOf } from "../otp/process/exit_reason.ts";
import { Diff } from "./_diff.ts";
import { type ReplicaClock, type ReplicaId, replicaId, type ReplicaRef } from "../cluster/replica.ts";
import { ReplicaTable } from "../cluster/replica_table.ts";
import { splitFragment } from "./_split_fragment.ts";
import { messageMalformed, messageUnsent, replicaChanged } from "./telemetry.ts";
import { readTrackerMessage, type TrackerMessage, type TrackerMessages } from "./_tracker_message.ts";
import type { Replication } from "./tracker_options.ts";
import type { TrackerState } from "./_tracker_state.ts";

/** Sends messages to the other nodes. May throw: unsent changes are sent later. */
export interface Wire {
  /** Sends to all other nodes. */
  broadcast(event: string, payload: unknown): void;
  /** Sends to one node. */
  send(nodeName: string, event: string, payload: unknown): void;
}

/**
 * The limit for one message. Brokers limit its size: a megabyte by default in NATS, which leaves a kilobyte per entry.
 */
const MAX_ENTRIES_PER_MESSAGE = 1000;

/** Sends and receives for one tracker. */
export class Replicator<M extends object> {
  readonly #name: string;
  readonly #state: TrackerState<M>;
  readonly #wire: Wire;
  readonly #options: Replication;
  readonly #replicas: ReplicaTable;
  /** The clocks that other nodes reported since the last request. */
  readonly #clocks = new Map<ReplicaId, { readonly from: ReplicaRef; readonly clocks: readonly ReplicaClock[] }>();
  #periods = 0;
  #silentPeriods = 0;

  /** Creates the replicator of the tracker `name`, which knows no other nodes yet. */
  constructor(name: string, state: TrackerState<M>, wire: Wire, options: Replication) {
    this.#name = name;
    this.#state = state;
    this.#wire = wire;
    this.#options = options;
    this.#replicas = new ReplicaTable(options);
  }

  /** Sends the other nodes a heartbeat, with this node's changes since the last one. */
  sendHeartbeat(): void {
    const { replica, delta, clocks } = this.#state; // these clocks are from before the delta
    const parts = delta ? splitFragment(delta, MAX_ENTRIES_PER_MESSAGE) : [null];
    const areSent = parts.every((delta) => this.#broadcast("heartbeat", { from: replica, clocks, delta }));
    if (!areSent) return; // all is sent again a period later; duplicates have no effect
    this.#silentPeriods = 0;
    this.#state.commitDelta();
  }

  /** Requests the whole state of these nodes after it was discarded. Nodes that cannot be asked now send it later. */
  askAnew(others: readonly ReplicaRef[]): void {
    const { replica } = this.#state;
    for (const other of others) {
      this.#send(other, "transfer_req", { from: replica, clocks: [[other.name, other.vsn, 0]] });
    }
  }

  /** Makes the other nodes forget this node. */
  sendPermdown(): void {
    this.#broadcast("permdown", { from: this.#state.replica });
  }

  /** Runs the tasks of each period: checks for silent nodes, sends changes, requests missing ones. */
  endPeriod(): Diff<M> {
    this.#periods++;
    const diff = this.#sweep();
    if (this.#state.delta || ++this.#silentPeriods >= this.#options.maxSilentPeriods) this.sendHeartbeat();
    if (this.#periods % this.#options.clockSamplePeriods === 0) this.#askForWhatIsMissing();
    return diff;
  }

  /** Handles a message of another node. */
  receive(event: string, payload: unknown): Diff<M> {
    const diff = new Diff<M>();
    const message = readTrackerMessage<M>(event, payload);
    if (!message) {
      const error = new TypeError(`Cannot read message "${event}" of another tracker: it is malformed`);
      messageMalformed.emit({ tracker: this.#name, event, error });
      return diff;
    }
    const { from } = message.payload;
    if (replicaId(from) === replicaId(this.#state.replica)) return diff;
    if (message.event === "permdown") {
      this.#replicas.retire(from, this.#nowMs);
      this.#forget(from, diff);
    } else if (this.#hear(from, diff)) this.#follow(message, diff);
    return diff;
  }

  /**
   * The time during which this node was running. While it is suspended it receives nothing, which must not count as
   * silence.
   */
  get #nowMs(): number {
    return this.#periods * this.#options.broadcastPeriodMs;
  }

  #sweep(): Diff<M> {
    const { down, permdown } = this.#replicas.sweep(this.#nowMs);
    const diff = new Diff<M>();
    for (const replica of down) {
      this.#state.replicaDown(replica, diff);
      this.#announce(replica, "down");
    }
    for (const replica of permdown) this.#forget(replica, diff);
    return diff;
  }

  #askForWhatIsMissing(): void {
    const { replica, clocks } = this.#state;
    for (const source of this.#sources()) this.#send(source, "transfer_req", { from: replica, clocks });
    this.#clocks.clear();
  }

  /**
   * Returns the nodes to request changes from: the origin of missing changes if it can be asked, otherwise a node that
   * has them.
   */
  #sources(): Iterable<ReplicaRef> {
    const sources = new Map<ReplicaId, ReplicaRef>();
    for (const { from, clocks } of this.#clocks.values()) {
      for (const missing of this.#state.behind(clocks)) {
        const source = this.#clocks.get(replicaId(missing))?.from ?? from;
        sources.set(replicaId(source), source);
      }
    }
    return sources.values();
  }

  /** Records that a node is up. Returns whether its message counts: a late one of an ended run does not. */
  #hear(from: ReplicaRef, diff: Diff<M>): boolean {
    const heard = this.#replicas.heard(from, this.#nowMs);
    if (heard.news === "up") {
      for (const replaced of heard.replaces) this.#forget(replaced, diff);
      this.#state.replicaUp(from, diff);
      this.#announce(from, "up");
      this.#silentPeriods = this.#options.maxSilentPeriods; // so that it gets to know this node and its clocks
    }
    return heard.news !== "stale";
  }

  #follow(message: Exclude<TrackerMessage<M>, { event: "permdown" }>, diff: Diff<M>): void {
    switch (message.event) {
      case "heartbeat": {
        const { from, clocks, delta } = message.payload;
        if (delta) this.#state.merge(delta, diff);
        this.#clocks.set(replicaId(from), { from, clocks });
        return;
      }
      case "transfer_req":
        return this.#answer(message.payload.from, message.payload.clocks);
      case "transfer_ack":
        this.#state.merge(message.payload.fragment, diff);
    }
  }

  #answer(to: ReplicaRef, clocks: readonly ReplicaClock[]): void {
    for (const missing of this.#state.extract(clocks)) {
      for (const fragment of splitFragment(missing, MAX_ENTRIES_PER_MESSAGE)) {
        this.#send(to, "transfer_ack", { from: this.#state.replica, fragment });
      }
    }
  }

  #forget(replica: ReplicaRef, diff: Diff<M>): void {
    this.#state.replicaPermdown(replica, diff);
    this.#clocks.delete(replicaId(replica));
    this.#announce(replica, "permdown");
  }

  #announce(replica: ReplicaRef, status: "up" | "down" | "permdown"): void {
    replicaChanged.emit({ tracker: this.#name, replica, status });
  }

  #broadcast<E extends keyof TrackerMessages<M>>(event: E, payload: TrackerMessages<M>[E]): boolean {
    return this.#attempt(event, () => this.#wire.broadcast(event, payload));
  }

  #send<E extends keyof TrackerMessages<M>>(to: ReplicaRef, event: E, payload: TrackerMessages<M>[E]): void {
    this.#attempt(event, () => this.#wire.send(to.name, event, payload));
  }

  /** Sends a message. Returns whether it was sent: the adapter may have lost its connection. */
  #attempt(event: string, send: () => void): boolean {
    try {
      send();
      return true;
    } catch (thrown) {
      messageUnsent.emit({ tracker: this.#name, event, error: exitReasonOf(thrown) });
      return false;
    }
  }
}
