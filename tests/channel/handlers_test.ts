import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  Broadcast,
  CallExitError,
  Channel,
  type ChannelClass,
  type ChannelSocket,
  type ExitReason,
  type IncomingPush,
  type JoiningSocket,
  type JsonOrBytes,
  noreply,
  ok,
  type Payload,
  reply,
  type ServerRef,
  Socket,
} from "@urvogel/realtime";
import { connect, JoinRefusedError, settle } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";

/** A client of a server with one channel, for `"room:*"`. */
function connectTo(Room: ChannelClass<object>) {
  class RoomSocket extends Socket {
    override channels = { "room:*": Room };
    override connect() {
      return ok();
    }
  }
  return connect(RoomSocket);
}

interface Counted {
  calls: { count(by: number): number };
}

/** Counts in a field, by methods that handle something of each kind. */
class CountingChannel extends Channel {
  #count = 0;
  override join(_topic: string, _params: unknown, socket: JoiningSocket) {
    references.push(socket.server<Counted>());
    return ok();
  }
  override handleIn = this.handlers({
    method: this.add,
    shorthand() {
      return this.add();
    },
    arrow: () => this.add(),
  });
  override handleOut = this.outgoing({ counted: this.pushCount });
  override handleCall = this.calls<Counted>({ count: this.addMany });
  add() {
    return reply({ count: ++this.#count });
  }
  addMany(by: number) {
    this.#count += by;
    return reply(this.#count);
  }
  pushCount(_payload: Payload, socket: ChannelSocket) {
    socket.push("counted", { count: this.#count });
    return noreply();
  }
}

const references: ServerRef<Counted>[] = [];

Deno.test("handlers of all kinds run with their channel as `this`", async () => {
  await using client = await connectTo(CountingChannel);
  const room = await client.subscribeAndJoin("room:a");
  for (const [index, event] of ["method", "shorthand", "arrow"].entries()) {
    await room.assertReply(room.push(event), "ok", { count: index + 1 });
  }
  assertEquals(await references.pop()!.call("count", 10), 13);
  room.broadcastFrom("counted", {});
  await room.assertPush("counted", { count: 13 });
});

/** Calls that say which class handles them. */
interface Named<K extends string> {
  calls: { [N in K]: () => string };
}

const named: ServerRef<Named<string>>[] = [];

class BaseChannel extends Channel {
  override join() {
    return ok();
  }
  override handleIn = this.handlers({ first: () => reply("base"), second: () => reply("base") });
  override handleOut = this.outgoing({ first: this.pushAs("base"), second: this.pushAs("base") });

  override handleCall = this.calls<Named<"first" | "second">>({
    first: () => reply("base"),
    second: () => reply("base"),
  });
  override afterJoin() {
    named.push(this.socket.server());
  }
  pushAs(by: string) {
    return (_payload: Payload, socket: ChannelSocket) => {
      socket.push("out", { by });
      return noreply();
    };
  }
}

const inherited: [name: string, Room: ChannelClass<object>, by: { first?: string; second: string; third: string }][] = [
  [
    "handlers(), outgoing() and calls() replace",
    class extends BaseChannel {
      override handleIn = this.handlers({
        second: () => reply("own"),
        third: () => reply("own"),
        "*": () => reply("none"),
      });
      override handleOut = this.outgoing({ second: this.pushAs("own"), third: this.pushAs("own") });
      override handleCall = this.calls<Named<"second" | "third">>({
        second: () => reply("own"),
        third: () => reply("own"),
      });
    },
    { second: "own", third: "own" },
  ],
  [
    "extendHandlers(), extendOutgoing() and extendCalls() add to",
    class extends BaseChannel {
      override handleIn = this.extendHandlers({ second: () => reply("own"), third: () => reply("own") });
      override handleOut = this.extendOutgoing({ second: this.pushAs("own"), third: this.pushAs("own") });
      override handleCall = this.extendCalls<Named<"second" | "third">>({
        second: () => reply("own"),
        third: () => reply("own"),
      });
    },
    { first: "base", second: "own", third: "own" },
  ],
  [
    "extendHandlers(), extendOutgoing() and extendCalls() of a third class add to",
    class extends (class extends BaseChannel {
      override handleIn = this.extendHandlers({ third: () => reply("middle") });
      override handleOut = this.extendOutgoing({ third: this.pushAs("middle") });
      override handleCall = this.extendCalls<Named<"third">>({ third: () => reply("middle") });
    }) {
      override handleIn = this.extendHandlers({ second: () => reply("own") });
      override handleOut = this.extendOutgoing({ second: this.pushAs("own") });
      override handleCall = this.extendCalls<Named<"second">>({ second: () => reply("own") });
    },
    { first: "base", second: "own", third: "middle" },
  ],
];
Deno.test.each(inherited)("Channel.%s what the base class handles", async (_name, Room, by) => {
  await using client = await connectTo(Room);
  using _crashes = new Crashes();
  const room = await client.subscribeAndJoin("room:a");
  const server = named.pop()!;
  for (const event of ["first", "second", "third"] as const) {
    await room.assertReply(room.push(event), "ok", by[event] ?? "none");
    room.broadcastFrom(event, { as: "it is" });
    if (by[event]) await room.assertPush("out", { by: by[event] });
    else await room.assertPush(event, { as: "it is" });
    if (by[event]) assertStrictEquals(await server.call(event), by[event]);
  }
  if (!by.first) await assertRejects(() => server.call("first"), CallExitError);
});

Deno.test("Channel.handleInfo() gets the broadcasts of its own topic that it subscribed to, unless handleOut names them", async () => {
  const seen: unknown[] = [];
  class EavesdroppingChannel extends BaseChannel {
    override afterJoin() {
      this.socket.subscribe(this.socket.topic);
    }
    override handleInfo(message: unknown) {
      seen.push(message);
      return noreply();
    }
  }
  await using client = await connectTo(EavesdroppingChannel);
  const room = await client.subscribeAndJoin("room:a");
  room.broadcastFrom("other", { n: 1 });
  await settle();
  assertEquals(seen, [new Broadcast("room:a", "other", { n: 1 })]);
});

Deno.test("Channel.socket is the socket that every callback but join gets", async () => {
  const sockets = new Map<string, boolean>();
  class RoomChannel extends Channel {
    override join() {
      return ok();
    }
    override afterJoin(socket: ChannelSocket) {
      this.#note("afterJoin", socket);
      socket.self.send("hello");
    }
    override handleIn = this.handlers({ say: this.say });
    override handleOut = this.outgoing({
      said: (_payload, socket) => {
        this.#note("handleOut", socket);
        return noreply();
      },
    });
    override handleInfo(_message: unknown, socket: ChannelSocket) {
      this.#note("handleInfo", socket);
      return noreply();
    }
    override terminate(_reason: ExitReason, socket: ChannelSocket) {
      this.#note("terminate", socket);
    }
    say(_payload: JsonOrBytes, socket: ChannelSocket, _push: IncomingPush) {
      this.#note("handleIn", socket);
      return reply();
    }
    #note(callback: string, socket: ChannelSocket): void {
      sockets.set(callback, this.socket === socket);
    }
  }
  await using client = await connectTo(RoomChannel);
  const room = await client.subscribeAndJoin("room:a");
  await room.assertReply(room.push("say"), "ok");
  room.broadcastFrom("said", {});
  await settle();
  room.leave();
  await settle();
  assertEquals(
    Object.fromEntries(sockets),
    { afterJoin: true, handleInfo: true, handleIn: true, handleOut: true, terminate: true },
  );
});

Deno.test("Channel.socket throws before the client has joined", async () => {
  class HastyChannel extends Channel {
    override join() {
      this.socket.push("hello", {});
      return ok();
    }
  }
  using crashes = new Crashes();
  await using client = await connectTo(HastyChannel);
  const refused = await assertRejects(() => client.join("room:a"), JoinRefusedError);
  assertEquals(refused.response, { reason: "join crashed" });
  assertEquals(crashes.messages, [
    'Cannot use "this.socket": the client has not joined yet; join() gets it as a parameter',
  ]);
});
