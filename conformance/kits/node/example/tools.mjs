// SPDX-License-Identifier: MIT
//
// The host's tools as tools of the SDK.
const normal = (name) => name.trim().toLowerCase();
const aliases = { bash: 'exec', 'apply-patch': 'apply_patch' };

/** Names, and patterns with `*`; without a list, everything. */
function allowlist(names = ['*']) {
  const patterns = names
    .flatMap((name) => [normal(name), aliases[normal(name)]])
    .filter((name) => name !== undefined)
    .map((name) => name.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*'));
  return patterns.length > 0 ? new RegExp(`^(${patterns.join('|')})$`) : /(?!)/;
}

/** Throws when a tool cannot be offered. */
export function bridgeTools(params, given, execute, signal) {
  if (params.disableTools || params.modelRun || params.promptMode === 'none') return [];
  const allowed = allowlist(params.toolsAllow);
  const tools = given.filter((tool) => allowed.test(normal(tool.name ?? '')));
  const names = tools.map((tool) => tool.name);
  if (names.some((name) => typeof name !== 'string' || !name.trim())) throw new Error('a tool has no name');
  const twice = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))].sort();
  if (twice.length > 0) throw new Error(`[copilot-tool-bridge] duplicate tool names: ${twice.join(', ')}`);
  let queue = Promise.resolve();
  return tools.map((tool) => ({
    name: tool.name,
    description: tool.description ?? '',
    parameters: tool.parameters,
    overridesBuiltInTool: true,
    skipPermission: true,
    handler: (args, { toolCallId }) => {
      const run = () => call(tool, () => execute(tool.name, toolCallId, args), signal);
      if (tool.executionMode !== 'sequential') return run();
      const done = queue.then(run);
      queue = done.catch(() => {});
      return done;
    },
  }));
}

async function call(tool, execute, signal) {
  const failure = (error, textResultForLlm) => ({ resultType: 'failure', error, textResultForLlm });
  if (signal.aborted) {
    return failure('aborted before execution', '[copilot-tool-bridge] aborted before execution');
  }
  try {
    return converted(await execute());
  } catch (error) {
    return failure(error.message, `[copilot-tool-bridge] tool '${tool.name}' failed: ${error.message}`);
  }
}

function converted({ content = [], details }) {
  const text = content.filter(({ type }) => type === 'text').map((block) => block.text).join('\n');
  if (details?.status === 'error' || details?.ok === false) {
    return { resultType: 'failure', error: text, textResultForLlm: text };
  }
  const images = content.filter(({ type }) => type === 'image').map(({ data, mimeType }) => ({ data, mimeType, type: 'image' }));
  return { resultType: 'success', textResultForLlm: text, ...(images.length > 0 ? { binaryResultsForLlm: images } : {}) };
}
