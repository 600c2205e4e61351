// SPDX-License-Identifier: MIT
//
// The page has its style and its script in itself, and no end tags where HTML
// needs none.
module.exports = {
  root: true,
  extends: ['html-validate:recommended'],
  rules: {
    'doctype-style': 'off',
    'void-style': 'off',
    'long-title': 'off',
    'require-sri': 'off',
    'no-inline-style': 'off',
  },
};
