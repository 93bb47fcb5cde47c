import { natsAdapter } from "@urvogel/realtime/nats";
import { startNats } from "../../support/engines/nats.ts";
import { storeSuite } from "../../support/store_suite.ts";

storeSuite("nats", "natsAdapter().store", {
  start: () => startNats(),
  createNode: (url) => natsAdapter({ servers: url }),
});
