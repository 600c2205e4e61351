// SPDX-License-Identifier: MIT
//
// The smallest adapter that runs turns, without a kit: one harness, made of the
// official SDK, one message per line. The argument is a directory with
// node_modules/@github/copilot-sdk.
import path from 'node:path';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';

const sdkPath = path.resolve(process.argv[2], 'node_modules/@github/copilot-sdk/dist/index.js');
const { CopilotClient, RuntimeConnection } = await import(pathToFileURL(sdkPath));

let client; // the harness

const methods = {
  initialize({ cli, environment }) {
    const gitHubToken = environment.GH_TOKEN || undefined;
    client = new CopilotClient({ connection: RuntimeConnection.forStdio({ path: cli.path }), env: environment, gitHubToken });
    return { protocolVersion: 1, name: 'first-adapter', version: '1', language: 'JavaScript', capabilities: ['attempt'] };
  },
  'harness.create': () => ({ id: 'first', label: 'My first harness' }),
  async 'attempt.run'({ params }) {
    const result = { aborted: false, promptError: null, assistantTexts: [] };
    try {
      const session = await client.createSession({ model: params.model, onPermissionRequest: () => ({ kind: 'reject' }) });
      const message = await session.sendAndWait({ prompt: params.prompt }, params.timeoutMs);
      if (message) result.assistantTexts.push(message.data.content);
      await session.disconnect();
    } catch (error) {
      result.promptError = { message: error.message };
    }
    return result;
  },
  shutdown: () => client.stop().then(() => ({})),
};

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, method, params } = JSON.parse(line);
  const answer = { jsonrpc: '2.0', id };
  try {
    if (!methods[method]) throw Object.assign(new Error(`no such method: ${method}`), { code: -32601 });
    answer.result = await methods[method](params);
  } catch (error) {
    answer.error = { code: Number.isInteger(error.code) ? error.code : -32000, message: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
  if (method === 'shutdown') process.exit(0);
});
