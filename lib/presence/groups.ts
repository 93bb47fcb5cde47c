/**
 * Groups: named sets of processes of all nodes. OTP's `:pg`.
 *
 * @module
 */

import { attempt } from "../base/attempt.ts";
import { quoted } from "../base/printable.ts";
import { decodeCrossing, encodeCrossing } from "../cluster/crossing.ts";
import { NodeDownError } from "../cluster/node_errors.ts";
import { NodeRequests } from "../cluster/node_requests.ts";
import { reportCrash } from "../otp/process/crash_report.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { SendResult } from "../otp/process/mailbox.ts";
import { OwnedBy } from "../otp/process/owned_by.ts";
import type { Pid } from "../otp/process/pid.ts";
import type { JsonOrBytes } from "../protocol/payload.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { BusDownError } from "../pubsub/errors.ts";
import { Tracker, type TrackerDiff } from "./tracker.ts";
import type { TrackerBaseOptions } from "./tracker_options.ts";

/**
 * A process in a group, of this node or another one. `M` is the type of its messages.
 *
 * @category Presence
 */
export interface GroupMember<in M = never> {
  /** The name of its node. */
  readonly node: string;
  /** Its number on that node, which `Pid.id` is there. */
  readonly id: number;
  /** The process, if it is one of this node. */
  readonly pid: Pid<M> | undefined;
  /**
   * Sends it a message, at most once.
   *
   * @param message The message; to another node JSON and bytes.
   * @returns The result of the send. To another node, `"sent"` says nothing about whether it arrives; `"closed"` if
   * that node is down, or the bus is.
   * @throws {TypeError} If it is on another node, and the message is neither JSON nor bytes.
   */
  send(message: M): SendResult;
}

/**
 * The members that have joined and left a group.
 *
 * @category Presence
 */
export interface GroupChange<M> {
  /** The name of the group. */
  readonly group: string;
  /** The members that have joined. */
  readonly joined: readonly GroupMember<M>[];
  /** The members that have left, have ended, or whose node is down. */
  readonly left: readonly GroupMember<M>[];
}

/**
 * Named sets of processes of all nodes: workers of a kind, the sessions of a user. OTP's `:pg`.
 *
 * ```ts
 * import { Groups, PubSub, spawn } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const groups = new Groups<string>({ pubsub: new PubSub(), name: "workers" });
 * const done: string[] = [];
 * const worker = spawn<string>(async (mailbox) => {
 *   for await (const job of mailbox) done.push(job);
 * });
 * groups.join("render", worker);
 *
 * for (const member of groups.members("render")) member.send("frame 1"); // here, or on other nodes
 * await new Promise((resolve) => setTimeout(resolve));
 * assertEquals(done, ["frame 1"]);
 * worker.exit("shutdown");
 * assertEquals(groups.members("render"), []);
 * await groups.stop();
 * ```
 *
 * **Eventually consistent:** members of this node are visible here at once, and on other nodes up to
 * `broadcastPeriodMs` later. Nodes that lose contact hide each other's members. A member that is listed may have ended
 * already. For one server in the whole cluster use {@linkcode KeyedServers}.
 *
 * @typeParam M The messages of the members. To other nodes they must be JSON and bytes.
 * @category Presence
 */
export class Groups<M = never> implements AsyncDisposable {
  readonly #tracker: Tracker<object>;
  readonly #requests: NodeRequests;
  readonly #pubsub: PubSub;
  readonly #self: string;
  readonly #handler: string;
  readonly #local = new Map<string, Map<number, Pid<M>>>();
  readonly #owned = new OwnedBy<Set<string>>((groups, process) => {
    for (const group of groups) this.#forget(group, process.id);
  });
  readonly #listeners = new Set<(change: GroupChange<M>) => void>();
  readonly #stopsHandling: () => void;

  /**
   * Starts groups. Their process is supervised by the PubSub.
   *
   * @param options The PubSub, and a name that is the same on all nodes.
   * @throws {RangeError} If an option is out of range.
   * @throws {TypeError} If the node has groups or a tracker of this name, or the PubSub has been stopped.
   */
  constructor(options: TrackerBaseOptions) {
    const { pubsub, name } = options;
    this.#pubsub = pubsub;
    this.#self = pubsub.nodeName;
    this.#handler = `groups:${name}`;
    this.#tracker = new Tracker({ ...options, handleDiff: (diff) => this.#report(diff) });
    this.#requests = NodeRequests.of(pubsub);
    this.#stopsHandling = this.#requests.handle(this.#handler, (body) => this.#receive(body));
  }

  /**
   * Adds a process to a group, until it leaves or ends. Does nothing if it is a member.
   *
   * @param group The name of the group.
   * @param pid A process of this node.
   * @throws {TypeError} If it has ended.
   */
  join(group: string, pid: Pid<M>): void {
    const members = this.#local.get(group);
    if (members?.has(pid.id)) return;
    this.#tracker.track(pid, group, keyOf(this.#self, pid.id), {});
    if (members) members.set(pid.id, pid);
    else this.#local.set(group, new Map([[pid.id, pid]]));
    this.#owned.set(pid, (this.#owned.get(pid) ?? new Set()).add(group));
  }

  /** Removes a process from a group. Does nothing if it is not a member. */
  leave(group: string, pid: Pid<M>): void {
    if (!this.#local.get(group)?.has(pid.id)) return;
    this.#tracker.untrack(pid, group, keyOf(this.#self, pid.id));
    this.#forget(group, pid.id);
    const groups = this.#owned.get(pid);
    groups?.delete(group);
    if (groups?.size === 0) this.#owned.delete(pid);
  }

  /** Returns the members of a group on all nodes that are up. */
  members(group: string): GroupMember<M>[] {
    return Array.from(this.#tracker.entries(group).keys(), (key) => this.#memberOf(group, key));
  }

  /** Returns the members of a group on this node. */
  localMembers(group: string): Pid<M>[] {
    return [...this.#local.get(group)?.values() ?? []];
  }

  /**
   * Calls `listener` when members join or leave, on any node.
   *
   * @param listener Called in the process of these groups, in order. What it throws is reported.
   * @returns A function that ends this.
   */
  onChange(listener: (change: GroupChange<M>) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Ends the groups. The processes do not end. */
  async stop(): Promise<void> {
    this.#stopsHandling();
    this.#owned.clear();
    this.#local.clear();
    await this.#tracker.stop();
  }

  /** The same as {@linkcode Groups.prototype.stop | stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #forget(group: string, id: number): void {
    const members = this.#local.get(group);
    members?.delete(id);
    if (members?.size === 0) this.#local.delete(group);
  }

  #memberOf(group: string, key: string): GroupMember<M> {
    const at = key.indexOf("/");
    const [node, id] = [key.slice(0, at), Number(key.slice(at + 1))];
    if (node !== this.#self) {
      return {
        node,
        id,
        pid: undefined,
        send: (message) => this.#send(group, node, id, message),
      };
    }
    const pid = this.#local.get(group)?.get(id);
    return { node, id, pid, send: (message) => pid?.send(message) ?? "closed" };
  }

  #send(group: string, node: string, id: number, message: M): SendResult {
    const body = encodeCrossing({ group, id, message }, `message to group ${quoted(group)} on another node`);
    try {
      this.#requests.tell(node, this.#handler, body);
      return "sent";
    } catch (error) {
      if (error instanceof NodeDownError || error instanceof BusDownError) return "closed";
      throw error;
    }
  }

  /** Delivers a message of another node, to a member only. */
  #receive(body: JsonOrBytes): null {
    const { group, id, message } = (decodeCrossing(body) ?? {}) as Partial<Readonly<Record<string, unknown>>>;
    if (typeof group !== "string" || typeof id !== "number") throw new TypeError("Cannot deliver: malformed message");
    this.#local.get(group)?.get(id)?.send(message as M);
    return null;
  }

  #report(diff: ReadonlyMap<string, TrackerDiff<object>>): void {
    for (const [group, { joins, leaves }] of diff) {
      const joined = Array.from(joins, ({ key }) => this.#memberOf(group, key));
      const left = Array.from(leaves, ({ key }) => this.#memberOf(group, key));
      for (const listener of [...this.#listeners]) this.#tell(listener, { group, joined, left });
    }
  }

  #tell(listener: (change: GroupChange<M>) => void, change: GroupChange<M>): void {
    attempt(() => listener(change), (thrown) => {
      const pid = this.#pubsub.supervisor;
      reportCrash({ pid, during: "a listener for groups", error: exitReasonOf(thrown), ancestors: [] });
    });
  }
}

function keyOf(node: string, id: number): string {
  return `${node}/${id}`;
}
