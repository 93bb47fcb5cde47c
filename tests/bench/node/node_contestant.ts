/**
 * A contestant on Node. Packages are looked for in the folder that the program runs in.
 *
 * @module
 */

import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { announce, memoryUsage } from "../contestant.ts";

/** Loads a package. The caller knows what is in it. */
export function load(name: string): unknown {
  return createRequire(`${process.cwd()}/`)(name);
}

/** Creates a server that answers every request with its memory, and passes it on before it listens. */
export function serveOnNode(attach: (server: Server) => void): void {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify(memoryUsage()));
  });
  attach(server);
  server.listen(0, "127.0.0.1", () => announce((server.address() as AddressInfo).port));
}
