/**
 * Urvogel with everything at its defaults, as a user would write it.
 *
 * @module
 */

import { Endpoint, ok, type Params, Socket } from "@urvogel/realtime";
import { BenchChannel } from "../fixtures/phoenix_app/bench_channel.ts";
import { serveContestant } from "./contestant.ts";

class BenchSocket extends Socket<{ user: unknown }> {
  override channels = { "bench:*": BenchChannel };

  override connect(params: Params) {
    return ok({ user: params.user });
  }
}

const endpoint = new Endpoint({ sockets: { "/socket": BenchSocket } });
await serveContestant(endpoint.fetch);
