import { assertEquals, assertRejects } from "@std/assert";
import { BusDownError } from "@urvogel/realtime";
import { encodeClaim, encodeRefusal, encodeReply } from "../../../lib/adapters/threads/history/_messages.ts";
import { ThreadsHistory } from "../../../lib/adapters/threads/history/_threads_history.ts";
import { readRetention } from "../../../lib/history/retention.ts";

const keep = readRetention({});
const message = { event: "said", payload: {} };

/** The history of a thread whose session is played by the test: it notes whom it asks. */
function createHistory(cutOff = new Set<string>()) {
  const history = new ThreadsHistory({ maxTopics: 10, maxBytesWaiting: 1_000, assertSendable() {} });
  const asked: string[] = [];
  let reconnects = 0;
  history.onReconnect(() => reconnects++);
  history.attach({
    ...{ nodeName: "me", isAlone: false, waitingBytes: 0, sendToAll() {}, sendToSubscribers() {}, historyReady() {} },
    sendTo: (node) => asked.push(node) > 0 && !cutOff.has(node),
  });
  return { history, asked, reconnects: () => reconnects };
}

Deno.test("ThreadsHistory loses its requests and repairs when the keeper had cut off this thread", async () => {
  const { history, reconnects } = createHistory();
  history.receive("keeper", encodeClaim());
  const [published, read] = [history.publish("t", message, keep), history.read("t", 0, keep)];
  history.returned("other");
  assertEquals(reconnects(), 1);
  history.returned("keeper");
  assertEquals(reconnects(), 2);
  await assertRejects(async () => await published, BusDownError, "nobody knows whether it was done");
  await assertRejects(async () => await read, BusDownError);
  history.detach();
});

Deno.test("ThreadsHistory loses its requests when it cuts off the keeper, and asks it no more", async () => {
  const cutOff = new Set<string>();
  const { history } = createHistory(cutOff);
  history.receive("keeper", encodeClaim());
  const published = history.publish("t", message, keep);
  cutOff.add("keeper");
  history.cutOff("keeper");
  await assertRejects(async () => await published, BusDownError, "nobody knows whether it was done");
  await assertRejects(async () => await history.publish("t", message, keep), BusDownError);
  history.detach();
});

Deno.test("ThreadsHistory asks the keeper that lives when a late claim of one that has ended is read after its own", async () => {
  const { history, asked, reconnects } = createHistory();
  history.receive("new", encodeClaim());
  history.receive("old", encodeClaim()); // it was written before, and its end is noticed later
  const lost = history.publish("t", message, keep);
  history.ended("old");
  await assertRejects(async () => await lost, BusDownError, "nobody knows");
  const published = history.publish("t", message, keep);
  assertEquals([asked, reconnects()], [["old", "new"], 3]);
  history.receive("old", encodeReply(2, { head: "e:1", bodies: [] })); // not the one that was asked
  history.receive("new", encodeReply(2, { head: "e:2", bodies: [] }));
  assertEquals(await published, { epoch: "e", offset: 2 });
  history.detach();
});

Deno.test("ThreadsHistory reports what the keeper refuses as not kept", async () => {
  const { history } = createHistory();
  history.receive("keeper", encodeClaim());
  const published = history.publish("t", message, keep);
  history.receive("keeper", encodeRefusal(1, "another thread is busy"));
  const error = await assertRejects(async () => await published, BusDownError, 'Cannot publish to "t"');
  assertEquals((error.cause as Error).message, "another thread is busy");
  history.detach();
  await assertRejects(async () => await history.read("t", 0, keep), BusDownError);
});
