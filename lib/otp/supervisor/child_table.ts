/**
 * The children of a static supervisor, in the order in which they start.
 *
 * @module
 */

import type { ChildId } from "../process/child_spec.ts";
import type { Pid } from "../process/pid.ts";
import type { Process } from "../process/process.ts";
import type { ChildCounts, ChildInfo, SupervisedChild } from "./supervised_child.ts";

/**
 * The restart strategy: which children are restarted together with a child that ended. None, all others, or those that
 * were started after it.
 *
 * @category Supervision
 */
export type Strategy = "oneForOne" | "oneForAll" | "restForOne";

/** The children of a supervisor, found by their id or by their process. */
export class ChildTable implements Iterable<SupervisedChild> {
  readonly #inOrder: SupervisedChild[] = [];
  readonly #byId = new Map<ChildId, SupervisedChild>();
  readonly #byPid = new Map<Pid<never>, SupervisedChild>();

  /** Finds a child by its id. */
  get(id: ChildId): SupervisedChild | undefined {
    return this.#byId.get(id);
  }

  /** Whether a child is in the table; temporary children are removed when they end. */
  has(child: SupervisedChild): boolean {
    return this.#byId.get(child.id!) === child;
  }

  /** Finds the child whose process is `pid`. */
  byPid(pid: Pid<never> | undefined): SupervisedChild | undefined {
    return pid && this.#byPid.get(pid);
  }

  /** Adds a child behind the others. */
  add(child: SupervisedChild): void {
    this.#inOrder.push(child);
    this.#byId.set(child.id!, child);
  }

  /** Removes a child. */
  delete(child: SupervisedChild): void {
    this.isDown(child);
    this.#inOrder.splice(this.#inOrder.indexOf(child), 1);
    this.#byId.delete(child.id!);
  }

  /** Records that a child runs. */
  isRunning(child: SupervisedChild, process: Process): void {
    child.isRunning(process);
    this.#byPid.set(process, child);
  }

  /** Records that a child does not run. */
  isDown(child: SupervisedChild, restarting: boolean = false): void {
    if (child.process) this.#byPid.delete(child.process);
    child.isDown(restarting);
  }

  /** Returns the children that are ended and started again when `failed` is restarted, in start order. */
  affectedBy(failed: SupervisedChild, strategy: Strategy): SupervisedChild[] {
    if (strategy === "oneForOne") return [failed];
    return this.#inOrder.slice(strategy === "oneForAll" ? 0 : this.#inOrder.indexOf(failed));
  }

  /** All children, in the order in which they start. */
  [Symbol.iterator](): IterableIterator<SupervisedChild> {
    return this.#inOrder.values();
  }

  /** A snapshot of the children. */
  get infos(): ChildInfo[] {
    return this.#inOrder.map(({ info }) => info);
  }
}

/**
 * Counts children. A child that has ended does not count as active, even if its supervisor has not handled its exit
 * yet.
 */
export function countChildren(children: Iterable<SupervisedChild>): ChildCounts {
  const counts = { specs: 0, active: 0, supervisors: 0, workers: 0 };
  for (const { process, type } of children) {
    counts.specs++;
    if (process?.alive) counts.active++;
    counts[type === "supervisor" ? "supervisors" : "workers"]++;
  }
  return counts;
}
