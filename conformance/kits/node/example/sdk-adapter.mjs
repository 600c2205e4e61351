// SPDX-License-Identifier: MIT
//
// An adapter for a small harness on the official SDK:
//   copilot-conformance run --adapter "node sdk-adapter.mjs [SDK]"
// SDK is a directory with node_modules/@github/copilot-sdk; without it, the SDK
// is looked for as Node looks for packages.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { serve } from '../adapter.mjs';
import { Harness } from './harness.mjs';
import { supports } from './supports.mjs';

const [directory] = process.argv.slice(2);
const sdk = await import(
  directory
    ? pathToFileURL(path.resolve(directory, 'node_modules/@github/copilot-sdk/dist/index.js'))
    : '@github/copilot-sdk'
);

let cli;
let env;
const harnesses = new Map();
const attempts = new Map();

function harnessOf({ harness }) {
  const found = harnesses.get(harness);
  if (!found) throw new Error(`no such harness: ${harness}`);
  return found;
}

function attemptOf({ attempt }) {
  const found = attempts.get(attempt);
  if (!found) throw new Error('no such attempt');
  return found;
}

/** What an attempt reaches its host with. */
function hostOf(attempt, { permissionPolicy }, signal, runner) {
  const decide = async (request, sessionId) =>
    (await runner.request('permission.decide', { attempt, sessionId, request })).decision;
  return {
    decide: permissionPolicy === 'host' ? decide : undefined,
    executeTool: (toolName, toolCallId, args) =>
      runner.request('tool.execute', { attempt, toolCallId, toolName, arguments: args }, { signal }),
    asked: (question) => runner.notify('question.asked', { attempt, ...question }),
    delta: (delta) => runner.notify('attempt.delta', { attempt, ...delta }),
    established: (sdkSessionId) => runner.notify('session.established', { attempt, sdkSessionId }),
    warn: (message) => runner.notify('log', { level: 'warn', message }),
  };
}

serve({
  name: 'sdk-adapter',
  version: '1.0.0',
  capabilities: [
    'attempt', 'abort', 'steer', 'compact', 'reset', 'dispose', 'supports', 'tools', 'permission', 'question', 'deltas',
    'environment', 'transcript',
  ],
  persistent: true,
  handlers: {
    begin(scenario) {
      cli = scenario.cli;
      env = scenario.environment;
    },
    async end() {
      for (const attempt of attempts.values()) attempt.abort();
      await Promise.all([...harnesses.values()].map((harness) => harness.kill()));
      harnesses.clear();
      attempts.clear();
    },
    'harness.create'({ harness, options }) {
      const made = new Harness({ sdk, cli, options, env });
      harnesses.set(harness, made);
      return { id: made.id, label: made.label, autoSelectionProviderIds: [], hasSideQuestion: false };
    },
    'harness.supports': ({ context }) => supports(context),
    'harness.reset': async (params) => void (await harnessOf(params).reset(params.sessionId)),
    'harness.dispose': async (params) => void (await harnessOf(params).dispose()),
    'environment.set'({ variables }) {
      for (const [name, value] of Object.entries(variables)) {
        if (value === null) delete env[name];
        else env[name] = value;
      }
    },
    'attempt.run'(params, runner) {
      const harness = harnessOf(params);
      const attempt = harness.newAttempt();
      attempts.set(params.attempt, attempt);
      const host = hostOf(params.attempt, params, attempt.controller.signal, runner);
      return harness.run(attempt, { params: params.params, tools: params.tools, host });
    },
    'attempt.abort': (params) => attemptOf(params).abort(),
    'question.answer': (params) => ({ claimed: attemptOf(params).question.answer(params.text) }),
    async 'attempt.steer'(params) {
      const attempt = attemptOf(params);
      if (attempt.question.answer(params.text)) return { claimed: true };
      await attempt.session?.send({ prompt: params.text, mode: 'immediate' });
      return { claimed: false };
    },
    'session.compact': (params) => harnessOf(params).compact(params.params),
  },
});
