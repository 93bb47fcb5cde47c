/**
 * Urvogel on the transport with frames of its own, on two threads.
 *
 * @module
 */

import { serve } from "@urvogel/realtime/serve";
import { announce } from "./contestant.ts";

const app = new URL("./threads_app.ts", import.meta.url);
const { port } = await serve(app.href, { threads: 2, port: 0, hostname: "127.0.0.1" });
announce(port);
