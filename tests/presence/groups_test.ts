import { assert, assertEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { type GroupChange, Groups, type Pid, PubSub, spawn } from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";
import { pass } from "../support/keyed_nodes.ts";
import { Hub } from "../support/pubsub_hub.ts";

type Message = { readonly text: string; readonly data?: Uint8Array };

/** A node with groups and its own processes. */
class Node implements AsyncDisposable {
  readonly pubsub: PubSub;
  readonly groups: Groups<Message>;
  readonly received: string[] = [];
  readonly #pids: Pid<never>[] = [];

  constructor(hub: Hub, readonly name: string) {
    this.pubsub = new PubSub({ adapter: hub.adapter(name), heartbeatMs: 100, downMs: 300 });
    this.groups = new Groups({ pubsub: this.pubsub, name: "test", broadcastPeriodMs: 100 });
  }

  spawn(): Pid<Message> {
    const pid: Pid<Message> = spawn<Message>(async (mailbox) => {
      for await (const { text, data } of mailbox) this.received.push(data ? `${text} ${data.length}` : text);
    });
    this.#pids.push(pid);
    return pid;
  }

  members(group = "g"): string[] {
    return this.groups.members(group).map(({ node, pid }) => pid ? `${node} here` : node).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.#pids) pid.exit("kill");
    await this.groups.stop();
    await this.pubsub.stop();
  }
}

Deno.test("Groups.members() are the processes of all nodes that joined", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b");
  await pass(time, 200);
  const [one, two, three] = [a.spawn(), a.spawn(), b.spawn()];
  a.groups.join("g", one);
  a.groups.join("g", one); // does nothing
  a.groups.join("g", two);
  a.groups.join("other", two);
  b.groups.join("g", three);
  assertEquals([a.members(), b.members()], [["a here", "a here"], ["b here"]]);
  await pass(time, 300);
  assertEquals([a.members(), b.members()], [["a here", "a here", "b"], ["a", "a", "b here"]]);
  assertEquals([a.groups.localMembers("g"), b.groups.localMembers("g")], [[one, two], [three]]);
  a.groups.leave("g", two);
  a.groups.leave("g", two);
  one.exit("kill");
  await pass(time, 300);
  assertEquals([a.members(), b.members(), b.members("other")], [["b"], ["b here"], ["a"]]);
  assertEquals(a.groups.localMembers("g"), []);
  assertThrows(() => a.groups.join("g", one), TypeError);
});

Deno.test("a member of another node gets what is sent to it, while it is one", async () => {
  using time = new FakeTime();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b");
  const pid = b.spawn();
  b.groups.join("g", pid);
  a.groups.join("g", a.spawn());
  await pass(time, 300);
  const members = a.groups.members("g");
  for (const member of members) assertEquals(member.send({ text: "hi", data: new Uint8Array(3) }), "sent");
  await settle();
  assertEquals([a.received, b.received], [["hi 3"], ["hi 3"]]);
  const [remote] = members.filter(({ pid }) => pid === undefined);
  assert(remote);
  assertThrows(
    () => remote.send(new Map() as never),
    TypeError,
    'message to group "g" on another node: message must be JSON',
  );
  b.groups.leave("g", pid);
  assertEquals(remote.send({ text: "late" }), "sent");
  await settle();
  assertEquals(b.received, ["hi 3"]);
  hub.part(["a"], ["b"]);
  await pass(time, 500);
  assertEquals([remote.send({ text: "down" }), a.members()], ["closed", ["a here"]]);
});

Deno.test("Groups.onChange() reports who joined and left, on any node", async () => {
  using time = new FakeTime();
  using crashes = new Crashes();
  const hub = new Hub();
  await using a = new Node(hub, "a");
  await using b = new Node(hub, "b");
  await pass(time, 200);
  const changes: string[] = [];
  const note = ({ group, joined, left }: GroupChange<Message>) => {
    changes.push(`${group} +${joined.map(({ node }) => node)} -${left.map(({ node }) => node)}`);
  };
  a.groups.onChange(() => {
    throw new Error("mine");
  });
  const off = a.groups.onChange(note);
  const [one, two] = [a.spawn(), b.spawn()];
  a.groups.join("g", one);
  b.groups.join("g", two);
  await pass(time, 300);
  one.exit("kill");
  hub.part(["a"], ["b"]);
  await pass(time, 500);
  assertEquals(changes, ["g +a -", "g +b -", "g + -a", "g + -b"]);
  assertEquals(crashes.messages, Array(4).fill("mine"));
  off();
  hub.heal();
  await pass(time, 500);
  assertEquals([changes.length, a.members()], [4, ["b"]]);
});
