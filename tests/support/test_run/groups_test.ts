import { assertEquals } from "@std/assert";
import { groupsOf } from "./groups.ts";

Deno.test("groupsOf() puts each file into one group, by the first folder that fits", () => {
  const groups = groupsOf([
    "tests/otp/links_test.ts",
    "tests/adapters/jwt_test.ts",
    "tests/adapters/redis/redis_adapter_test.ts",
    "tests/e2e/golden_test.ts",
    "tests/e2e/clients/history_test.ts",
    "tests/browser/chat_test.ts",
    "tests/examples/game_test.ts",
  ]);
  assertEquals(groups, [
    { name: "real clients", files: ["tests/e2e/clients/history_test.ts"] },
    { name: "browser and examples", files: ["tests/browser/chat_test.ts", "tests/examples/game_test.ts"] },
    { name: "Redis", files: ["tests/adapters/redis/redis_adapter_test.ts"] },
    { name: "NATS and threads", files: ["tests/adapters/jwt_test.ts"] },
    { name: "end to end", files: ["tests/e2e/golden_test.ts"] },
    { name: "units", files: ["tests/otp/links_test.ts"] },
  ]);
});
