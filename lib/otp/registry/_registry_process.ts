/**
 * The process of a registry: other processes can link to it and end it.
 *
 * @module
 */

import { type Runnable, scheduler } from "../../base/scheduler.ts";
import { Process, type ProcessOptions } from "../process/process.ts";

/** A process that ignores its messages. It reads and discards them, so that it counts as idle. */
export class RegistryProcess extends Process implements Runnable {
  /** Creates a live process that waits for messages. */
  constructor(options: Pick<ProcessOptions, "label" | "link">) {
    super(options);
    this.mailbox.wait(this);
  }

  /** Discards the waiting messages. Called by the scheduler. */
  run(): void {
    while (this.mailbox.length > 0) {
      if (!scheduler.spend()) return scheduler.enqueue(this);
      this.mailbox.take();
    }
    if (this.alive) this.mailbox.wait(this);
  }
}
