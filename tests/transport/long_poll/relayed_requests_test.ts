import { assertEquals } from "@std/assert";
import { encodePacket } from "../../../lib/transport/long_poll/_relay_message.ts";
import { RelayedRequests } from "../../../lib/transport/long_poll/_relayed_requests.ts";
import { longPollLimits } from "../../../lib/transport/long_poll/options.ts";
import { collectGarbage } from "../../support/garbage.ts";

const SESSION = { node: "b", id: "b.1.2", token: "token" };

Deno.test("RelayedRequests keeps nothing of a response that has been sent", async () => {
  let body: WeakRef<object> | undefined;
  const link = {
    ask: () => {
      const packet = encodePacket({ status: 200, contentType: null, isLast: true }, new Uint8Array(1000));
      const slice = (start?: number) => {
        const copy = Uint8Array.prototype.slice.call(packet, start);
        body = new WeakRef(copy.buffer);
        return copy;
      };
      return Promise.resolve(Object.assign(packet, { slice }));
    },
    handle: () => () => {},
  };
  const relayed = new RelayedRequests({ nodeName: "a", mount: "/socket", link }, longPollLimits({}));
  const response = await relayed.send(new Request("http://localhost/socket/longpoll"), SESSION);
  assertEquals((await response!.bytes()).length, 1000);
  await new Promise((resolve) => setTimeout(resolve));
  collectGarbage();
  assertEquals(body!.deref(), undefined);
  relayed.end();
});
