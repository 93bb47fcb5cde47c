import { assert, assertEquals } from "@std/assert";
import { threadsAdapter } from "@urvogel/realtime/threads";
import { programLocks } from "../../../lib/base/locks.ts";

const WORKER = `
import { threadsAdapter } from ${JSON.stringify(import.meta.resolve("../../../lib/adapters/threads/threads.ts"))};
const session = await threadsAdapter({ prefix: "worker" }).owners.open("worker", 60_000);
const { token } = await session.claim("k");
self.postMessage(String(token));
`;

Deno.test("threadsAdapter().owners holds no lock as long as nobody uses it", async () => {
  const { owners } = threadsAdapter({ prefix: "unused" });
  const session = await owners.open("a", 60_000);
  const { held } = await programLocks()!.query();
  assertEquals(held.filter(({ name }) => name.includes(":unused:")), []);
  await session.close();
});

Deno.test("threadsAdapter().owners frees the keys of a thread that is terminated, with a higher token", async () => {
  const url = URL.createObjectURL(new Blob([WORKER], { type: "application/typescript" }));
  const worker = new Worker(url, { type: "module" });
  worker.addEventListener("error", (event) => event.preventDefault()); // what terminate() breaks off may be one to Deno
  const session = await threadsAdapter({ prefix: "worker" }).owners.open("main", 60_000);
  const token = BigInt(await new Promise<string>((resolve) => worker.onmessage = ({ data }) => resolve(data)));
  assertEquals(await session.claim("k"), { node: "worker", token, isOwn: false });
  worker.terminate();
  URL.revokeObjectURL(url);
  let next = await session.claim("k");
  while (!next.isOwn) next = await session.claim("k");
  assert(next.token > token);
  await session.close();
});
