/**
 * The programs of the README and the design, as they compile. `deno check` is the test.
 *
 * One line of the design does not: a handler in `override handleIn = { say: (payload: unknown, socket) => ... }` has to
 * say what `socket` is. TypeScript infers nothing into the initializer of an overriding property from the property it
 * overrides, so `socket` would be `any`. `this.handlers({...})` gives the literal its types, and also refuses a handler
 * that forgets to return a result.
 *
 * @module
 */

import {
  Channel,
  type ChannelSocket,
  type ConnectInfo,
  Endpoint,
  GenServer,
  type JoiningSocket,
  noreply,
  ok,
  type Params,
  refuse,
  reply,
  Socket,
  spawn,
} from "@urvogel/realtime";

class RoomChannel extends Channel<{ user: string }> {
  override join(topic: string, _params: unknown, _socket: JoiningSocket<{ user: string }>) {
    if (topic === "room:secret") return refuse({ reason: "unauthorized" });
    return ok({ topic });
  }
  override handleIn = this.handlers({
    say: (payload, socket) => {
      socket.broadcast("said", { from: socket.assigns.user, payload });
      return reply({ received: true });
    },
  });
}

/** The design's own words: why there is `handlers`. */
export class DesignedChannel extends Channel<{ user: string }> {
  override join() {
    return ok();
  }
  override handleIn = {
    // @ts-expect-error: nothing tells what `socket` is
    say: (payload: unknown, socket) => {
      socket.broadcast("said", { from: socket.assigns.user, payload });
      return reply({ received: true });
    },
  };
}

/** The same without `handlers`, for who would rather write the type. */
export class AnnotatedChannel extends Channel<{ user: string }> {
  override join() {
    return ok();
  }
  override handleIn = {
    say: (payload: unknown, socket: ChannelSocket<{ user: string }>) => {
      socket.broadcast("said", { from: socket.assigns.user, payload });
      return reply({ received: true });
    },
  };
}

class UserSocket extends Socket<{ user: string }> {
  override channels = { "room:*": RoomChannel, "designed:*": DesignedChannel, "annotated:*": AnnotatedChannel };
  override connect(params: Params, _info: ConnectInfo) {
    return typeof params.user === "string" ? ok({ user: params.user }) : refuse();
  }
  override id(assigns: { user: string }) {
    return `user:${assigns.user}`;
  }
}

const endpoint = new Endpoint({ sockets: { "/socket": UserSocket } });
/** What `deno serve` takes. */
export default endpoint satisfies Deno.ServeDefaultExport;

/** Never run. */
export function reach(): Deno.HttpServer {
  endpoint.broadcast("room:lobby", "said", { from: "system", payload: "hello" });
  endpoint.disconnect("user:7");
  return Deno.serve(endpoint.fetch);
}

interface Counter {
  calls: { get(): number; add(by: number): number };
  casts: { reset(): void };
}
class CounterServer extends GenServer<number, Counter> {
  override init(start: number) {
    return start;
  }
  override handleCall = this.calls({
    get: (state) => reply(state, state),
    add: (state, by) => reply(state + by, state + by),
  });
  override handleCast = this.casts({ reset: () => noreply(0) });
}

/** Never run. */
export async function count(): Promise<void> {
  const counter = await GenServer.start(CounterServer, 0, { name: "counter" });
  await counter.call("add", 2);
  // @ts-expect-error: the request is a number
  await counter.call("add", "2");
  counter.cast("reset");
  const logger = spawn<string>(async (mailbox) => {
    for await (const line of mailbox) console.log(line);
  });
  logger.send("hello");
}
