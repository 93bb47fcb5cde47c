/**
 * Measures the handlers of servers that may be stuck, and of no others.
 *
 * @module
 */

import { Process } from "../../otp/process/process.ts";
import { handlerWatch } from "../../otp/server/handler_watch.ts";
import { ServerProcess } from "../../otp/server/server_process.ts";

/**
 * Gives a clock to each server that is busy when it looks, and takes it away when the server is not busy the next time.
 * So a handler that runs for seconds is noticed, and the other servers are as fast as if nobody looked.
 */
export class Suspects implements Disposable {
  #measured = new Set<ServerProcess<unknown>>();

  /** Looks for servers that are busy now. */
  look(): void {
    const busy = new Set<ServerProcess<unknown>>();
    for (const process of Process.busy) if (process instanceof ServerProcess) busy.add(process);
    for (const server of this.#measured) if (!busy.has(server)) free(server);
    for (const server of busy) if (!server.handlerTimes) server.measureHandlers(true);
    this.#measured = busy;
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    for (const server of this.#measured) free(server);
    this.#measured.clear();
  }
}

/** Takes its clock away, unless all servers have one. */
function free(server: ServerProcess<unknown>): void {
  if (!handlerWatch.isOn) server.measureHandlers(false);
}
