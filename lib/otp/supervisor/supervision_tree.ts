/**
 * Snapshots of supervision trees, for printing and inspection.
 *
 * @module
 */

import { oneLine } from "../../base/printable.ts";
import type { ChildId } from "../process/child_spec.ts";
import type { Pid } from "../process/pid.ts";
import type { ChildInfo } from "./supervised_child.ts";
import { supervisedBy } from "./supervising.ts";

/**
 * An object whose processes have one common supervisor: an endpoint, a PubSub.
 *
 * @category Supervision
 */
export interface Supervised {
  /** The supervisor of its processes. */
  readonly supervisor: Pid<never>;
}

/**
 * Options for {@linkcode supervisionTree}.
 *
 * @category Supervision
 */
export interface SupervisionTreeOptions {
  /**
   * Maximum number of children shown for each process. An endpoint has one child for each connection.
   *
   * @default {100}
   */
  readonly maxChildren?: number;
}

const MAX_CHILDREN = 100;

/**
 * A snapshot of a process and its children. Converted to a string, it is printed as a tree.
 *
 * @category Supervision
 */
export class SupervisionTree {
  /** Its id in its supervisor; for the process at the top, its label. */
  readonly id: ChildId;
  /** Its status. */
  readonly status: ChildInfo["status"];
  /** Its process, if it runs. */
  readonly pid: Pid<never> | undefined;
  /** Its children, in start order; empty for a worker. */
  readonly children: readonly SupervisionTree[];
  /** Number of children that are not shown because of `maxChildren`. */
  readonly omittedChildren: number;

  /** Creates a snapshot of the tree below a process. */
  constructor(
    { id, status, pid }: Pick<ChildInfo, "id" | "status" | "pid">,
    { maxChildren = MAX_CHILDREN }: SupervisionTreeOptions = {},
  ) {
    this.id = id;
    this.status = status;
    this.pid = pid;
    const children = pid && supervisedBy(pid) || [];
    this.children = children.slice(0, maxChildren).map((child) => new SupervisionTree(child, { maxChildren }));
    this.omittedChildren = children.length - this.children.length;
  }

  /** Returns the tree as text, one line for each process. */
  toString(): string {
    return [...this.#lines()].join("\n");
  }

  *#lines(): Generator<string> {
    yield this.#line;
    const last = this.omittedChildren > 0 ? undefined : this.children.at(-1);
    for (const child of this.children) {
      let indent = child === last ? "└─ " : "├─ ";
      for (const line of child.#lines()) {
        yield indent + line;
        indent = child === last ? "   " : "│  ";
      }
    }
    if (this.omittedChildren > 0) yield `└─ and ${this.omittedChildren} more`;
  }

  get #line(): string {
    const { pid, status } = this;
    const id = oneLine(`${this.id}`);
    if (!pid) return `${id} (${status})`;
    return pid.label === `${this.id}` ? `${id} #${pid.id}` : `${id}: ${oneLine(pid.label)} #${pid.id}`;
  }
}

/**
 * Returns a snapshot of a supervision tree: which process supervises which. It sends no messages, so it also works
 * while processes are busy.
 *
 * @category Supervision
 * @example Usage
 * ```ts
 * import { spawn, supervisionTree, Supervisor } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const supervisor = await Supervisor.start([
 *   {
 *     id: "logger",
 *     start: (link) =>
 *       spawn(async (mailbox) => {
 *         for await (const line of mailbox) console.log(line);
 *       }, { link, label: "logger" }),
 *   },
 *   Supervisor.child([], { name: "workers" }),
 * ], { label: "app" });
 * assertEquals(
 *   `${supervisionTree(supervisor)}`.replaceAll(/\d+/g, "N"),
 *   [
 *     "app #N",
 *     "├─ logger #N",
 *     "└─ workers #N",
 *   ].join("\n"),
 * );
 * ```
 *
 * @param top The process at the top; or an endpoint, with its connections, channels and PubSub; or a PubSub, with its
 * adapter, trackers and presences.
 * @param options How many children are shown.
 * @returns The tree.
 * @throws {RangeError} If `maxChildren` is not an integer of at least 0, or `Infinity`.
 */
export function supervisionTree(
  top: Pid<never> | Supervised,
  { maxChildren = MAX_CHILDREN }: SupervisionTreeOptions = {},
): SupervisionTree {
  if (!(maxChildren === Infinity || (Number.isInteger(maxChildren) && maxChildren >= 0))) {
    throw new RangeError(
      `Cannot show supervision tree: "maxChildren" must be an integer >= 0 or Infinity, received ${maxChildren}`,
    );
  }
  const pid = "supervisor" in top ? top.supervisor : top;
  return new SupervisionTree({ id: pid.label, status: pid.alive ? "running" : "stopped", pid }, { maxChildren });
}
