import { Endpoint, ok, type Params, Socket } from "@urvogel/realtime";
import { serve } from "@urvogel/realtime/serve";
import { BenchChannel } from "../fixtures/phoenix_app/bench_channel.ts";
class BenchSocket extends Socket<{ user: unknown }> {
  override channels = { "bench:*": BenchChannel };
  override connect(params: Params) {
    return ok({ user: params.user });
  }
}
const endpoint = new Endpoint({ sockets: { "/socket": BenchSocket } });
if (Deno.env.get("MODE") === "native") {
  Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    onListen: ({ port }) => console.log(port),
  }, endpoint.fetch);
} else {
  const s = await serve(endpoint, {
    port: 0,
    hostname: "127.0.0.1",
    compression: Deno.env.get("MODE") === "deflate" && { thresholdBytes: 64 },
  });
  console.log(s.port);
}
