/**
 * What must not compile, and what must, of ending programs. `deno check` is the test: an error that does not come is one.
 *
 * @module
 */

import { Endpoint, type Service, shutdownOnSignal, shutdownOnSignalWith, Supervisor } from "@urvogel/realtime";

const endpoint = new Endpoint({ sockets: {} });
const tree = await Supervisor.start([]);
const server = Deno.serve(endpoint.fetch);

shutdownOnSignal(endpoint, tree, server);
shutdownOnSignal();
shutdownOnSignal({ shutdown() {} }, { shutdown: () => Promise.resolve(), shutdownMs: 100 });
shutdownOnSignalWith({ timeoutMs: 100, guardLargeTexts: false }, endpoint, tree, server);
const services: Service[] = [endpoint, server];
shutdownOnSignal(...services);

// @ts-expect-error What cannot be ended is no service.
shutdownOnSignal(endpoint, {});
// @ts-expect-error Options come first, and only there.
shutdownOnSignalWith(endpoint, { timeoutMs: 1 });
