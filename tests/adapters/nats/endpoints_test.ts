import { assertEquals, assertThrows } from "@std/assert";
import { BusDownError } from "@urvogel/realtime";
import { natsAdapter } from "@urvogel/realtime/nats";
import { engineTest } from "../../support/engines/binaries.ts";
import { startNats } from "../../support/engines/nats.ts";
import { comesBackElsewhere } from "../../support/kept_chat.ts";
import { scriptsDoWithout, scriptsNumber } from "../../support/kept_script.ts";
import { join, startMachine } from "../../support/machine.ts";
import { Collected } from "../../support/telemetry.ts";
import { until } from "../../support/until.ts";

engineTest("nats", "clients of two endpoints talk through NATS, before and after an outage", async () => {
  await using engine = await startNats();
  using _statuses = new Collected("urvogel:bus:status"); // which would be printed otherwise
  const adapters = [natsAdapter({ servers: engine.url }), natsAdapter({ servers: engine.url })] as const;
  await using one = startMachine(adapters[0]);
  await using two = startMachine(adapters[1]);
  const isUp = (up: boolean) => until(() => adapters.every(({ isConnected }) => isConnected === up), `up is ${up}`);
  await isUp(true);
  await using ann = await join(one.url);
  await using bob = await join(two.url);

  for (const text of ["hello", "x".repeat(20_000), "é\ud800\u2028"]) {
    await ann.say(text);
    assertEquals([await ann.said.next(), await bob.said.next()], [{ text }, { text }]);
  }

  await engine.kill();
  await isUp(false);
  assertThrows(() => one.endpoint.broadcast("room:1", "said", {}), BusDownError);
  await engine.restart();
  await isUp(true);
  await bob.say("again");
  assertEquals([await ann.said.next(), await bob.said.next()], [{ text: "again" }, { text: "again" }]);
  assertEquals([ann.said.length, bob.said.length], [0, 0]);
});

engineTest("nats", "a client that comes back to another endpoint on NATS gets what it missed", async () => {
  await using engine = await startNats();
  await comesBackElsewhere(engine, () => natsAdapter({ servers: engine.url }));
});

engineTest("nats", "a script on NATS numbers what it broadcasts, without another line", async () => {
  await using engine = await startNats();
  await scriptsNumber(() => natsAdapter({ servers: engine.url }));
});

engineTest("nats", "a program on NATS is ready without JetStream", async () => {
  await using engine = await startNats({ jetStream: false });
  await scriptsDoWithout(() => natsAdapter({ servers: engine.url }), "has no JetStream");
});

engineTest("nats", "a program on NATS is ready without the rights for history", async () => {
  const permissions = { publish: ["urvogel.>"], subscribe: ["urvogel.>"] };
  await using engine = await startNats({ credentials: { user: "app", password: "right" }, permissions });
  await scriptsDoWithout(() => natsAdapter({ servers: engine.url }), "read declared routes");
});
