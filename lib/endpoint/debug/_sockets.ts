/**
 * The connections of an endpoint, page by page.
 *
 * @module
 */

import type { SocketInfo } from "../../channel/socket_info.ts";
import { SocketProcess } from "../../channel/socket_process.ts";
import type { Pid } from "../../otp/process/pid.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Page, PageOptions, SearchOptions } from "./_page.ts";
import { matcherOf, pageOf } from "./_page_of.ts";

/**
 * Returns connections of an endpoint to sockets with channels, oldest first.
 *
 * @param endpoint The endpoint.
 * @param options The page, and a text that the id, the address, the name of the socket's class or a topic contains.
 * @throws {RangeError} If `limit` or `offset` is out of range.
 */
export function sockets(endpoint: Endpoint, options: SearchOptions = {}): Page<SocketInfo> {
  const all = processesOf(endpoint.socketPids);
  if (!options.search) return pageOf(all, options, ({ info }) => info); // only those on the page are described
  return pageOf(matching(all, matcherOf(options)), options, (info) => info);
}

/**
 * Returns the connections of an endpoint whose `Socket.id` is `id`, oldest first.
 *
 * @param endpoint The endpoint.
 * @param id What `Socket.id` returned for them, such as `"user:7"`.
 * @param options The page.
 * @throws {RangeError} If `limit` or `offset` is out of range.
 */
export function socketsOf(endpoint: Endpoint, id: string, options: PageOptions = {}): Page<SocketInfo> {
  return pageOf(ownSockets(endpoint, id), options, ({ info }) => info);
}

function* processesOf(pids: Iterable<Pid<never>>): Iterable<SocketProcess> {
  for (const pid of pids) if (pid instanceof SocketProcess) yield pid;
}

function* matching(
  processes: Iterable<SocketProcess>,
  matches: ReturnType<typeof matcherOf>,
): Iterable<SocketInfo> {
  for (const { info } of processes) {
    if (matches(info.id, info.address, info.socket, ...info.topics)) yield info;
  }
}

/** A PubSub may be shared by several endpoints, so the connections of an id may belong to another one. */
function* ownSockets(endpoint: Endpoint, id: string): Iterable<SocketProcess> {
  const { supervisor } = endpoint;
  for (const { process } of endpoint.pubsub.subscriptionsToId(id)) {
    if (process instanceof SocketProcess && process.parent === supervisor) yield process;
  }
}
