/**
 * Supervision trees, to look at.
 *
 * @module
 */

import type { ChildId } from "./child_spec.ts";
import type { Pid } from "../process/pid.ts";
import type { ChildInfo } from "./supervised_child.ts";
import { supervisedBy } from "./supervising.ts";

/** A process and what it supervises; printed as a tree where it is made a text. */
export class SupervisionTree {
  /** What its supervisor calls it; its label for the one at the top. */
  readonly id: ChildId;
  /** Where it stands. */
  readonly status: ChildInfo["status"];
  /** Its process, if it runs. */
  readonly pid: Pid<never> | undefined;
  /** Its children, in the order in which they start; none for a worker. */
  readonly children: readonly SupervisionTree[];

  /** Looks at the tree below a process. */
  constructor(id: ChildId, status: ChildInfo["status"], pid: Pid<never> | undefined) {
    this.id = id;
    this.status = status;
    this.pid = pid;
    const children = pid && supervisedBy(pid) || [];
    this.children = children.map(({ id, status, pid }) => new SupervisionTree(id, status, pid));
  }

  /** One line for each process. */
  toString(): string {
    return [...this.#lines()].join("\n");
  }

  *#lines(): Generator<string> {
    yield this.#line;
    const last = this.children.length - 1;
    for (const [i, child] of this.children.entries()) {
      let indent = i === last ? "└─ " : "├─ ";
      for (const line of child.#lines()) {
        yield indent + line;
        indent = i === last ? "   " : "│  ";
      }
    }
  }

  get #line(): string {
    const { id, pid, status } = this;
    if (!pid) return `${id} (${status})`;
    return pid.label === `${id}` ? `${id} #${pid.id}` : `${id}: ${pid.label} #${pid.id}`;
  }
}

/**
 * Shows who supervises whom, as it is at this moment: nobody is asked, so nobody has to be idle.
 *
 * @example Usage
 * ```ts
 * import { spawn, supervisionTree, Supervisor } from "@urvogel/realtime";
 * import assert from "node:assert/strict";
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
 * assert.equal(
 *   `${supervisionTree(supervisor)}`.replaceAll(/\d+/g, "N"),
 *   [
 *     "app #N",
 *     "├─ logger #N",
 *     "└─ workers #N",
 *   ].join("\n"),
 * );
 * ```
 *
 * @param supervisor The process at the top.
 * @returns The tree.
 */
export function supervisionTree(supervisor: Pid<never>): SupervisionTree {
  return new SupervisionTree(supervisor.label, supervisor.alive ? "running" : "stopped", supervisor);
}
