import { assertEquals, assertRejects } from "@std/assert";
import { Subscriptions } from "../../../lib/adapters/redis/_subscriptions.ts";
import type { RedisConnection } from "../../../lib/adapters/redis/connection.ts";

/** A client that confirms when a test says so. */
class Client implements RedisConnection {
  readonly commands: string[] = [];
  readonly confirmations: PromiseWithResolvers<void>[] = [];

  subscribe = (channels: string[]) => this.#send("+", channels);
  unsubscribe = (channels: string[]) => this.#send("-", channels);
  connect = () => Promise.resolve();
  sendCommand = () => Promise.resolve();
  destroy = () => {};
  on = () => {};

  #send(sign: string, channels: readonly string[]): Promise<void> {
    this.commands.push(`${sign}${channels}`);
    const confirmation = Promise.withResolvers<void>();
    this.confirmations.push(confirmation);
    return confirmation.promise;
  }
}

function setUp(...channels: readonly string[]) {
  const client = new Client();
  const wanted = new Set<string>(channels);
  return { client, wanted, subscriptions: new Subscriptions(client, (channel) => wanted.has(channel), () => {}) };
}

/** Lets everything run that is ready. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("Subscriptions sends the changes of a turn as one command, in parts of 1,000 channels", async () => {
  const channels = Array.from({ length: 1500 }, (_, i) => `${i}`);
  const { client, subscriptions } = setUp(...channels);
  const updates = channels.map((channel) => subscriptions.update([channel]));
  await turn();
  assertEquals(client.commands, [`+${channels.slice(0, 1000)}`, `+${channels.slice(1000)}`]);
  for (const confirmation of client.confirmations) confirmation.resolve();
  await Promise.all(updates);
});

Deno.test("Subscriptions waits for a confirmation before the next command, and leaves out what came to nothing", async () => {
  const { client, wanted, subscriptions } = setUp("a");
  const first = subscriptions.update(["a"]);
  await turn();
  wanted.delete("a");
  wanted.add("b");
  const second = subscriptions.update(["a", "b"]);
  wanted.add("a"); // and back again
  await turn();
  assertEquals(client.commands, ["+a"]);
  client.confirmations[0]?.resolve();
  await first;
  await turn();
  assertEquals(client.commands, ["+a", "+b"]);
  client.confirmations[1]?.resolve();
  await second;
});

Deno.test("Subscriptions rejects what waits when the connection is lost, and sends nothing more", async () => {
  const { client, wanted, subscriptions } = setUp("a");
  const first = subscriptions.update(["a"]);
  await turn();
  wanted.add("b");
  const second = subscriptions.update(["b"]);
  subscriptions.close();
  client.confirmations[0]?.reject(new Error("gone"));
  await assertRejects(() => first, Error, "gone");
  await assertRejects(() => second, Error, "the connection was lost");
  await assertRejects(() => subscriptions.update(["a"]), Error, "the connection was lost");
  assertEquals(client.commands, ["+a"]);
});
