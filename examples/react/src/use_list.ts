/**
 * The hook between React and the channel.
 *
 * @module
 */

import type { TypedChannel, TypedSocket } from "@urvogel/realtime/client";
import type { ReceivedPayload } from "@urvogel/realtime/contract";
// @ts-types="react-types"
import { useEffect, useRef, useState } from "react";
import type { list } from "../contract.ts";
import type { ListSocket } from "../list.ts";

type Items = ReceivedPayload<typeof list, "out", "items">["items"];

/** Is in the list as long as its component is on the page. */
export function useList(socket: TypedSocket<ListSocket>) {
  const [items, setItems] = useState<Items>([]);
  const [status, setStatus] = useState("Connecting…");
  const channel = useRef<TypedChannel<typeof list>>(undefined);

  useEffect(() => {
    const joined = channel.current = socket.channel("list");
    joined.on("items", (payload) => setItems(payload.items));
    joined.onError(() => setStatus("Connection lost, trying again…"));
    // After each join, also when the connection was lost: the list has changed meanwhile.
    joined.join().receive("ok", (payload) => {
      setItems(payload.items);
      setStatus("Online");
    });
    return () => void joined.leave();
  }, [socket]);

  return {
    items,
    status,
    add: (text: string) => void channel.current?.push("add", { text }).receive("error", () => setStatus("Not added")),
    check: (id: number, isDone: boolean) => void channel.current?.push("check", { id, isDone }),
  };
}
