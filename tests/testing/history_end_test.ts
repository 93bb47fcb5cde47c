import { Endpoint } from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { assertEquals } from "@std/assert";
import { KeptSocket } from "../support/kept_socket.ts";

const endpoint = new Endpoint({ sockets: { "/socket": KeptSocket } }); // which goes on, as that of a program does

// What is asserted as well: Deno's leak checks find no timer that waits for clients to come back.
Deno.test("connect() lets a shared endpoint let go of a topic with history when its last client leaves", async () => {
  const ann = await connect(endpoint);
  await ann.join("room:1");
  const position = await endpoint.publish("room:1", "said", { text: "hello" });
  await ann.close();
  await using bob = await connect(endpoint);
  const room = await bob.join("room:1", { since: "last:10" });
  await room.assertPush("said", { text: "hello" });
  assertEquals((await endpoint.history("room:1").list()).map(({ position }) => position), [position]);
});
