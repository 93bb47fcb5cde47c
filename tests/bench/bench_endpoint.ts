/**
 * Urvogel as a user would write it, with everything at its defaults but one.
 *
 * @module
 */

import { Endpoint, type EndpointOptions, ok, type Params, type PubSub, Socket } from "@urvogel/realtime";
import { BenchChannel } from "../fixtures/phoenix_app/bench_channel.ts";

/** With `--history`, the topics keep their latest messages in memory. */
class KeptBenchChannel extends BenchChannel {
  override readonly history = Deno.args.includes("--history") ? {} : undefined;
}

class BenchSocket extends Socket<{ user: unknown }> {
  override channels = { "bench:*": KeptBenchChannel };

  override connect(params: Params) {
    return ok({ user: params.user });
  }
}

/** The load sends no heartbeats: a client that only listens is silent for as long as a large crowd takes to come. */
const NEVER_SILENT_MS = 3_600_000;

/** Creates the endpoint that all Urvogel servers of the bench serve. */
export function createEndpoint(pubsub?: PubSub): Endpoint {
  const sockets: EndpointOptions["sockets"] = {
    "/socket": [BenchSocket, { websocket: { timeoutMs: NEVER_SILENT_MS } }],
  };
  return new Endpoint(pubsub ? { pubsub, sockets } : { sockets });
}
