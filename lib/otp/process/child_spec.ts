/**
 * Child specifications: how a supervisor starts, restarts and shuts down one child.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import { type ExitReason, isExpectedExit } from "./exit_reason.ts";
import { type Name, nameLabel } from "./names.ts";
import type { Pid } from "./pid.ts";
import type { Ignore } from "./marked_result.ts";

/**
 * The identifier of a child within its supervisor.
 *
 * @category Supervision
 */
export type ChildId = string | number;

/**
 * How a supervisor shuts a child down:
 *
 * - a number: it gets an exit signal `"shutdown"`, and is killed if it still runs that many milliseconds later,
 * - `"infinity"`: it gets the signal and unlimited time; right for supervisors, whose children need time as well,
 * - `"brutalKill"`: it is killed at once.
 *
 * @category Supervision
 */
export type ChildShutdown = number | "infinity" | "brutalKill";

/**
 * Throws if `shutdown` is not a valid {@linkcode ChildShutdown}.
 *
 * @param what The operation that fails, for the error message: `supervise child "a"`.
 * @throws {RangeError} If `shutdown` is a number less than 0.
 * @throws {TypeError} If it is neither a number, `"infinity"` nor `"brutalKill"`.
 */
export function assertShutdown(what: string, shutdown: unknown): asserts shutdown is ChildShutdown {
  if (shutdown === "infinity" || shutdown === "brutalKill") return;
  const found =
    `Cannot ${what}: "shutdown" must be milliseconds >= 0, "infinity" or "brutalKill", received ${shutdown}`;
  if (typeof shutdown !== "number") throw new TypeError(found);
  if (!(shutdown >= 0)) throw new RangeError(found);
}

/**
 * Whether a child is a worker or a supervisor itself.
 *
 * @category Supervision
 */
export type ChildType = "worker" | "supervisor";

/**
 * When a supervisor restarts a child that has ended:
 *
 * - `"permanent"`: always,
 * - `"transient"`: if it failed, which means with a reason other than `"normal"`, `"shutdown"` or `{ shutdown }`,
 * - `"temporary"`: never; the supervisor removes it.
 *
 * @category Supervision
 */
export type Restart = "permanent" | "transient" | "temporary";

/** Whether a child with this restart type is restarted after it ended with `reason`. */
export function restartsAfter(restart: Restart, reason: ExitReason): boolean {
  return restart === "permanent" || (restart === "transient" && !isExpectedExit(reason));
}

/**
 * When a child is restarted, and whether its supervisor may end with it (see `autoShutdown` of
 * {@linkcode SupervisorOptions}). A permanent child is always restarted, so it cannot be significant.
 *
 * @category Supervision
 */
export type RestartPolicy =
  | {
    /**
     * When the child is restarted; see {@linkcode Restart}.
     *
     * @default {"permanent"}
     */
    readonly restart?: "permanent" | undefined;
    /** Always `false`: a permanent child is always restarted. */
    readonly significant?: false | undefined;
  }
  | {
    /** When the child is restarted; see {@linkcode Restart}. */
    readonly restart: "transient" | "temporary";
    /**
     * Whether the end of the child counts for `autoShutdown`.
     *
     * @default {false}
     */
    readonly significant?: boolean | undefined;
  };

/**
 * How a child of any supervisor is started and shut down.
 *
 * @category Supervision
 */
export interface ChildStart<P extends Pid<never> = Pid<never>> {
  /**
   * Starts the child, linked to `parent`, and returns it when it is ready; the next child is started after that. Pass
   * `{ link: parent }` on to a server: if it traps exits, an exit signal of its parent then ends it through
   * `terminate`.
   *
   * Throws if the child cannot start; returns `ignore()` if it does not need to start.
   */
  readonly start: (parent: Pid<never>) => MaybePromise<P | Ignore>;
  /**
   * How the child is shut down.
   *
   * @default {5000} for a worker, `"infinity"` for a supervisor.
   */
  readonly shutdown?: ChildShutdown | undefined;
  /**
   * Whether the child is a worker or a supervisor.
   *
   * @default {"worker"}
   */
  readonly type?: ChildType | undefined;
}

/**
 * The specification of one child of a supervisor, a process `P`.
 *
 * @category Supervision
 */
export type ChildSpec<P extends Pid<never> = Pid<never>> =
  & ChildStart<P>
  & RestartPolicy
  & {
    /** The id of the child, unique within its supervisor. */
    readonly id: ChildId;
  };

/**
 * Options for a child whose class is known; see `child` and `Supervisor.child`.
 *
 * @category Supervision
 */
export type ChildOptions = RestartPolicy & {
  /** The id of the child within its supervisor. Defaults to its name, or else to its kind. */
  readonly id?: ChildId | undefined;
  /** How the child is shut down. */
  readonly shutdown?: ChildShutdown | undefined;
};

/** Returns the id of a child: the option `id`, or its name, or `kind`. */
export function childIdOf(options: { readonly id?: ChildId | undefined; readonly name?: Name }, kind: string): ChildId {
  const { id, name } = options;
  if (id !== undefined) return id;
  return name === undefined ? kind : nameLabel(name);
}

/** Returns only the restart policy of the options of a child. */
export function policyOf({ restart, significant }: RestartPolicy): RestartPolicy {
  return { restart, significant } as RestartPolicy; // apart, the compiler forgets that they belong together
}
