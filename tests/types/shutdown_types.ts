/**
 * What must not compile, and what must, of ending programs. `deno check` is the test: an error that does not come is one.
 *
 * @module
 */

import { Endpoint, type Service, shutdownOnSignal, shutdownOnSignalWith, Supervisor } from "@urvogel/realtime";
import { serve } from "@urvogel/realtime/serve";

const endpoint = new Endpoint({ sockets: {} });
const tree = await Supervisor.start([]);
const server = Deno.serve(endpoint.fetch);
const frames = await serve(endpoint, { port: 0, handler: () => new Response("page") });
const threads = await serve(new URL("./app.ts", import.meta.url), { threads: 2 });

shutdownOnSignal(endpoint, tree, server);
shutdownOnSignal(endpoint, tree, frames);
shutdownOnSignal(threads);
shutdownOnSignal();
shutdownOnSignal({ shutdown() {} }, { shutdown: () => Promise.resolve(), shutdownMs: 100 });
shutdownOnSignalWith({ timeoutMs: 100, guardLargeTexts: false }, endpoint, tree, server);
const services: Service[] = [endpoint, server];
shutdownOnSignal(...services);

// @ts-expect-error What cannot be ended is no service.
shutdownOnSignal(endpoint, {});
// @ts-expect-error A module on threads has its handler inside.
await serve(new URL("./app.ts", import.meta.url), { threads: 2, handler: () => new Response() });
// @ts-expect-error An app is served in this thread.
await serve(endpoint, { threads: 2 });
// @ts-expect-error Options come first, and only there.
shutdownOnSignalWith(endpoint, { timeoutMs: 1 });
