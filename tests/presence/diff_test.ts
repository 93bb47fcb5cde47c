import { assertEquals } from "@std/assert";
import { Diff, TopicChanges } from "../../lib/presence/_diff.ts";
import type { Entry } from "../../lib/presence/_entry.ts";

function entry(key: string, clock: number): Entry<null> {
  return { topic: "t", key, meta: null, replica: "a", clock };
}

const [ann, bob] = [entry("ann", 1), entry("bob", 2)];

Deno.test("Diff keeps joins and leaves by topic, and forgets what cancels out", () => {
  const diff = new Diff<null>().join(ann).leave(bob);
  assertEquals([...diff.topics.keys()], ["t"]);
  diff.leave(ann).join(bob);
  assertEquals(diff.isEmpty, true);
  assertEquals(diff.topics.size, 0);
});

Deno.test("TopicChanges.append() leaves the difference of before and after", () => {
  const changes = new TopicChanges<Entry<null>>();
  changes.append({ joins: new Set([ann]), leaves: new Set([bob]) });
  const next = entry("ann", 3);
  changes.append({ joins: new Set([next]), leaves: new Set([ann]) });
  assertEquals([[...changes.joins], [...changes.leaves]], [[next], [bob]]);
});
