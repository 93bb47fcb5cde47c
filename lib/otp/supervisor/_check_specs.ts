/**
 * Checks of child specifications, before a supervisor starts anything.
 *
 * @module
 */

import { quoted } from "../../base/printable.ts";
import type { ChildId, ChildSpec } from "../process/child_spec.ts";
import { SupervisedChild } from "./supervised_child.ts";
import type { AutoShutdown } from "./supervisor_server.ts";

/**
 * Checks the child specifications of a supervisor.
 *
 * @throws {TypeError} If one of them is invalid, or two have the same id.
 */
export function checkSpecs(specs: readonly ChildSpec[], autoShutdown: AutoShutdown): SupervisedChild[] {
  const ids = new Set<ChildId>();
  return specs.map((spec) => {
    const child = checkSpec(spec);
    if (ids.has(spec.id)) {
      throw new TypeError(`Cannot supervise two children with the id ${quoted(spec.id)}; give each its own`);
    }
    if (child.significant && autoShutdown === "never") throw insignificant(child);
    ids.add(spec.id);
    return child;
  });
}

/**
 * Checks the specification of a child that must have an id.
 *
 * @throws {TypeError} If it is invalid.
 */
export function checkSpec(spec: ChildSpec): SupervisedChild {
  if (typeof spec.id !== "string" && typeof spec.id !== "number") {
    throw new TypeError(`Cannot supervise child: "id" must be a string or a number, received ${typeof spec.id}`);
  }
  return new SupervisedChild(spec);
}

/** Returns the error for a child whose `significant` would have no effect. */
export function insignificant({ id }: SupervisedChild): TypeError {
  return new TypeError(
    `Cannot supervise child ${quoted(id)}: it is "significant", but "autoShutdown" is "never"`,
  );
}
