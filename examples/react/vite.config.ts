import react from "npm:@vitejs/plugin-react@6.3.0"; // not in deno.json: the server does not need it

/** While you develop, Vite serves the page, and hands the socket on to the server. */
export default {
  plugins: [react()],
  server: { proxy: { "/socket": { target: "http://localhost:4000", ws: true } } },
};
