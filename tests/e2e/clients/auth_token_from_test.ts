import { assertEquals } from "@std/assert";
import { type ConnectInfo, Endpoint, ok, type Params, Socket } from "@urvogel/realtime";
import { paramsFrom, type PhoenixSocket } from "@urvogel/realtime/client";
import { CLIENT_VERSIONS, loadSocketClass } from "../../support/phoenix_client.ts";
import { serve } from "../../support/serve.ts";
import { until } from "../../support/until.ts";

const connects: unknown[] = [];

class UserSocket extends Socket {
  override channels = {};
  override connect(params: Params, { authToken }: ConnectInfo) {
    connects.push({ authToken, token: params.token });
    return ok();
  }
  override id() {
    return "user:1";
  }
}

// phoenix.js leaves timers behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

Deno.test("paramsFrom() may load the token that authToken returns, for each connection", sanitize, async () => {
  const endpoint = new Endpoint({ sockets: { "/socket": [UserSocket, { websocket: { authToken: true } }] } });
  await using server = serve(endpoint);
  const SocketClass = await loadSocketClass(CLIENT_VERSIONS.find(({ authToken }) => authToken)!);
  let token = "";
  let loads = 0;
  const options = { authToken: () => token, reconnectAfterMs: () => 1 };
  const socket = paramsFrom(new SocketClass(`${server.wsUrl}/socket`, options) as unknown as PhoenixSocket, () => {
    token = `t${++loads}`;
    return {};
  });
  socket.connect();
  await until(() => connects.length === 1, "it has connected");
  await until(() => endpoint.connectionCount === 1, "it is counted");
  endpoint.disconnect("user:1");
  await until(() => connects.length === 2, "it has connected again");
  assertEquals(connects, [{ authToken: "t1", token: undefined }, { authToken: "t2", token: undefined }]);
  await new Promise<void>((resolve) => socket.disconnect(resolve));
});
