/**
 * A child as its supervisor keeps it: its specification, checked and complete, and where it stands.
 *
 * @module
 */

import { quoted } from "../../base/printable.ts";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import {
  assertShutdown,
  type ChildId,
  type ChildShutdown,
  type ChildStart,
  type ChildType,
  type Restart,
  restartsAfter,
} from "../process/child_spec.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import type { Pid } from "../process/pid.ts";
import type { Process } from "../process/process.ts";
import type { Ignore } from "../server/result.ts";

/** What a supervisor tells of a child. */
export type ChildInfo =
  | {
    /** What it is called. */
    readonly id: ChildId;
    /** Whether it is a supervisor. */
    readonly type: ChildType;
    /** Where it stands. */
    readonly status: "running";
    /** Its process. */
    readonly pid: Pid<never>;
  }
  | {
    /** What it is called. */
    readonly id: ChildId;
    /** Whether it is a supervisor. */
    readonly type: ChildType;
    /** `"restarting"`: its restart failed and is about to be tried again; `"stopped"`: it ended, or never started. */
    readonly status: "restarting" | "stopped";
    /** There is none. */
    readonly pid?: undefined;
  };

/** How many children a supervisor has. */
export interface ChildCounts {
  /** All it knows of, running or not. */
  readonly specs: number;
  /** Those that run. */
  readonly active: number;
  /** Those that are supervisors, running or not. */
  readonly supervisors: number;
  /** All others, running or not. */
  readonly workers: number;
}

/** What a child may be made of: for a static supervisor, a dynamic one, a partition. */
export interface ChildDescription extends ChildStart {
  readonly id?: ChildId | undefined;
  readonly restart?: Restart | undefined;
  readonly significant?: boolean | undefined;
}

const WORKER_SHUTDOWN_MS = 5000;
const RESTARTS: readonly unknown[] = ["permanent", "transient", "temporary"] satisfies Restart[];
const TYPES: readonly unknown[] = ["worker", "supervisor"] satisfies ChildType[];

/** One child of one supervisor. */
export class SupervisedChild {
  readonly id: ChildId | undefined;
  readonly restart: Restart;
  readonly significant: boolean;
  readonly shutdown: ChildShutdown;
  readonly type: ChildType;
  #start: ChildStart["start"] | undefined;
  #process: Process | undefined;
  #restarting = false;

  /**
   * Completes and checks a specification.
   *
   * @throws {TypeError} If something in it is missing or is not what it must be.
   * @throws {RangeError} If `shutdown` is less than 0.
   */
  constructor(spec: ChildDescription) {
    const { id, start, restart = "permanent", significant = false, type = "worker" } = spec;
    const { shutdown = type === "supervisor" ? "infinity" : WORKER_SHUTDOWN_MS } = spec;
    const doing = `supervise child ${id === undefined ? "without id" : quoted(id)}`;
    const fail = (what: string): never => {
      throw new TypeError(`Cannot ${doing}: ${what}`);
    };
    if (typeof start !== "function") fail(`"start" must be a function, received ${typeof start}`);
    if (!RESTARTS.includes(restart)) fail(`"restart" must be one of ${RESTARTS.join(", ")}, received ${restart}`);
    if (!TYPES.includes(type)) fail(`"type" must be one of ${TYPES.join(", ")}, received ${type}`);
    if (significant && restart === "permanent") fail(`a permanent child cannot be "significant"`);
    assertShutdown(doing, shutdown);
    this.id = id;
    this.restart = restart;
    this.significant = significant;
    this.shutdown = shutdown;
    this.type = type;
    this.#start = start;
  }

  /** Its process, if it runs as far as the supervisor knows: its end may still wait in the supervisor's mailbox. */
  get process(): Process | undefined {
    return this.#process;
  }

  /** Where it stands. */
  get status(): ChildInfo["status"] {
    if (this.#process) return "running";
    return this.#restarting ? "restarting" : "stopped";
  }

  /** What is told of it. */
  get info(): ChildInfo {
    const { type, status } = this;
    const pid = this.#process;
    const id = this.id ?? pid?.label ?? "child";
    return pid ? { id, type, status: "running", pid } : { id, type, status: status as "restarting" | "stopped" };
  }

  /** Whether it is to be started again after an end for `reason`. */
  restartsAfter(reason: ExitReason): boolean {
    return restartsAfter(this.restart, reason);
  }

  /** Starts a process for it; what becomes of that is up to the caller. */
  start(parent: Pid<never>): MaybePromise<Pid<never> | Ignore> {
    return this.#start!(parent);
  }

  /** It runs. A temporary child will not be started again, so what it was started with is let go. */
  isRunning(process: Process): void {
    this.#process = process;
    this.#restarting = false;
    if (this.restart === "temporary") this.#start = undefined;
  }

  /** It does not run; `restarting` says whether it is about to be tried again. */
  isDown(restarting: boolean): void {
    this.#process = undefined;
    this.#restarting = restarting;
  }
}
