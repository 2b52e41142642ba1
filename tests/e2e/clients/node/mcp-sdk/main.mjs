// The official client of the Model Context Protocol against a Vitrine server: node main.mjs http URL/mcp | stdio COMMAND ARGUMENTS…
// Reads lines {"tool","arguments"} from stdin, prints what the client returned, a line each; first of all what the server says of itself.
import readline from "node:readline";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [way, target, ...rest] = process.argv.slice(2);
const transport =
  way === "http" ? new StreamableHTTPClientTransport(new URL(target)) : new StdioClientTransport({ command: target, args: rest, stderr: "inherit" });
const client = new Client({ name: "vitrine-test", version: "1.0.0" });
await client.connect(transport);
await client.ping();
const { tools } = await client.listTools();
console.log(
  JSON.stringify({
    server: client.getServerVersion(),
    capabilities: client.getServerCapabilities(),
    instructions: client.getInstructions(),
    protocol: transport.protocolVersion ?? null,
    tools,
  }),
);
for await (const line of readline.createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  try {
    // The client checks structuredContent against the tool's outputSchema and throws where it does not fit.
    console.log(JSON.stringify(await client.callTool({ name: asked.tool, arguments: asked.arguments })));
  } catch (error) {
    console.log(JSON.stringify({ thrown: { code: error.code ?? null, message: error.message } }));
  }
}
await client.close();
