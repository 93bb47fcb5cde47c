import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import {
  Channel,
  DEFAULT_SERIALIZERS,
  ok,
  type Param,
  type Params,
  PubSub,
  refuse,
  serializerV2,
  Socket,
} from "@urvogel/realtime";
import { ChannelDriver } from "../../lib/channel/channel_driver.ts";
import { SocketTree } from "../../lib/channel/socket_tree.ts";
import { FakeConnection, NO_INFO } from "../support/fake_client.ts";

class RoomChannel extends Channel {
  override join() {
    return ok();
  }
}

/** A driver whose socket has these members. */
function driverOf(members: Partial<Socket>): ChannelDriver<object> {
  class TestSocket extends Socket {
    override channels = { "room:*": RoomChannel };
    override connect(_params: Params): ReturnType<Socket["connect"]> {
      return ok({});
    }
  }
  return new ChannelDriver(Object.assign(new TestSocket(), members), new PubSub(), new SocketTree());
}

const V2: Params = { vsn: "2.0.0" };

Deno.test("ChannelDriver.connect() accepts whom the socket accepts, with or without assigns", async () => {
  for (const connect of [() => ok({}), () => ok(), () => Promise.resolve(ok({}))]) {
    assertEquals((await driverOf({ connect }).connect(V2, NO_INFO)).next, "ok");
  }
});

Deno.test("ChannelDriver.connect() hands a refusal on", async () => {
  assertEquals(await driverOf({ connect: () => refuse({ a: 1 }) }).connect(V2, NO_INFO), refuse({ a: 1 }));
});

const refusedVersions: [vsn: Param][] = [["3.0.0"], ["2.0"], [""], [["2.0.0"]]];
Deno.test.each(refusedVersions)(
  "ChannelDriver.connect() refuses vsn %j and asks nobody",
  async (vsn) => {
    let asked = false;
    const connect = () => {
      asked = true;
      return ok({});
    };
    const result = await driverOf({ connect }).connect({ vsn }, NO_INFO);
    assertEquals([result, asked], [refuse("unsupported vsn"), false]);
  },
);

Deno.test("ChannelDriver.connect() takes a serializer of the application's for its vsn", async () => {
  const serializers = [{ serializer: { ...serializerV2, name: "mine" }, versions: "~> 3.0" }, ...DEFAULT_SERIALIZERS];
  assertEquals((await driverOf({ serializers }).connect({ vsn: "3.1.0" }, NO_INFO)).next, "ok");
});

const wrong: [what: string, members: Partial<Socket>, message: RegExp][] = [
  ["connect returns nothing", { connect: () => undefined as never }, /connect must return ok\(assigns\) or refuse/],
  ["connect returns true", { connect: () => true as never }, /connect must return ok\(assigns\) or refuse/],
  ["id returns a number", { id: () => 7 as never }, /id must return a string or null, returned number/],
  ["id returns nothing", { id: () => undefined as never }, /id must return a string or null, returned undefined/],
];
Deno.test.each(wrong)("ChannelDriver.connect() throws when %s", async (_what, members, message) => {
  assertMatch(
    (await assertRejects(async () => await driverOf(members).connect(V2, NO_INFO), TypeError)).message,
    message,
  );
});

class Account {
  constructor(readonly name: string) {}
}
Deno.test("ChannelDriver.connect() throws when connect assigns an instance, of which channels could not have a copy", async () => {
  await assertRejects(
    async () => await driverOf({ connect: () => ok(new Account("ann")) }).connect(V2, NO_INFO),
    TypeError,
    "assigns must be a plain object, received Account",
  );
  const bare = Object.create(null);
  assertEquals((await driverOf({ connect: () => ok(bare) }).connect(V2, NO_INFO)).next, "ok");
});

const notChannels: [what: string, channel: unknown, found: string][] = [
  ["what is not defined yet", undefined, "undefined"],
  ["null", null, "null"],
  ["an instance", new RoomChannel(), "object"],
  ["another class", Account, "function"],
  ["a function", () => {}, "function"],
];
Deno.test.each(notChannels)("ChannelDriver() refuses %s as a channel", (_what, channel, found) => {
  assertThrows(
    () => driverOf({ channels: { "room:*": channel as typeof RoomChannel } }),
    TypeError,
    `Cannot route "room:*": must be a class that extends Channel, received ${found}`,
  );
});

const limits = [
  "maxConnectionsPerId",
  "maxChannelsPerTransport",
  "maxQueuedMessages",
  "maxQueuedBytes",
  "maxTopicBytes",
  "maxNesting",
] as const;
Deno.test.each(limits)("ChannelDriver() refuses a %s that is none", (limit) => {
  for (const count of [0, -1, NaN]) {
    assertThrows(
      () => driverOf({ [limit]: count }),
      RangeError,
      `Cannot limit socket: "${limit}" must be >= 1, received ${count}`,
    );
  }
  for (const count of [1, Infinity]) driverOf({ [limit]: count });
});

Deno.test("ChannelDriver() refuses a topic pattern that is none", () => {
  assertThrows(() => driverOf({ channels: { "room:*:x": RoomChannel } }), TypeError);
});

Deno.test("ChannelDriver gives the seat of an id back when the session is over, and only then", async () => {
  const driver = driverOf({ maxConnectionsPerId: 1, id: () => "user:ann" });
  const accept = async () => {
    const result = await driver.connect(V2, NO_INFO);
    assert(result.next === "ok");
    return result.value;
  };
  const [first, second] = [await accept(), await accept()];
  assert(first.takeSeat!());
  assertEquals(second.takeSeat!(), undefined);
  const session = first.open(new FakeConnection());
  session.handleIn('[null,"1","phoenix","heartbeat",{}]');
  assertEquals(second.takeSeat!(), undefined);
  session.close({ shutdown: "peer_closed" });
  assert(second.takeSeat!());
});

Deno.test("ChannelDriver counts neither clients without an id nor any without a limit", async () => {
  for (const socket of [{ maxConnectionsPerId: 1 }, { id: () => "user:ann" }]) {
    const result = await driverOf(socket).connect(V2, NO_INFO);
    assert(result.next === "ok");
    assertEquals(result.value.takeSeat, undefined);
  }
});
