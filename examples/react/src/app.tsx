/**
 * The list.
 *
 * @module
 */

import type { TypedSocket } from "@urvogel/realtime/client";
// @ts-types="react-types"
import { type FormEvent, useState } from "react";
import type { ListSocket } from "../list.ts";
import { useList } from "./use_list.ts";

/** A shopping list, for all who have the page open. */
export function App({ socket }: { readonly socket: TypedSocket<ListSocket> }) {
  const { items, status, add, check } = useList(socket);
  const [text, setText] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    add(text);
    setText("");
  }

  return (
    <>
      <h1>Shopping list</h1>
      <form onSubmit={submit}>
        <input
          aria-label="Item"
          required
          maxLength={80}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit">Add</button>
      </form>
      <ul>
        {items.map(({ id, text, isDone }) => (
          <li key={id}>
            <label>
              <input type="checkbox" checked={isDone} onChange={(event) => check(id, event.target.checked)} />{" "}
              {isDone ? <s>{text}</s> : text}
            </label>
          </li>
        ))}
      </ul>
      <p role="status">{status}</p>
    </>
  );
}
