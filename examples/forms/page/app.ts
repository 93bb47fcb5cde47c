/// <reference lib="dom" />
/**
 * The page: sends the form, and shows at each field what is wrong with it.
 *
 * @module
 */

import type { TypedSocket } from "@urvogel/realtime/client";
import type { Issue } from "@urvogel/realtime/contract";
import type * as Phoenix from "phoenix-types";
import type { GuestSocket } from "../bookings.ts";

const { Socket }: typeof Phoenix = await import("/phoenix.js" as string);

const $ = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
const form = $<HTMLFormElement>("booking");
const fields = [...form.querySelectorAll("input")];

const socket = new Socket("/socket") as unknown as TypedSocket<GuestSocket>;
const channel = socket.channel("bookings");
const showFree = ({ free }: { free: number }) => void ($("free").textContent = `${free} of 20 seats are free`);
channel.on("free", showFree);
channel.join().receive("ok", (now) => {
  showFree(now);
  $<HTMLFieldSetElement>("ready").disabled = false;
});
socket.connect();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form)) as Record<"name" | "email" | "from" | "to" | "guests", string>;
  channel.push("book", values)
    .receive("ok", ({ name, guests }) => {
      showIssues([]);
      form.reset();
      $("status").textContent = `Thank you, ${name}: a table for ${guests} is yours.`;
    })
    .receive("error", (error) => showIssues((error as { issues?: Issue[] }).issues ?? []))
    .receive("timeout", () => void ($("status").textContent = "No connection. Please try again."));
});

/** Shows the first issue of each field beside it, where screen readers find it too. */
function showIssues(issues: readonly Issue[]) {
  $("status").textContent = issues.length > 0 ? "Please look at the fields in red." : "";
  for (const field of fields) {
    const issue = issues.find(({ path }) => path[0] === field.name);
    field.ariaInvalid = `${issue !== undefined}`;
    $(`${field.name}-issue`).textContent = issue?.message ?? "";
  }
  fields.find((field) => field.ariaInvalid === "true")?.focus();
}
