/**
 * The process of a registry: there for others to link to and to end.
 *
 * @module
 */

import { type Runnable, scheduler } from "../../base/scheduler.ts";
import { Process, type ProcessOptions } from "../process/process.ts";

/** A process that takes no messages: it reads them, so that it counts as idle, and forgets them. */
export class RegistryProcess extends Process implements Runnable {
  /** Creates a live process that waits. */
  constructor(options: Pick<ProcessOptions, "label" | "link">) {
    super(options);
    this.mailbox.wait(this);
  }

  /** Forgets what came. Called by the scheduler. */
  run(): void {
    while (this.mailbox.length > 0) {
      if (!scheduler.spend()) return scheduler.enqueue(this);
      this.mailbox.take();
    }
    if (this.alive) this.mailbox.wait(this);
  }
}
