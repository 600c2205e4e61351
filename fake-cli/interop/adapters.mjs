// SPDX-License-Identifier: MIT
//
// One face for all released versions of the official SDK. What a version has no
// API for is found out from its own type declarations.
import fs from 'node:fs';
import { register } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

// Version 0.1.32 imports "vscode-jsonrpc/node", which Node does not find without
// the suffix; its users need a bundler or this.
register(
  'data:text/javascript,' +
    encodeURIComponent(`export const resolve = (name, context, next) =>
      next(name === 'vscode-jsonrpc/node' ? name + '.js' : name, context);`),
);

// Each SDK with the release of the CLI that it was made for.
export const pairs = [
  ['0.1.16', '0.0.400'],
  ['0.1.23', '0.0.420'],
  ['0.1.29', '0.0.420'],
  ['0.1.32', '1.0.12'],
  ['0.2.2', '1.0.22'],
  ['0.3.0', '1.0.48'],
  ['1.0.0', '1.0.61'],
  ['1.0.5', '1.0.75'],
  ['1.0.11', '1.0.85'],
  ['1.0.14', ''],
].map(([sdk, release]) => ({ sdk, release }));

/** All type declarations of the SDK in `dist`. */
function declarations(dist) {
  return fs
    .readdirSync(dist, { recursive: true })
    .filter((file) => file.endsWith('.d.ts'))
    .map((file) => fs.readFileSync(path.join(dist, file), 'utf8'))
    .join('\n');
}

export async function loadSdk(peers, version) {
  const dist = path.join(peers, `sdk-${version}`, 'node_modules/@github/copilot-sdk/dist');
  const module = await import(pathToFileURL(path.join(dist, 'index.js')));
  const source = ['client.js', 'session.js'].map((file) => fs.readFileSync(path.join(dist, file), 'utf8')).join('\n');
  return new Sdk(version, module, declarations(dist), source);
}

class Sdk {
  constructor(version, module, types, source) {
    this.version = version;
    this.module = module;
    this.types = types;
    this.source = source;
  }

  /** Whether its types or its client know this word. */
  knows(word) {
    return this.types.includes(word);
  }

  get newestProtocol() {
    return /MIN_PROTOCOL_VERSION/.test(this.source) ? 3 : 2;
  }

  get needsPermissionHandler() {
    return this.source.includes('onPermissionRequest handler is required');
  }

  /** False for a version that turns them into text (0.1.32). */
  get sendsResultObjects() {
    return /isToolResultObject\(raw|normalizeToolResult\(/.test(this.source);
  }

  /** The transports "stdio" and "tcp"; `token` is for the latter. */
  client({ program, home, env, transport = 'stdio', token }) {
    const { CopilotClient, RuntimeConnection } = this.module;
    const common = { env: { PATH: process.env.PATH, HOME: home, COPILOT_HOME: path.join(home, '.copilot'), ...env } };
    if (RuntimeConnection) {
      const connection =
        transport === 'tcp'
          ? RuntimeConnection.forTcp({ path: program, connectionToken: token })
          : RuntimeConnection.forStdio({ path: program });
      return new CopilotClient({ ...common, connection, workingDirectory: home });
    }
    return new CopilotClient({
      ...common,
      cliPath: program,
      cwd: home,
      useStdio: transport !== 'tcp',
      autoRestart: false,
    });
  }

  tool(name, handler) {
    return this.module.defineTool(name, {
      description: `The tool ${name}`,
      parameters: { type: 'object', properties: { q: { type: 'string' } } },
      skipPermission: true,
      handler,
    });
  }

  /** Decisions about permissions, in the words of this version. */
  get oldWords() {
    return !this.knows('"approve-once"');
  }
  approve() {
    return { kind: this.oldWords ? 'approved' : 'approve-once' };
  }
  reject(feedback) {
    const kind = this.oldWords ? 'denied-interactively-by-user' : 'reject';
    return feedback === undefined ? { kind } : { kind, feedback };
  }

  events(session) {
    return session.getEvents ? session.getEvents() : session.getMessages();
  }
  end(session) {
    return session.disconnect ? session.disconnect() : session.destroy();
  }

  /** Null without an API for it. */
  compaction(session) {
    const rpc = session.rpc?.history ?? session.rpc?.compaction;
    return rpc ? () => rpc.compact() : null;
  }
}
