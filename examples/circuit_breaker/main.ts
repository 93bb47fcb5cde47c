/**
 * A circuit breaker between a program and a server that fails for a while: both run here.
 *
 * ```sh
 * deno task start
 * ```
 *
 * @module
 */

import { StateMachine } from "@urvogel/realtime";
import { CircuitBreaker, protect } from "./breaker.ts";

const REST_MS = 500;

/** A server that answers, or says that it cannot. */
const weather = { up: true, asked: 0 };
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
  weather.asked++;
  return weather.up ? new Response("sunny") : new Response("out of order", { status: 503 });
});

const breaker = await StateMachine.start(CircuitBreaker, {
  maxFailures: 3,
  restMs: REST_MS,
  onState: (state) => console.log(`  circuit: ${state}`),
});

/** Asks the server, unless the breaker says that there is no point in it. */
async function ask(): Promise<string> {
  try {
    return await protect(breaker, async () => {
      const response = await fetch(`http://127.0.0.1:${server.addr.port}/`);
      const text = await response.text();
      if (!response.ok) throw new Error(text);
      return text;
    });
  } catch (error) {
    return (error as Error).message;
  }
}

/** Asks so many times at once. */
async function askTogether(times: number): Promise<void> {
  const asked = weather.asked;
  for (const answer of await Promise.all(Array.from({ length: times }, ask))) console.log(`  ${answer}`);
  console.log(`  the server was asked ${weather.asked - asked} times`);
}

const rest = () => new Promise((resolve) => setTimeout(resolve, REST_MS + 50));

console.log("all is well:");
await askTogether(2);

console.log("the server breaks:");
weather.up = false;
await askTogether(3);

console.log("it is left in peace:");
await askTogether(3);

console.log("later one of three tries it, in vain:");
await rest();
await askTogether(3);

console.log("the server is mended, and again one of three tries it:");
weather.up = true;
await rest();
await askTogether(3);

await breaker.stop();
await server.shutdown();
