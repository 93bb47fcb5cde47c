import { assertEquals } from "@std/assert";
import { DELIVERY_MS, type Diary, disorder, falseAcks, losses, promised } from "./journal.ts";

const A = 1;
const B = 2;

/** Ann speaks on node A, and bob listens on node B, all the time. */
function diaries(heard: readonly number[], changes: { readonly bob?: Partial<Diary> } = {}): readonly Diary[] {
  const stay = { fromMs: 0, toMs: Infinity };
  const sent = [0, 1, 2].map((n) => ({
    from: "ann",
    n,
    node: A,
    atMs: 1000 * (n + 1),
    ackedAtMs: 1000 * (n + 1) + 10,
  }));
  const bob = { name: "bob", sent: [], heard: heard.map((n) => ({ from: "ann", n })), stays: [{ ...stay, node: B }] };
  return [{ name: "ann", sent, heard: sent, stays: [{ ...stay, node: A }] }, { ...bob, ...changes.bob }];
}

Deno.test("disorder() finds messages that come twice, late, or from nowhere", () => {
  assertEquals(disorder(diaries([0, 1, 2])), []);
  assertEquals(disorder(diaries([0, 2])), []); // missing ones are another matter
  assertEquals(disorder(diaries([0, 1, 1, 2])), ["bob heard 1 of ann twice"]);
  assertEquals(disorder(diaries([0, 2, 1])), ["bob heard 1 of ann after 2"]);
  assertEquals(disorder(diaries([0, 2, 0])), ["bob heard 0 of ann twice"]);
  assertEquals(disorder(diaries([7])), ["bob heard 7 of ann, who never sent it"]);
});

Deno.test("losses() finds what was not heard although nothing was broken", () => {
  assertEquals(losses(diaries([0, 1, 2]), []), []);
  assertEquals(losses(diaries([0, 2]), []), ["bob never heard 1 of ann, sent at 2000"]);
  assertEquals(promised(diaries([]), []), 6);
});

Deno.test("losses() excuses what a broken node did not carry, and nothing else", () => {
  const span = { fromMs: 2100, toMs: 2200 };
  for (const node of [A, B]) assertEquals(losses(diaries([0, 2]), [{ node, ...span }]), []);
  assertEquals(losses(diaries([0, 2]), [{ node: 3, ...span }]).length, 1);
  const before = { fromMs: 1900, toMs: 1999 };
  assertEquals(losses(diaries([0, 2]), [{ node: A, ...before }]).length, 1);
});

Deno.test("losses() excuses people who were not in the room", () => {
  const stays = [{ node: B, fromMs: 0, toMs: 2000 }, { node: A, fromMs: 2500, toMs: Infinity }];
  assertEquals(losses(diaries([0, 2], { bob: { stays } }), []), []);
  const gone = [{ node: B, fromMs: 0, toMs: 2010 + DELIVERY_MS }]; // it may have been on its way
  assertEquals(losses(diaries([0], { bob: { stays: gone } }), []), []);
});

Deno.test("losses() expects nothing of a message that was not acknowledged", () => {
  const [ann, bob] = diaries([0, 2]);
  const sent = ann!.sent.map((each) => each.n === 1 ? { ...each, ackedAtMs: undefined } : each);
  assertEquals(losses([{ ...ann!, sent }, bob!], []), []);
});

Deno.test("falseAcks() finds acknowledgements of a node that knew that its bus is down", () => {
  const fault = ["1 of ann was acknowledged while the bus of its node was down"];
  assertEquals(falseAcks(diaries([]), [{ node: A, fromMs: 1999, toMs: 2500 }]), fault);
  assertEquals(falseAcks(diaries([]), [{ node: B, fromMs: 1999, toMs: 2500 }]), []);
  assertEquals(falseAcks(diaries([]), [{ node: A, fromMs: 2005, toMs: 2500 }]), []); // it may have been sent before
  assertEquals(falseAcks(diaries([]), [{ node: A, fromMs: 1999, toMs: 2005 }]), []); // or after
});
