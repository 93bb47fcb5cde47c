import { assertEquals } from "@std/assert";
import type { PhoenixPush } from "../../lib/client/phoenix_client.ts";
import { Unanswered } from "../../lib/client/_unanswered.ts";

/** A push as that of phoenix.js: each attempt has a ref of its own. */
class FakePush implements PhoenixPush {
  sent = true;
  ref = "";
  readonly #makeRef: () => string;

  constructor(makeRef: () => string) {
    this.#makeRef = makeRef;
    this.startTimeout();
  }

  startTimeout(): void {
    this.ref = this.#makeRef();
  }

  cancelRefEvent(): void {}

  receive(): unknown {
    return this;
  }
}

function createChannel() {
  let refs = 0;
  const socket = { makeRef: () => `${++refs}` };
  const channel = {
    push: () => new FakePush(() => socket.makeRef()) as PhoenixPush,
    pushBuffer: [] as PhoenixPush[],
    socket,
  };
  const unanswered = new Unanswered(channel);
  return {
    channel,
    unanswered,
    push: () => channel.push() as FakePush,
    /** Cuts the connection. Returns what is sent again, which then has been sent. */
    cut() {
      channel.pushBuffer = [];
      unanswered.sendAgain();
      for (const push of channel.pushBuffer as FakePush[]) push.sent = true;
      return channel.pushBuffer;
    },
  };
}

Deno.test("Unanswered sends again what has no reply, in its order, with the same key and another ref", () => {
  const { unanswered, push, cut } = createChannel();
  const pushes = [push(), push(), push()];
  const refs = pushes.map(({ ref }) => ref.split("~"));
  assertEquals(refs.map(([n]) => n), ["1", "2", "3"]);
  unanswered.settle(`chan_reply_${pushes[1]!.ref}`);
  assertEquals(cut(), [pushes[0]!, pushes[2]!]);
  assertEquals([pushes[0]!.ref, pushes[2]!.ref], [`4~${refs[0]![1]}`, `5~${refs[2]![1]}`]);
});

Deno.test("Unanswered does not take the late reply to an earlier attempt for the one that its push waits for", () => {
  const { unanswered, push, cut } = createChannel();
  const only = push();
  const { ref } = only;
  assertEquals(cut(), [only]);
  unanswered.settle(`chan_reply_${ref}`); // phoenix.js drops it
  assertEquals(cut(), [only]);
});
