// Lint rules: the recommended sets, types included, and the few that keep the house as it is meant to be.
import js from '@eslint/js'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

const arrows = (message, ...group) => ({ 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] })

export default ts.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/', 'e2e/.work/', 'e2e/screenshots/', 'src/protocol/schema.d.ts'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/multi-word-component-names': 'off',
    },
  },
  {
    rules: {
      'no-undef': 'off', // the type checker knows better
      'eqeqeq': 'error',
      'prefer-const': 'error',
      'no-console': 'error',
      'no-restricted-properties': ['error', { object: 'document', property: 'write', message: 'use the DOM' }],
      'vue/no-v-html': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  { files: ['src/protocol/**'], rules: arrows('protocol knows neither Vue nor the call', 'vue', 'vue-router', '**/call/**', '**/components/**', '**/composables/**', '**/views/**') },
  { files: ['src/call/**'], rules: arrows('call knows no Vue', 'vue', 'vue-router', '**/components/**', '**/composables/**', '**/views/**') },
  { files: ['src/doctor/**'], rules: arrows('the doctor knows no Vue', 'vue', 'vue-router', '**/components/**', '**/composables/**', '**/views/**') },
  { files: ['scripts/**', 'e2e/**'], rules: { 'no-console': 'off' } },
)
