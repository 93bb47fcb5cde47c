import { assert, assertEquals } from "@std/assert";
import { startNats } from "./nats.ts";
import { startPostgres } from "./postgres.ts";
import { startRedis } from "./redis.ts";
import { type EngineName, engineTest } from "./binaries.ts";
import type { AccessOptions } from "./access.ts";
import type { EngineProcess } from "./engine_process.ts";

const ENGINES: Record<EngineName, (options?: AccessOptions) => Promise<EngineProcess>> = {
  nats: startNats,
  redis: startRedis,
  postgres: startPostgres,
};
const credentials = { user: "ann", password: "s3cret/:@ x" };

for (const [name, start] of Object.entries(ENGINES) as [EngineName, typeof startNats][]) {
  engineTest(name, `${name} starts on the loopback, is killed, and comes back on the same port`, async () => {
    await using engine = await start();
    const { url, port } = engine;
    assertEquals(Number(new URL(url).port), port);
    await engine.kill();
    assert(!await accepts(port));
    await engine.restart();
    await engine.restart({ empty: true });
    assert(await accepts(port));
    assertEquals(engine.url, url);
  });

  engineTest(name, `${name} is gone after its block, with its folder and even when paused`, async () => {
    let port: number;
    {
      await using engine = await start();
      port = engine.port;
      engine.pause();
      engine.resume();
      engine.pause();
    }
    assert(!await accepts(port));
  });

  engineTest(name, `${name} has credentials and TLS`, async () => {
    await using engine = await start({ credentials, tls: true });
    const { username, password } = new URL(engine.url);
    assertEquals(
      { user: decodeURIComponent(username), password: decodeURIComponent(password) },
      credentials,
    );
  });
}

async function accepts(port: number): Promise<boolean> {
  try {
    using _ = await Deno.connect({ hostname: "127.0.0.1", port });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
