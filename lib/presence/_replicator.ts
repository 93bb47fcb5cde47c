/**
 * Keeps a tracker's state in sync with the other nodes: sends changes and handles received messages.
 *
 * {@linkcode TrackerState} holds the entries, {@linkcode Peers} knows the replicas of the other nodes, {@linkcode
 * Transfers} what was requested. Which nodes are up is decided by the node's {@linkcode Membership}. There is no timer
 * here: the caller calls `endPeriod`.
 *
 * @module
 */

import type { Log } from "../base/log.ts";
import type { Membership, NodeChange } from "../cluster/membership.ts";
import { nodeOf, type ReplicaClock, type ReplicaId, replicaId, type ReplicaRef } from "../cluster/replica.ts";
import { Diff } from "./_diff.ts";
import { MAX_MESSAGE_BYTES } from "./_fragment.ts";
import { Peers } from "./_peers.ts";
import { messageMalformed, replicaChanged } from "./telemetry.ts";
import { readTrackerMessage, type TrackerMessage, type TrackerMessages } from "./_tracker_message.ts";
import type { Replication } from "./tracker_options.ts";
import type { TrackerState } from "./_tracker_state.ts";
import { Transfers } from "./_transfers.ts";
import { Sender, type Wire } from "./_wire.ts";

/** What a replicator is made of. */
export interface ReplicatorParts<M extends object> {
  /** The tracker's name. */
  readonly name: string;
  /** Its entries. */
  readonly state: TrackerState<M>;
  /** How it sends. */
  readonly wire: Wire;
  /** Returns where it reports. */
  readonly log: () => Log;
  /** Which nodes are up. */
  readonly membership: Pick<Membership, "heard">;
  /** When it sends. */
  readonly options: Replication;
}

/** Sends and receives for one tracker. */
export class Replicator<M extends object> {
  readonly #name: string;
  readonly #state: TrackerState<M>;
  readonly #wire: Wire;
  readonly #membership: Pick<Membership, "heard">;
  readonly #options: Replication;
  readonly #sender: Sender;
  readonly #peers = new Peers();
  readonly #transfers = new Transfers();
  /** The clocks that other nodes reported since the last request. */
  readonly #clocks = new Map<ReplicaId, { readonly from: ReplicaRef; readonly clocks: readonly ReplicaClock[] }>();
  #periods = 0;
  #silentPeriods = 0;

  /** Creates the replicator of a tracker that knows no other nodes yet. */
  constructor({ name, state, wire, log, membership, options }: ReplicatorParts<M>) {
    this.#name = name;
    this.#state = state;
    this.#wire = wire;
    this.#membership = membership;
    this.#options = options;
    this.#sender = new Sender(name, log);
  }

  /**
   * Sends the other nodes a heartbeat, with this node's changes since the last one.
   *
   * @param asks Whether those that are ahead of this node should say so at once.
   */
  sendHeartbeat(asks = false): void {
    const state = this.#state;
    const from = state.replica;
    let first = { clocks: state.clocks, asks }; // these clocks are from before the delta
    do {
      const cut = (maxBytes: number) => ({ fragment: state.delta(maxBytes) ?? null });
      const sent = this.#sender.sendFitting("heartbeat", MAX_MESSAGE_BYTES, cut, ({ fragment }, isBare) => {
        this.#broadcast("heartbeat", { from, ...first, ...(isBare && { clocks: [] }), delta: fragment });
      });
      if (!sent) return; // the rest is sent a period later
      if (sent.fragment) state.commitDelta(sent.fragment.ranges.at(-1)![1]);
      first = { clocks: [], asks: false };
    } while (state.hasDelta);
    this.#silentPeriods = 0;
  }

  /** Makes the other nodes forget this replica. Returns whether it was sent. */
  sendPermdown(): boolean {
    return this.#sender.attempt("permdown", () => this.#broadcast("permdown", { from: this.#state.replica }));
  }

  /** Runs the tasks of each period: sends changes, requests missing ones. */
  endPeriod(): void {
    this.#periods++;
    if (this.#state.hasDelta || ++this.#silentPeriods >= this.#options.maxSilentPeriods) this.sendHeartbeat();
    if (!this.#wire.isConnected) return;
    this.#transfers.endPeriod();
    if (this.#periods % this.#options.clockSamplePeriods === 0) this.#lookForMissing();
    this.#request();
  }

  /** Catches up with the other nodes at once. */
  busIsBack(): void {
    this.#transfers.repeat();
    this.sendHeartbeat(true);
    this.#request();
  }

  /** Follows a change of the membership. */
  nodeChanged({ node, status }: NodeChange): Diff<M> {
    const diff = new Diff<M>();
    const replica = this.#peers.of(node);
    if (status === "gone") this.#peers.delete(node);
    if (!replica) return diff;
    if (status === "up") this.#up(replica, diff);
    else if (status === "gone") this.#forget(replica, diff);
    else {
      this.#state.replicaDown(replica, diff);
      this.#transfers.drop(replica);
      this.#announce(replica, "down");
    }
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
    if (from.name !== this.#state.replica.name && this.#hear(from, diff)) this.#follow(message, diff);
    return diff;
  }

  /** Records a sign of life of a replica. Returns whether its message counts: a late one of an ended run does not. */
  #hear(from: ReplicaRef, diff: Diff<M>): boolean {
    if (!this.#membership.heard(nodeOf(from))) return false; // it may call `nodeChanged`
    const peer = this.#peers.heard(from);
    if (peer.news === "new") {
      if (peer.replaces) this.#forget(peer.replaces, diff);
      this.#up(from, diff);
    }
    return peer.news !== "stale";
  }

  #up(replica: ReplicaRef, diff: Diff<M>): void {
    this.#state.replicaUp(replica, diff);
    this.#announce(replica, "up");
    this.#sayClock(replica);
    this.#silentPeriods = this.#options.maxSilentPeriods; // so that it gets to know all clocks of this node
  }

  #follow(message: TrackerMessage<M>, diff: Diff<M>): void {
    const { from } = message.payload;
    switch (message.event) {
      case "heartbeat":
        return this.#followHeartbeat(message.payload, diff);
      case "clocks":
        for (const missing of this.#state.behind(message.payload.clocks)) this.#transfers.want(missing, from);
        return this.#request();
      case "transfer_req":
        return this.#answer(message.payload);
      case "transfer_ack":
        return this.#followTransfer(message.payload, diff);
      case "permdown":
        this.#peers.retire(from);
        this.#forget(from, diff);
    }
  }

  #followHeartbeat({ from, clocks, asks, delta }: TrackerMessages<M>["heartbeat"], diff: Diff<M>): void {
    if (delta) this.#state.merge(delta, diff);
    if (clocks.length > 0) this.#clocks.set(replicaId(from), { from, clocks });
    if (!asks) return;
    const { name, vsn } = this.#state.replica;
    const known = clocks.find((clock) => clock[0] === name && clock[1] === vsn)?.[2] ?? 0;
    if (known < this.#state.ownClock[2]) this.#sayClock(from);
  }

  /** Sends how far this node's own changes have been sent, from which another one learns what it lacks of them. */
  #sayClock({ name }: ReplicaRef): void {
    const clock = this.#state.ownClock;
    if (clock[2] === 0) return;
    this.#sender.attempt("clocks", () => this.#send(name, "clocks", { from: this.#state.replica, clocks: [clock] }));
  }

  /**
   * Finds out of which replicas others know more, and whom to ask: the origin of the changes if it can be asked,
   * otherwise a node that has them.
   */
  #lookForMissing(): void {
    for (const { from, clocks } of this.#clocks.values()) {
      for (const missing of this.#state.behind(clocks)) {
        this.#transfers.want(missing, this.#clocks.get(replicaId(missing))?.from ?? from);
      }
    }
    this.#clocks.clear();
  }

  #request(): void {
    const from = this.#state.replica;
    for (const { source, ...need } of this.#transfers.next((replica) => this.#state.clockOf(replica))) {
      this.#sender.attempt("transfer_req", () => this.#send(source.name, "transfer_req", { from, ...need }));
    }
  }

  /** Replies with one piece. The other node asks for the next one when it has that. */
  #answer({ from: to, replica, clock, rest, maxBytes }: TrackerMessages<M>["transfer_req"]): void {
    const header = { from: this.#state.replica, replica, at: [clock, rest?.[0] ?? 0] as const };
    const cut = (maxBytes: number) =>
      this.#state.extract({ replica, clock, rest, maxBytes }) ?? { fragment: null, rest: null };
    const limit = Math.min(maxBytes, MAX_MESSAGE_BYTES);
    this.#sender.sendFitting("transfer_ack", limit, cut, ({ fragment, rest }) => {
      this.#send(to.name, "transfer_ack", { ...header, fragment, rest });
    });
  }

  #followTransfer({ from, replica, at, fragment, rest }: TrackerMessages<M>["transfer_ack"], diff: Diff<M>): void {
    if (!this.#transfers.expects(from, replica, at)) return;
    const isUsable = fragment && replicaId(fragment.replica) === replicaId(replica) && this.#state.accepts(fragment);
    if (isUsable) this.#state.merge(fragment, diff);
    this.#transfers.advance(replica, isUsable ? rest : null);
    this.#request();
  }

  #forget(replica: ReplicaRef, diff: Diff<M>): void {
    this.#state.replicaPermdown(replica, diff);
    this.#clocks.delete(replicaId(replica));
    this.#transfers.drop(replica);
    this.#announce(replica, "permdown");
  }

  #announce(replica: ReplicaRef, status: "up" | "down" | "permdown"): void {
    replicaChanged.emit({ tracker: this.#name, replica, status });
  }

  #broadcast<E extends keyof TrackerMessages<M>>(event: E, payload: TrackerMessages<M>[E]): void {
    this.#wire.broadcast(event, payload);
  }

  #send<E extends keyof TrackerMessages<M>>(node: string, event: E, payload: TrackerMessages<M>[E]): void {
    this.#wire.send(node, event, payload);
  }
}
