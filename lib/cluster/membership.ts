/**
 * Membership: which nodes are up. Each node has one table of the others, which all that depends on it shares: trackers,
 * requests to other nodes, health.
 *
 * Each node sends a heartbeat to all others. Which of them are up is each node's own opinion: there is no agreement,
 * and in a partition both sides consider the other down.
 *
 * @module
 */

import { monotonicUlid } from "@std/ulid/monotonic-ulid";
import { Alarm } from "../base/alarm.ts";
import { attempt } from "../base/attempt.ts";
import type { InfoResult, InitResult } from "../otp/server/behaviour.ts";
import { reportCrash } from "../otp/process/crash_report.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { Process } from "../otp/process/process.ts";
import { noreply, ok } from "../otp/server/result.ts";
import { NODES_TOPIC } from "../pubsub/adapter.ts";
import { Broadcast } from "../pubsub/broadcast.ts";
import { type CarriedServer, type Ending, obey } from "../pubsub/carried.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { NodeDetails } from "./node_details.ts";
import { type NodeMessage, readNodeMessage } from "./_node_message.ts";
import { NodeClock } from "./_node_clock.ts";
import { OwnDetails } from "./_own_details.ts";
import { partOf, type ReplicaId, replicaId, type ReplicaRef } from "./replica.ts";
import { type Heard, ReplicaTable } from "./_replica_table.ts";
import { nodeMessageMalformed, reportNameTaken, reportNodeChange } from "./telemetry.ts";

/**
 * A node that came up, went silent, or is gone for good.
 *
 * @category Cluster
 */
export interface NodeChange {
  /** The node, in one of its runs. */
  readonly node: ReplicaRef;
  /**
   * `"down"` is usually followed by `"up"`. After `"gone"` (it has shut down, was restarted, or was silent for too
   * long) nothing of it is kept; if only the network was at fault, this run of it may still come up, as if for the
   * first time.
   */
  readonly status: "up" | "down" | "gone";
}

/**
 * A node of the cluster: its name, its status and its details.
 *
 * @category Cluster
 */
export interface ClusterNode {
  /** Its name. */
  readonly name: string;
  /** Whether its heartbeats arrive: `"down"` after `downMs` without one. */
  readonly status: "up" | "down";
  /** Whether it is this node. */
  readonly isSelf: boolean;
  /** The details that it sent last. */
  readonly details: NodeDetails;
}

/** More nodes than this, this one included, cannot be true: the others are ignored. */
export const MAX_NODES = 4096;

/** How many other nodes with the name of this one are reported: one has to be mended, and a peer could invent any number. */
const MOST_NAMESAKES = 100;

const memberships = new WeakMap<PubSub, Membership>();

/** Knows which nodes are up. */
export class Membership implements CarriedServer<undefined> {
  /** This run of this node. */
  readonly self: ReplicaRef;
  readonly #pubsub: PubSub;
  readonly #clock: NodeClock;
  readonly #table: ReplicaTable;
  readonly #details = new Map<ReplicaId, NodeDetails>();
  readonly #own = new OwnDetails((during, action) => this.#attempt(during, action));
  readonly #listeners = new Set<(change: NodeChange) => void>();
  readonly #alarm = new Alarm(() => void this.#process.send(TICK));
  #process!: Process; // the latest; none if the node runs alone
  #lastPart = 0;
  #saysGoodbye = true;
  /** The runs of other nodes with this name that were reported. */
  readonly #namesakes = new Set<string>();
  #stopsListening: (() => void) | undefined;

  /** Returns the membership of a node, and starts it with the first call. */
  static of(pubsub: PubSub): Membership {
    const known = memberships.get(pubsub);
    if (known) return known;
    const membership = new Membership(pubsub);
    if (!pubsub.isLocal) pubsub.tree.add("nodes", membership);
    memberships.set(pubsub, membership); // after `add`, which throws if the PubSub has been stopped
    return membership;
  }

  private constructor(pubsub: PubSub) {
    const { downMs, permdownMs } = pubsub.nodeTimes;
    this.#pubsub = pubsub;
    this.self = { name: pubsub.nodeName, vsn: monotonicUlid() };
    this.#clock = new NodeClock(pubsub.nodeTimes);
    this.#table = new ReplicaTable({ downPeriodMs: downMs, permdownPeriodMs: permdownMs });
  }

  /** All nodes that are up or down, this one first. */
  nodes(): ClusterNode[] {
    const self: ClusterNode = { name: this.self.name, status: "up", isSelf: true, details: this.#own.describe() };
    const others = Array.from(this.#table, ({ replica, status }): ClusterNode => {
      return { name: replica.name, status, isSelf: false, details: this.#details.get(replicaId(replica)) ?? {} };
    });
    return [self, ...others];
  }

  /**
   * The names of the other nodes that are up.
   *
   * @param where Which of them, by what they say about themselves. One that has not said anything yet is included.
   */
  othersUp(where?: (details: NodeDetails) => boolean): string[] {
    return this.#others("up", where);
  }

  /** The names of the other nodes that are down and may come back; see {@linkcode othersUp}. */
  othersDown(where?: (details: NodeDetails) => boolean): string[] {
    return this.#others("down", where);
  }

  /** Whether a node of this name is up. */
  isUp(name: string): boolean {
    if (name === this.self.name) return true;
    for (const { replica, status } of this.#table) if (replica.name === name) return status === "up";
    return false;
  }

  /** Returns a new replica for something of this node that other nodes know by its own replica, such as a tracker. */
  newPart(): ReplicaRef {
    return partOf(this.self, ++this.#lastPart);
  }

  /** From now on the other nodes are not informed when this one shuts down: it is down for them after `downMs`. */
  leaveSilently(): void {
    this.#saysGoodbye = false;
  }

  /** Calls `listener` with each change, until the returned function is called. Its errors are reported. */
  onChange(listener: (change: NodeChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Adds facts to what this node says about itself, until the returned function is called. */
  addDetails(describer: () => NodeDetails): () => void {
    return this.#own.add(describer);
  }

  /** Sends the others what this node says about itself now, instead of with the next heartbeat. */
  detailsChanged(): void {
    if (this.#process?.alive) this.#sendHeartbeat(false);
  }

  /**
   * Records that a node was heard from, by a message of any kind.
   *
   * @returns Whether the message counts. One of a run that has ended does not, nor one of another node with the name of
   * this one, nor one of more nodes than there can be.
   */
  heard(node: ReplicaRef): boolean {
    if (node.name === this.self.name) return node.vsn === this.self.vsn;
    if (this.#table.size >= MAX_NODES - 1 && !this.#table.has(node)) return false;
    const heard: Heard = this.#table.heard(node, this.#clock.nowMs);
    if (heard.news === "stale") return false;
    if (heard.news === "none") return true;
    for (const replaced of heard.replaces) this.#announce({ node: replaced, status: "gone" });
    this.#announce({ node, status: "up" }, heard.isBack);
    return true;
  }

  /** Keeps its process. */
  attach(process: Process): void {
    this.#process = process;
  }

  /** Keeps the table: the next process goes on with it. */
  detach(): void {
    this.#alarm.clear();
    this.#stopsListening?.();
  }

  /** Makes the other nodes forget this one. */
  over(ending: Ending): void {
    if (ending === "stopped" && this.#saysGoodbye) {
      this.#send(() => this.#pubsub.broadcast(NODES_TOPIC, "bye", { from: this.self }));
    }
  }

  /** Introduces this node to the others. */
  init(): InitResult<undefined> {
    this.#pubsub.subscribe(NODES_TOPIC, this.#process);
    this.#stopsListening = this.#pubsub.onBusChange((change) => {
      if ("status" in change && change.status === "up") this.#process.send(BUS_IS_BACK);
    });
    this.#sendHeartbeat(true);
    this.#alarm.set(this.#clock.periodMs);
    return ok();
  }

  /** Handles the end of a period, or a message of another node. */
  handleInfo(message: unknown): InfoResult<undefined> {
    if (message === TICK) this.#endPeriod();
    else if (message === BUS_IS_BACK) this.#busIsBack();
    else if (message instanceof Broadcast) this.#receive(message);
    else return obey(message, undefined);
    return noreply(undefined);
  }

  #others(wanted: "up" | "down", where: (details: NodeDetails) => boolean = () => true): string[] {
    return Array.from(this.#table)
      .filter(({ replica, status }) => {
        const details = this.#details.get(replicaId(replica));
        return status === wanted && (details === undefined || where(details));
      })
      .map(({ replica }) => replica.name);
  }

  #endPeriod(): void {
    this.#clock.endPeriod(this.#pubsub.isConnected);
    const { down, permdown } = this.#table.sweep(this.#clock.nowMs);
    for (const node of down) this.#announce({ node, status: "down" });
    for (const node of permdown) this.#announce({ node, status: "gone" });
    this.#sendHeartbeat(false);
    this.#alarm.set(this.#clock.periodMs);
  }

  #busIsBack(): void {
    this.#clock.busIsBack();
    this.#sendHeartbeat(true);
  }

  #receive({ event, payload }: Broadcast): void {
    const message = readNodeMessage(event, payload);
    if (message) this.#follow(message);
    else nodeMessageMalformed.emit({ node: this.self.name, event });
  }

  #follow({ event, payload }: NodeMessage): void {
    const { from } = payload;
    if (from.name === this.self.name) return this.#meetNamesake(from);
    if (event === "bye") {
      if (this.#table.retire(from, this.#clock.nowMs)) this.#announce({ node: from, status: "gone" });
      return;
    }
    if (!this.heard(from)) return;
    this.#details.set(replicaId(from), payload.details);
    if (payload.asks) this.#send(() => this.#sayTo(from.name));
  }

  /** Reports another node that has the name of this one. Both ignore all else that comes from it, as their own echo. */
  #meetNamesake({ name, vsn }: ReplicaRef): void {
    if (vsn === this.self.vsn || this.#namesakes.has(vsn) || this.#namesakes.size >= MOST_NAMESAKES) return;
    this.#namesakes.add(vsn);
    reportNameTaken({ node: name }, this.#pubsub.tree.log);
  }

  #sendHeartbeat(asks: boolean): void {
    this.#send(() => this.#pubsub.broadcastFrom(this.#process, NODES_TOPIC, "heartbeat", this.#heartbeat(asks)));
  }

  #sayTo(name: string): void {
    this.#pubsub.directBroadcast(name, NODES_TOPIC, "heartbeat", this.#heartbeat(false));
  }

  #heartbeat(asks: boolean) {
    return { from: this.self, asks, details: this.#own.describe() };
  }

  /** Sends. While the bus is down nothing can be sent, and nothing needs to be: its return starts with a heartbeat. */
  #send(send: () => void): void {
    try {
      send();
    } catch { // the PubSub reports what it refuses
    }
  }

  #announce(change: NodeChange, isBack = false): void {
    const { node: { name: other }, status } = change;
    if (status === "gone") this.#details.delete(replicaId(change.node));
    reportNodeChange({ node: this.self.name, other, status }, isBack, this.#pubsub.tree.log);
    for (const listener of [...this.#listeners]) {
      this.#attempt("a listener for nodes", () => listener(change));
    }
  }

  /** Runs code of others. What it throws is reported. */
  #attempt(during: string, action: () => void): void {
    attempt(action, (thrown) => {
      const pid = this.#process;
      if (!pid) throw thrown; // a node that runs alone: the caller is the one who asked
      reportCrash({ pid, during, error: exitReasonOf(thrown), ancestors: pid.ancestors });
    });
  }
}

/** The message at the end of a period. */
const TICK: unique symbol = Symbol("tick");
/** The message that the bus is up again. */
const BUS_IS_BACK: unique symbol = Symbol("bus is back");
