import { postgresAdapter, postgresStore } from "@urvogel/realtime/postgres";
import { startPostgres } from "../../support/engines/postgres.ts";
import { storeSuite } from "../../support/store_suite.ts";

storeSuite("postgres", "postgresAdapter().store", {
  start: (id) => startPostgres({ isDurable: id === "kill" }),
  createNode: (url) => postgresAdapter({ servers: url }),
});

storeSuite("postgres", "postgresStore()", {
  start: (id) => startPostgres({ isDurable: id === "kill" }),
  createNode(url) {
    const store = postgresStore({ servers: url });
    return { store, start: () => store.connect(), stop: () => store[Symbol.asyncDispose]() };
  },
});
