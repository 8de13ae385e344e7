import type { Filter, Test } from './syntax.ts'

/** A filter as text; read again, it is the same filter. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'every':
      return filter.of.map((part) => (part.kind === 'every' || part.kind === 'either' ? bracketed(part) : printFilter(part))).join(' ')
    case 'either':
      return filter.of.map((part) => (part.kind === 'either' ? bracketed(part) : inEither(part))).join(' OR ')
    case 'not':
      return `-${filter.of.kind === 'test' || filter.of.kind === 'words' ? printFilter(filter.of) : bracketed(filter.of)}`
    case 'words':
      return filter.whole ? quoted(filter.text) : filter.text
    case 'test':
      return `${filter.field}${testText(filter.test)}`
  }
}

const bracketed = (filter: Filter): string => `(${printFilter(filter)})`

// AND binds closer than OR; nothing at all would be lost between two ORs.
const inEither = (part: Filter): string => (part.kind === 'every' && part.of.length < 2 ? bracketed(part) : printFilter(part))

function testText(test: Test): string {
  switch (test.kind) {
    case 'is':
      return `:${test.values.map((value) => (test.values.length === 1 && isWord(value) ? quoted(value) : valueText(value))).join(',')}`
    case 'compare':
      return `${test.by}${valueText(test.value)}`
    case 'between':
      return `:${test.from === null ? '' : valueText(test.from)}..${test.to === null ? '' : valueText(test.to)}`
    case 'none':
    case 'any':
      return `:${test.kind}`
  }
}

// Alone they mean more than themselves, unless they are quoted.
const isWord = (value: string): boolean => value === 'none' || value === 'any'

const valueText = (value: string): string => (/^[^\s"(),\\<>=]+$/.test(value) && !value.includes('..') ? value : quoted(value))

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
