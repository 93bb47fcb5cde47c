/**
 * Supervisors that exist at once and get their children later: the roots of the library's own supervision trees.
 *
 * @module
 */

import type { Pid } from "../process/pid.ts";
import type { ProcessOrigin } from "../process/process.ts";
import type { Reported, Reporting } from "../process/reporting.ts";
import { checkSpec } from "./_check_specs.ts";
import type { ChildId, ChildSpec } from "../process/child_spec.ts";
import type { ChildTable } from "./child_table.ts";
import { RestartIntensity, type RestartLimits } from "./restart_intensity.ts";
import { SupervisorProcess } from "./supervising.ts";
import { SupervisorServer } from "./supervisor_server.ts";

/** A supervisor whose process exists from the start, without children. Its strategy is `"oneForOne"`. */
export class StandingSupervisor extends SupervisorProcess<ChildTable> implements Reported {
  readonly #reporting: (() => Reporting | undefined) | undefined;

  /**
   * Starts the supervisor, linked to no process.
   *
   * @param limits Its restart limits.
   * @param origin Its label and its parent.
   * @param reporting Returns where reports about it and the processes below it go, unless its parent says so.
   * @throws {RangeError} If a limit is out of range.
   */
  constructor(limits: RestartLimits, origin: ProcessOrigin, reporting?: () => Reporting | undefined) {
    const intensity = new RestartIntensity(limits);
    super(new SupervisorServer([], { strategy: "oneForOne", autoShutdown: "never", intensity }), origin);
    this.#reporting = reporting;
    this.start(() => {});
  }

  /** Where reports about it and the processes below it go. */
  get reporting(): Reporting | undefined {
    return this.#reporting?.();
  }

  /**
   * Adds a child behind the others and starts it.
   *
   * @throws {ChildError} If there is a child with this id.
   * @throws {ChildStartError} If its start fails or returns `ignore()`.
   */
  async startChild(spec: ChildSpec): Promise<Pid> {
    return await this.ask("startChild", checkSpec(spec));
  }

  /** Ends a child and removes it. Does nothing if there is no such child. */
  async removeChild(id: ChildId): Promise<void> {
    await this.ask("removeChild", id);
  }
}
