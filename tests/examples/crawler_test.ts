import { assert, assertEquals, assertMatch } from "@std/assert";
import { crawl } from "../../examples/crawler/main.ts";
import { serveSite } from "../../examples/crawler/site.ts";
import { Leaks } from "../support/leaks.ts";
import { commandOf, Program } from "../support/program.ts";

const pathOf = (url: string) => new URL(url).pathname;
const pages = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `/page/${from + i}`);

Deno.test("crawler visits every page once, says which are missing or slow, and ends by itself", async () => {
  await using program = new Program(await commandOf("examples/crawler/README.md"));
  const { code } = await program.ended;
  const { stdout, stderr } = await program.output();
  const lines = stdout.trim().split("\n");
  const summary = lines.pop();
  const found = pages(1, 12).map((path, i) => `${path} 200 Page ${i + 1}`);
  const missing = pages(13, 25).map((path) => `${path} 404`);
  assertEquals(lines.toSorted(), [...found, ...missing, "/slow took too long"].toSorted());
  assertMatch(summary ?? "", /^26 requests, at most [1-3] at a time$/);
  assertEquals(code, 0);
  assertEquals(stderr, "");
});

Deno.test("crawler visits those nearer first, and never more at a time than it may", async () => {
  using _ = new Leaks();
  await using site = serveSite();
  const visits = await Array.fromAsync(crawl(site.home, { maxConcurrency: 2, everyMs: 0, timeoutMs: 1000 }));
  const order = visits.map(({ url }) => pathOf(url));
  assertEquals(order[0], "/page/1");
  assertEquals(order.slice(1, 3).toSorted(), ["/page/2", "/page/3"]);
  assertEquals(new Set(order).size, order.length);
  assertEquals(order.length, 26);
  assertEquals(site.busiest, 2);
});

Deno.test("crawler stops asking when its loop is left", async () => {
  using _ = new Leaks();
  await using site = serveSite();
  for await (const { url } of crawl(site.home, { maxConcurrency: 4, everyMs: 0, timeoutMs: 1000 })) {
    if (pathOf(url) === "/page/2" || pathOf(url) === "/page/3") break;
  }
  assert(site.visits.length <= 3);
});

Deno.test("crawler tells why a site cannot be reached", async () => {
  using _ = new Leaks();
  const site = serveSite();
  await site[Symbol.asyncDispose]();
  const { error } = console;
  console.error = () => {}; // the crash report of the task
  try {
    const [visit] = await Array.fromAsync(crawl(site.home, { maxConcurrency: 1, everyMs: 0, timeoutMs: 1000 }));
    assertMatch(String(visit && "failed" in visit && visit.failed), /^TypeError: /);
  } finally {
    console.error = error;
  }
});
