/**
 * Puts the list on the page. One socket is enough, however many components use it.
 *
 * @module
 */

import type { TypedSocket } from "@urvogel/realtime/client";
// @ts-types="phoenix-types"
import { Socket } from "phoenix";
// @ts-types="react-types"
import { StrictMode } from "react";
// @ts-types="react-dom-types/client"
import { createRoot } from "react-dom/client";
import type { ListSocket } from "../list.ts";
import { App } from "./app.tsx";

const socket = new Socket("/socket") as unknown as TypedSocket<ListSocket>;
socket.connect();

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App socket={socket} />
  </StrictMode>,
);
