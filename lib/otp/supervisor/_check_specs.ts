/**
 * Checks of what supervisors are given, before anything is started.
 *
 * @module
 */

import { quoted } from "../../base/printable.ts";
import type { ChildId, ChildSpec } from "../process/child_spec.ts";
import { SupervisedChild } from "./supervised_child.ts";
import type { AutoShutdown } from "./supervisor_server.ts";

/**
 * Checks the children of a supervisor.
 *
 * @throws {TypeError} If one of them makes no sense, or two have the same id.
 */
export function checkSpecs(specs: readonly ChildSpec[], autoShutdown: AutoShutdown): SupervisedChild[] {
  const ids = new Set<ChildId>();
  return specs.map((spec) => {
    const child = checkSpec(spec);
    if (ids.has(spec.id)) throw new TypeError(`Cannot supervise two children with the id ${quoted(spec.id)}`);
    if (child.significant && autoShutdown === "never") throw insignificant(child);
    ids.add(spec.id);
    return child;
  });
}

/**
 * Checks a child that must have an id.
 *
 * @throws {TypeError} If it makes no sense.
 */
export function checkSpec(spec: ChildSpec): SupervisedChild {
  if (typeof spec.id !== "string" && typeof spec.id !== "number") {
    throw new TypeError(`Cannot supervise child: "id" must be a string or a number, received ${typeof spec.id}`);
  }
  return new SupervisedChild(spec);
}

/** The error for a child whose end would mean nothing. */
export function insignificant({ id }: SupervisedChild): TypeError {
  return new TypeError(
    `Cannot supervise child ${quoted(id)}: it is "significant", but "autoShutdown" is "never"`,
  );
}
