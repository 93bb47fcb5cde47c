/**
 * Two people talk, each by another server, and the server of one of them is killed.
 *
 * ```sh
 * ADAPTER=nats://127.0.0.1:4222 deno task rehearsal
 * ```
 *
 * @module
 */

import { Client } from "./client.ts";
import { Cluster } from "./cluster.ts";

const cluster = new Cluster({
  bus: Deno.env.get("ADAPTER") ?? "nats://127.0.0.1:4222",
  firstPort: Number(Deno.env.get("PORT") ?? 4000),
  size: 3,
});
await cluster.listening();
const ann = new Client("ann", cluster.ports, 0);
const bob = new Client("bob", cluster.ports, 1);

/** Waits until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Lets both say so many things, one after the other. Returns what was said: the server has told everybody. */
async function talk(times: number): Promise<string[]> {
  const said: string[] = [];
  for (let n = 1; n <= times; n++) {
    for (const person of [ann, bob]) {
      const text = `${crypto.randomUUID().slice(0, 8)} ${n}`;
      if (await person.say(text)) said.push(`${person.name}: ${text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return said;
}

/** Prints what both heard of `said`. */
async function report(said: readonly string[]): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 300)); // what is on its way
  for (const { name, heard } of [ann, bob]) {
    console.log(`  ${name} heard ${said.filter((each) => heard.includes(each)).length} of ${said.length} messages`);
  }
}

await until(() => [ann, bob].every(({ sees }) => `${sees}` === "ann,bob"));
console.log(`ann is on ${ann.port} and bob on ${bob.port}; they see each other`);
await report(await talk(15));

const killed = bob.port;
console.log(`the server on ${killed} is killed while they talk`);
setTimeout(() => cluster.kill(killed), 500);
await report(await talk(30)); // what was said while bob had no server, the next one tells him

await until(() => bob.isIn && [ann, bob].every(({ sees }) => `${sees}` === "ann,bob"));
console.log(`bob is back, on ${bob.port}; they see each other`);
await report(await talk(15));

ann.leave();
bob.leave();
await cluster.shutdown();
Deno.exit(0); // phoenix.js leaves timers behind
