import { natsAdapter } from "@urvogel/realtime/nats";
import { startNats } from "../../support/engines/nats.ts";
import { ownerSuite } from "../../support/owner_suite.ts";

ownerSuite("nats", "natsAdapter().owners", {
  start: () => startNats(),
  createNode: (url) => natsAdapter({ servers: url }),
});
