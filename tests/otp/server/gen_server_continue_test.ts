import { assertEquals } from "@std/assert";
import { continueWith, GenServer, noreply, ok, reply } from "@urvogel/realtime";

class Countdown extends GenServer<number, { calls: { left(): number } }> {
  override init(from: number) {
    return ok(from, continueWith("down"));
  }
  override handleCall = this.calls({ left: (left) => reply(left, left) });
  override handleContinue(left: number, _: unknown) {
    return left === 0 ? noreply(0) : noreply(left - 1, continueWith("down"));
  }
}

Deno.test("continueWith() may follow upon itself without end, and lets others have their turn", async () => {
  const server = await GenServer.start(Countdown, 200_000);
  const turn = new Promise<string>((resolve) => setTimeout(() => resolve("turn"), 0));
  const left = server.call("left").then((left) => `left ${left}`);
  assertEquals(await Promise.race([turn, left]), "turn");
  assertEquals(await left, "left 0");
  await server.stop();
});
