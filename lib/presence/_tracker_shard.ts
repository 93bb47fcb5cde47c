/**
 * The process of a tracker: provides its timer, and a mailbox for messages of other nodes.
 *
 * The state does not belong to the process but to this thread, so callers see changes immediately, even while the
 * process is being restarted. Diffs wait for the process, so that their handler runs in it and not in the process of a
 * client. They wait here and not in a mailbox, so that none is lost with a process.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { Deque } from "../base/deque.ts";
import { Membership } from "../cluster/membership.ts";
import type { InfoResult, InitResult } from "../otp/server/behaviour.ts";
import { reportCrash } from "../otp/process/crash_report.ts";
import { type ExitReason, exitReasonOf, isExpectedExit } from "../otp/process/exit_reason.ts";
import type { Process } from "../otp/process/process.ts";
import { noreply, ok } from "../otp/server/result.ts";
import { CONTROL_PREFIX } from "../pubsub/adapter.ts";
import { Broadcast } from "../pubsub/broadcast.ts";
import { type Carried, type CarriedServer, obey } from "../pubsub/carried.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { DeltaLog } from "./_delta_log.ts";
import { Diff } from "./_diff.ts";
import { LocalTracking } from "./_local_tracking.ts";
import type { PresenceMeta } from "./meta.ts";
import { Replicator } from "./_replicator.ts";
import type { Roster } from "./roster.ts";
import type { Replication } from "./tracker_options.ts";
import { TrackerState } from "./_tracker_state.ts";
import type { Wire } from "./_wire.ts";

/** Handles a diff. Its errors are reported and affect nobody else. */
export type DiffHandler<M> = (diff: Diff<M>) => void;

/** The state, as `sys` shows it. */
type ShardState<M extends object> = TrackerState<PresenceMeta<M>>;

/** How many diffs wait separately for the next process; more are merged. */
const MAX_WAITING_DIFFS = 1000;

/** One of the servers among which a tracker divides its topics. */
export class TrackerShard<M extends object> implements CarriedServer<ShardState<M>> {
  /** The entries of this node's processes. */
  readonly tracking: LocalTracking<M>;
  readonly #name: string;
  readonly #topic: string;
  readonly #pubsub: PubSub;
  readonly #membership: Membership;
  readonly #options: Replication;
  readonly #handleDiff: DiffHandler<PresenceMeta<M>>;
  readonly #state: ShardState<M>;
  readonly #diffs = new Deque<Diff<PresenceMeta<M>>>();
  readonly #alarm = new Alarm(() => void this.#process.send(TICK));
  #replicator: Replicator<PresenceMeta<M>>;
  #process!: Process; // the latest
  #carried!: Carried; // from `carry` on
  #hasFailed = false;
  #saysGoodbye = false;
  #stopsListening: (() => void)[] = [];

  /** Creates a server that does nothing until {@linkcode carry} is called. */
  constructor(name: string, pubsub: PubSub, options: Replication, handleDiff: DiffHandler<PresenceMeta<M>>) {
    this.#name = name;
    this.#topic = `${CONTROL_PREFIX}presence:${name}`;
    this.#pubsub = pubsub;
    this.#options = options;
    this.#handleDiff = handleDiff;
    this.#membership = Membership.of(pubsub);
    const replica = this.#membership.newPart();
    this.#state = new TrackerState(replica, pubsub.isLocal ? undefined : new DeltaLog(options.maxDeltaSizes));
    this.tracking = new LocalTracking<M>(this.#state, (diff) => this.#submit(diff));
    this.#replicator = this.#createReplicator();
  }

  /** Its id in the supervisor. */
  get id(): string {
    return `tracker ${this.#name}`;
  }

  /** Makes its PubSub start and supervise it. */
  carry(): void {
    this.#carried = this.#pubsub.tree.add(this.id, this);
    if (!this.#options.permdownOnShutdown) this.#membership.leaveSilently();
    this.#stopsListening.push(
      this.#membership.onChange((change) => this.#submit(this.#replicator.nodeChanged(change))),
      this.#pubsub.onBusChange((change) => {
        if ("status" in change && change.status === "up") this.#process?.send(BUS_IS_BACK);
      }),
    );
  }

  /** The visible entries. */
  get roster(): Roster<PresenceMeta<M>> {
    return this.#state.roster;
  }

  /** Returns the child specification for another supervisor, instead of its PubSub's. */
  handOver(): ReturnType<Carried["handOver"]> {
    return this.#carried.handOver();
  }

  /** Ends the server and makes the other nodes forget its entries, even if the whole node is to leave without a word. */
  async gracefulPermdown(): Promise<void> {
    this.#saysGoodbye = true;
    await this.#carried.stop();
  }

  /** Ends the server. */
  async stop(): Promise<void> {
    await this.#carried.stop();
  }

  /** Makes the new process handle the pending diffs. */
  attach(process: Process): void {
    this.#process = process;
    for (let left = this.#diffs.length; left > 0; left--) process.send(DIFF);
  }

  /**
   * Keeps the entries of this node. The state of other nodes is discarded if the process failed, since it may be the
   * cause.
   */
  detach(reason: ExitReason): void {
    this.#alarm.clear();
    this.#hasFailed = reason instanceof Error;
  }

  /**
   * Releases the entries of this node. The other nodes forget them, since they would wait for a node that is silent, not
   * for a tracker; unless the node shuts down and the others are to wait for it.
   */
  over(): void {
    this.tracking.end();
    this.#diffs.clear();
    for (const stopListening of this.#stopsListening.splice(0)) stopListening();
    if (this.#pubsub.isLocal) return;
    const isAwaited = this.#pubsub.tree.isStopping && !this.#options.permdownOnShutdown && !this.#saysGoodbye;
    if (!isAwaited) this.#sayPermdown();
  }

  /** Subscribes to messages of other nodes and announces this one. */
  init(): InitResult<ShardState<M>> {
    this.#pubsub.subscribe(this.#topic, this.#process);
    if (this.#hasFailed) this.#learnAnew();
    if (!this.#pubsub.isLocal) {
      this.#replicator.sendHeartbeat(true);
      this.#alarm.set(this.#options.broadcastPeriodMs);
    }
    return ok(this.#state);
  }

  /** Handles a diff, the end of a period, or a message of another node. */
  handleInfo(message: unknown): InfoResult<ShardState<M>> {
    if (message === DIFF) this.#handleNext();
    else if (message === TICK) this.#endPeriod();
    else if (message === BUS_IS_BACK) this.#replicator.busIsBack();
    else if (message instanceof Broadcast) this.#receive(message);
    else return obey(message, this.#state);
    return noreply(this.#state);
  }

  /**
   * Handles the last diffs and sends the last changes if it was asked to end. After a failure the next process does
   * that.
   */
  terminate(reason: ExitReason): void {
    if (!isExpectedExit(reason)) return;
    this.#handleAll();
    if (this.#state.hasDelta) this.#replicator.sendHeartbeat();
  }

  /** Queues a diff. It waits if there is currently no process. */
  #submit(diff: Diff<PresenceMeta<M>>): void {
    if (diff.isEmpty) return;
    const isUp = this.#process?.alive ?? false;
    if (!isUp && this.#diffs.length >= MAX_WAITING_DIFFS) this.#diffs.push(this.#takeAll().append(diff));
    else this.#diffs.push(diff);
    if (isUp) this.#process.send(DIFF);
  }

  #takeAll(): Diff<PresenceMeta<M>> {
    const all = new Diff<PresenceMeta<M>>();
    for (let diff = this.#diffs.shift(); diff; diff = this.#diffs.shift()) all.append(diff);
    return all;
  }

  /** Until it is sent: the others would keep the entries for as long as this node is up. */
  #sayPermdown(): void {
    if (this.#replicator.sendPermdown() || this.#pubsub.tree.isStopping) return;
    const stopListening = this.#pubsub.onBusChange((change) => {
      if ("status" in change && change.status === "up" && this.#replicator.sendPermdown()) stopListening();
    });
  }

  #createReplicator(): Replicator<PresenceMeta<M>> {
    const topic = this.#topic;
    const pubsub = this.#pubsub;
    const wire: Wire = {
      get isConnected() {
        return pubsub.isConnected;
      },
      broadcast: (event: string, payload: unknown) => pubsub.broadcastFrom(this.#process, topic, event, payload),
      send: (node: string, event: string, payload: unknown) => pubsub.directBroadcast(node, topic, event, payload),
    };
    return new Replicator({
      name: this.#name,
      state: this.#state,
      wire,
      log: () => pubsub.tree.log,
      membership: this.#membership,
      options: this.#options,
    });
  }

  /** Rebuilds the state from the entries of this node. The other nodes say that it lacks theirs: `init` asks them. */
  #learnAnew(): void {
    const diff = new Diff<PresenceMeta<M>>();
    for (const replica of this.#state.others) this.#state.replicaPermdown(replica, diff);
    this.#handleAll(); // changes from before
    this.#handle(diff);
    this.#replicator = this.#createReplicator();
  }

  /** Diffs of changes of the membership may be waiting, which come before that of this message. */
  #receive({ event, payload }: Broadcast): void {
    const diff = this.#replicator.receive(event, payload);
    this.#handleAll();
    this.#handle(diff);
  }

  #endPeriod(): void {
    this.#replicator.endPeriod();
    this.#alarm.set(this.#options.broadcastPeriodMs);
  }

  #handleAll(): void {
    while (this.#diffs.length > 0) this.#handleNext();
  }

  #handleNext(): void {
    const diff = this.#diffs.shift();
    if (diff) this.#handle(diff);
  }

  #handle(diff: Diff<PresenceMeta<M>>): void {
    if (diff.isEmpty) return;
    try {
      this.#handleDiff(diff);
    } catch (thrown) {
      const { ancestors } = this.#process;
      reportCrash({ pid: this.#process, during: "handleDiff", error: exitReasonOf(thrown), ancestors });
    }
  }
}

/** The message that the bus is up again. */
const BUS_IS_BACK: unique symbol = Symbol("bus is back");
/** The message at the end of a period. */
const TICK: unique symbol = Symbol("tick");
/** The message that a diff is pending. */
const DIFF: unique symbol = Symbol("diff");
