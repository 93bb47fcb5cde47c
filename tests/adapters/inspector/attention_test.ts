import { assertEquals } from "@std/assert";
import { stub } from "@std/testing/mock";
import { Channel, Endpoint, GenServer, ok, reply, type ServerRef, Socket } from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { attentionOf, attentionTo, blockedMs } from "../../../lib/adapters/inspector/_attention.ts";
import { Suspects } from "../../../lib/adapters/inspector/_suspects.ts";
import { backlogOf } from "../../../lib/endpoint/debug/overview_of.ts";
import { Process } from "../../../lib/otp/process/process.ts";

interface Scores {
  calls: { add(): number };
}

/** Replies to a call when its door is opened. */
class ScoreServer extends GenServer<null, Scores> {
  open = () => {};
  override init(made: (server: ScoreServer) => void) {
    made(this);
    return null;
  }
  override handleCall = this.calls({
    add: async () => {
      await new Promise<void>((resolve) => this.open = resolve);
      return reply(1, null);
    },
  });
}

function socketClass(scores: ServerRef<Scores>) {
  class GameChannel extends Channel {
    override async join(topic: string) {
      if (topic === "game:new") await scores.call("add");
      return ok();
    }
    override handleIn = this.handlers({
      move: async () => reply(await scores.call("add", undefined, { timeoutMs: Infinity })),
    });
  }
  return class GameSocket extends Socket {
    override channels = { "game:*": GameChannel };
    override connect() {
      return ok();
    }
  };
}

Deno.test("attentionTo() names the server that the slow channels of a topic wait for, before them", async () => {
  const made = Promise.withResolvers<ScoreServer>();
  await using scores = await GenServer.start(ScoreServer, made.resolve, { label: "scores" });
  const server = await made.promise;
  const endpoint = new Endpoint({ sockets: { "/socket": socketClass(scores) }, logLevel: false });
  await using client = await connect(endpoint);
  for (const topic of ["game:1", "game:2", "game:3"]) {
    const game = await client.join(topic);
    if (topic !== "game:3") { for (let i = 0; i < 12; i++) game.push("move"); }
  }
  await client.heartbeat();
  const clock = { now: 1_000 };
  using _clock = stub(performance, "now", () => clock.now);
  using suspects = new Suspects();
  suspects.look(Process.busy); // the next message of each channel is traced
  for (let i = 0; i < 4; i++) {
    clock.now += 400;
    server.open();
    await new Promise((resolve) => setTimeout(resolve));
    suspects.look(Process.busy);
  }
  const attention = attentionOf(endpoint, backlogOf(endpoint, Process.busy), Process.busy);
  const slowIn = (topic: string) =>
    attentionTo(endpoint, topic, attention).slowProcesses.map((
      { process, waiters, awaits, averageMs },
    ) => [process.label, waiters, awaits?.server, awaits?.call, averageMs]);
  assertEquals(slowIn("game:2"), [
    ["scores", 2, undefined, undefined, 400],
    ['GameChannel "game:2"', 0, "scores", "add", 800],
  ]);
  assertEquals(slowIn("game:3"), []);
  scores.exit("kill"); // its callers do not wait for it in vain
});

Deno.test("blockedMs() is the longest delay if the thread was blocked for half a second in all", () => {
  assertEquals(blockedMs([0, 90, 90, 90, 90, 90, 90]), undefined); // busy, but everybody gets a turn
  assertEquals(blockedMs([3, 400, 99, 2]), undefined); // once
  assertEquals(blockedMs([180, 5, 190, 170]), 190);
  assertEquals(blockedMs([2_000]), 2_000);
});

Deno.test("attentionTo() shows a join that takes long", async () => {
  await using scores = await GenServer.start(ScoreServer, () => {});
  const endpoint = new Endpoint({ sockets: { "/socket": socketClass(scores) }, logLevel: false });
  await using client = await connect(endpoint);
  const joined = client.join("game:new").catch(() => {});
  await client.heartbeat();
  const clock = { now: 1_000 };
  {
    using _clock = stub(performance, "now", () => clock.now);
    using suspects = new Suspects();
    suspects.look(Process.busy);
    clock.now += 2_000;
    suspects.look(Process.busy);
    const { slowProcesses } = attentionOf(endpoint, backlogOf(endpoint, Process.busy), Process.busy);
    const slow = slowProcesses.find(({ process }) => process.label !== "ScoreServer"); // it is as slow as the join
    assertEquals([slow?.process.label, slow?.busy, slow?.runningMs], [
      'GameChannel "game:new"',
      "it is busy with join",
      2_000,
    ]);
  }
  scores.exit("kill");
  await joined;
});
