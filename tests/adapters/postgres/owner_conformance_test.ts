import { postgresAdapter } from "@urvogel/realtime/postgres";
import { startPostgres } from "../../support/engines/postgres.ts";
import { ownerSuite } from "../../support/owner_suite.ts";

ownerSuite("postgres", "postgresAdapter().owners", {
  start: () => startPostgres(),
  createNode: (servers) => postgresAdapter({ servers }),
});

ownerSuite("postgres", "postgresAdapter().owners of a server with fsync", {
  start: () => startPostgres({ isDurable: true }),
  createNode: (servers) => postgresAdapter({ servers }),
  only: ["kill"],
});
