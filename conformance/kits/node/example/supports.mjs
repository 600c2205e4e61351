// SPDX-License-Identifier: MIT
//
// Whether the harness is for a runtime, a provider and a model.
const apis = ['openai-responses', 'openai-completions', 'ollama', 'azure-openai-responses', 'anthropic-messages'];
const normal = (text) => (text ?? '').trim().toLowerCase();
const refused = (reason) => ({ supported: false, reason });
const accepted = { supported: true, priority: 100 };

export function supports(context) {
  if (normal(context.runtime) !== 'copilot') return refused('copilot is opt-in only');
  const provider = normal(context.provider);
  if (!provider) return refused('provider is required');
  if (provider === 'github-copilot') return accepted;
  if (context.ownerStatus !== 'unowned' || context.owners?.length !== 0) {
    return refused('provider is not one of: github-copilot');
  }
  const { api, baseUrl, request } = context.model ?? {};
  const overridden = ['proxy', 'tls', 'allowPrivateNetwork'].some((each) => request?.[each] !== undefined);
  if (!apis.includes(api) || !baseUrl?.trim() || overridden) {
    return refused(
      'provider is not a supported Copilot BYOK model (requires supported api, baseUrl, and no request transport policy overrides)',
    );
  }
  return accepted;
}
