import js from '@eslint/js'
import hooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

// Who may reach for the network is an architectural promise (docs/ARCHITECTURE.md): reads and plans go through api.ts,
// facts through sync.ts, by syncPost.ts, photos through evidence/send.ts, and nobody else calls fetch.
const noFetch = {
  'no-restricted-globals': ['error', { name: 'fetch', message: 'Use src/api.ts, or src/sync.ts for facts.' }],
}

export default tseslint.config(
  { ignores: ['dist', 'generated', 'node_modules'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] }, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { 'react-hooks': hooks },
    rules: {
      ...noFetch,
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // Event handlers are allowed to be async: what they reject with is caught inside them and shown as words.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      // Numbers in template literals are how counts and codes are put into sentences.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `void promise` is the visible mark that a promise is left to run on its own.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  { files: ['src/api.ts', 'src/syncPost.ts', 'src/evidence/send.ts'], rules: { 'no-restricted-globals': 'off' } },
  {
    // The outbox must stay movable and testable alone: it imports nothing of ours (docs/ARCHITECTURE.md).
    files: ['src/outbox/**', 'src/evidence/queue.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group: ['../*'], message: 'The outbox imports nothing of ours.' }] }] },
  },
  {
    // A test may be long because a story is long, and it stands in for the network.
    files: ['test/**'],
    rules: { 'max-lines-per-function': 'off', 'no-restricted-globals': 'off' },
  },
  { files: ['eslint.config.js'], ...tseslint.configs.disableTypeChecked },
)
