import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Comings } from "../../examples/chat/page/comings.ts";

/** A room in which lines are shown, until something is said. */
class Lines {
  readonly shown: string[] = [];
  #isLatest = false;
  readonly comings = new Comings(() => {
    let at = -1;
    this.#isLatest = true;
    return {
      isLatest: () => this.#isLatest && this.shown[at] !== undefined,
      show: (content) => {
        if (at < 0 && content.length > 0) at = this.shown.push("") - 1;
        const text = content.map((part) => typeof part === "string" ? part : part.name).join("");
        if (at >= 0) this.shown.splice(at, 1, text);
      },
    };
  });

  /** Passes on who is here: by their names, which are their ids too unless they are `id=name`. */
  here(...people: string[]): void {
    this.comings.sync(people.map((each) => {
      const [id = "", name = id] = each.split("=");
      return { id, name };
    }));
  }

  /** Somebody says something. */
  say(): void {
    this.#isLatest = false;
  }
}

function test(name: string, fn: (lines: Lines, time: FakeTime) => Promise<void>): void {
  Deno.test(`Comings ${name}`, async () => {
    using time = new FakeTime();
    const lines = new Lines();
    await fn(lines, time);
    lines.comings.pause();
  });
}

test("says nothing of those who were here before", async (lines, time) => {
  lines.here("ann", "bob");
  await time.tickAsync(60_000);
  assertEquals(lines.shown, []);
});

test("says in one line who came and who left, at most three by name", async (lines, time) => {
  lines.here("ann", "bob");
  lines.here("ann", "bob", "cleo");
  await time.tickAsync(500);
  assertEquals(lines.shown, ["cleo came in"]);
  lines.here("ann", "cleo", "dan");
  await time.tickAsync(500);
  assertEquals(lines.shown, ["cleo and dan came in"]);
  await time.tickAsync(4500);
  assertEquals(lines.shown, ["cleo and dan came in · bob left"]);
  lines.here("ann", "cleo", "dan", "eve", "finn");
  await time.tickAsync(500);
  assertEquals(lines.shown, ["cleo, dan, eve and finn came in · bob left"]);
  lines.here("ann", "cleo", "dan", "eve", "finn", "gil");
  await time.tickAsync(500);
  assertEquals(lines.shown, ["cleo, dan, eve and 2 others came in · bob left"]);
});

test("says nothing of a page that is reloaded, and of a server that is restarted", async (lines, time) => {
  lines.here("ann", "bob");
  lines.here("ann");
  await time.tickAsync(2000);
  lines.here("ann", "bob");
  await time.tickAsync(60_000);
  for (const people of [[], ["bob"], ["bob", "ann"]]) {
    lines.here(...people);
    await time.tickAsync(2000);
  }
  await time.tickAsync(60_000);
  assertEquals(lines.shown, []);
});

test("takes back what is not so any more, and begins a line when something was said", async (lines, time) => {
  lines.here("ann");
  lines.here("ann", "bob");
  await time.tickAsync(500);
  lines.here("ann");
  await time.tickAsync(5500);
  assertEquals(lines.shown, [""]);
  lines.here("ann", "bob");
  await time.tickAsync(500);
  lines.say();
  lines.here("ann");
  await time.tickAsync(5500);
  assertEquals(lines.shown.at(-1), "bob left");
});

test("says that somebody has another name", async (lines, time) => {
  lines.here("1=ann", "2=bob");
  lines.here("1=anna", "2=bob", "3=cleo");
  await time.tickAsync(500);
  assertEquals(lines.shown, ["ann is now anna · cleo came in"]);
  lines.here("1=anna", "2=bob", "3=chloé");
  await time.tickAsync(500);
  assertEquals(lines.shown, ["ann is now anna · chloé came in"]);
});

test("says nothing while the connection is lost, nor of that time", async (lines, time) => {
  lines.here("ann", "bob");
  lines.here("ann", "cleo"); // bob has lost it first
  lines.comings.pause();
  await time.tickAsync(60_000);
  assertEquals(lines.shown, []);
  lines.here("ann");
  await time.tickAsync(4000);
  lines.here("ann", "bob");
  await time.tickAsync(60_000);
  assertEquals(lines.shown, []);
});
