/**
 * The process of a tracker: has its clock, and a mailbox for what other nodes say.
 *
 * The state is not the process's: it is of this thread, so that who tracks sees it at once, also while one process has
 * ended and the next one has not begun. Diffs wait for the process, so that whoever handles them runs in it and not in
 * that of a client; they wait here and not in a mailbox, so that none is lost with a process.
 *
 * @module
 */

import { monotonicUlid } from "@std/ulid/monotonic-ulid";
import { Alarm } from "../base/alarm.ts";
import { Deque } from "../base/deque.ts";
import type { InfoResult, InitResult } from "../otp/server/behaviour.ts";
import { reportCrash } from "../otp/process/crash_report.ts";
import { type ExitReason, exitReasonOf, isExpectedExit } from "../otp/process/exit_reason.ts";
import type { Process } from "../otp/process/process.ts";
import { noreply, ok } from "../otp/server/result.ts";
import { Broadcast } from "../pubsub/broadcast.ts";
import { type Carried, type CarriedServer, type Ending, obey } from "../pubsub/carried.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { DeltaLog } from "./_delta_log.ts";
import { Diff } from "./_diff.ts";
import { LocalTracking } from "./_local_tracking.ts";
import type { PresenceMeta } from "./meta.ts";
import { Replicator } from "./_replicator.ts";
import type { Roster } from "./roster.ts";
import type { Replication } from "./tracker_options.ts";
import { TrackerState } from "./_tracker_state.ts";

/** Handles what has changed. What it throws is reported, and costs nobody else anything. */
export type DiffHandler<M> = (diff: Diff<M>) => void;

/** The state, as `sys` shows it. */
type ShardState<M extends object> = TrackerState<PresenceMeta<M>>;

/** How many diffs wait one by one for the next process; more are put together. */
const MAX_WAITING_DIFFS = 1000;

/** One of the servers among which a tracker divides its topics. */
export class TrackerShard<M extends object> implements CarriedServer<ShardState<M>> {
  /** What this node's processes track. */
  readonly tracking: LocalTracking<M>;
  readonly #name: string;
  readonly #topic: string;
  readonly #pubsub: PubSub;
  readonly #options: Replication;
  readonly #handleDiff: DiffHandler<PresenceMeta<M>>;
  readonly #state: ShardState<M>;
  readonly #diffs = new Deque<Diff<PresenceMeta<M>>>();
  readonly #alarm = new Alarm(() => void this.#process.send(TICK));
  #replicator: Replicator<PresenceMeta<M>>;
  #process!: Process; // the latest
  #carried!: Carried; // from `carry` on
  #hasFailed = false;
  #saysGoodbye: boolean;

  /** Creates a server that does nothing until it is carried. */
  constructor(name: string, pubsub: PubSub, options: Replication, handleDiff: DiffHandler<PresenceMeta<M>>) {
    this.#name = name;
    this.#topic = `phx_presence:${name}`;
    this.#pubsub = pubsub;
    this.#options = options;
    this.#handleDiff = handleDiff;
    this.#saysGoodbye = options.permdownOnShutdown;
    const replica = { name: pubsub.nodeName, vsn: monotonicUlid() };
    this.#state = new TrackerState(replica, pubsub.isLocal ? undefined : new DeltaLog(options.maxDeltaSizes));
    this.tracking = new LocalTracking<M>(this.#state, (diff) => this.#submit(diff));
    this.#replicator = this.#createReplicator();
  }

  /** What its supervisor calls it. */
  get id(): string {
    return `tracker ${this.#name}`;
  }

  /** Has its PubSub start it. */
  carry(): void {
    this.#carried = this.#pubsub.tree.add(this.id, this);
  }

  /** Who is visible. */
  get roster(): Roster<PresenceMeta<M>> {
    return this.#state.roster;
  }

  /** What another supervisor starts it by, in place of its PubSub's. */
  handOver(): ReturnType<Carried["handOver"]> {
    return this.#carried.handOver();
  }

  /** Ends, and tells the others to forget this node. */
  async gracefulPermdown(): Promise<void> {
    this.#saysGoodbye = true;
    await this.#carried.stop();
  }

  /** Ends. */
  async stop(): Promise<void> {
    await this.#carried.stop();
  }

  /** Has the new process handle what the one before did not. */
  attach(process: Process): void {
    this.#process = process;
    for (let left = this.#diffs.length; left > 0; left--) process.send(DIFF);
  }

  /** What is tracked stays. What other nodes said is only believed on if it did not bring the process down. */
  detach(reason: ExitReason): void {
    this.#alarm.clear();
    this.#hasFailed = reason instanceof Error;
  }

  /** Lets go of what is tracked, and says goodbye if it is for good. */
  over(ending: Ending): void {
    this.tracking.end();
    this.#diffs.clear();
    if (this.#saysGoodbye && ending === "stopped") this.#replicator.sendPermdown();
  }

  /** Looks for the others. */
  init(): InitResult<ShardState<M>> {
    this.#pubsub.subscribe(this.#topic, this.#process);
    if (this.#hasFailed) this.#learnAnew();
    if (!this.#pubsub.isLocal) {
      this.#replicator.sendHeartbeat();
      this.#alarm.set(this.#options.broadcastPeriodMs);
    }
    return ok(this.#state);
  }

  /** Handles a diff, the end of a period, or a message of another node. */
  handleInfo(message: unknown): InfoResult<ShardState<M>> {
    if (message === DIFF) this.#handleNext();
    else if (message === TICK) this.#endPeriod();
    else if (message instanceof Broadcast) this.#handle(this.#replicator.receive(message.event, message.payload));
    else return obey(message, this.#state);
    return noreply(this.#state);
  }

  /** Tells what happened last, if it was asked to end. After a failure that is left to the next process. */
  terminate(reason: ExitReason): void {
    if (!isExpectedExit(reason)) return;
    while (this.#diffs.length > 0) this.#handleNext();
    if (this.#state.delta) this.#replicator.sendHeartbeat();
  }

  /** A diff of this node. One that nobody is there to handle waits. */
  #submit(diff: Diff<PresenceMeta<M>>): void {
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

  #createReplicator(): Replicator<PresenceMeta<M>> {
    const topic = this.#topic;
    const pubsub = this.#pubsub;
    const wire = {
      broadcast: (event: string, payload: unknown) => pubsub.broadcastFrom(this.#process, topic, event, payload),
      send: (node: string, event: string, payload: unknown) => pubsub.directBroadcast(node, topic, event, payload),
    };
    return new Replicator(this.#name, this.#state, wire, this.#options);
  }

  /** Begins with what is known for sure: what this node tracks. The other nodes are asked for the rest. */
  #learnAnew(): void {
    const { others } = this.#state;
    const diff = new Diff<PresenceMeta<M>>();
    for (const replica of others) this.#state.replicaPermdown(replica, diff);
    this.#handle(diff);
    this.#replicator = this.#createReplicator();
    if (!this.#pubsub.isLocal) this.#replicator.askAnew(others);
  }

  #endPeriod(): void {
    this.#handle(this.#replicator.endPeriod());
    this.#alarm.set(this.#options.broadcastPeriodMs);
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

/** The end of a period. */
const TICK: unique symbol = Symbol("tick");
/** There is a diff. */
const DIFF: unique symbol = Symbol("diff");
