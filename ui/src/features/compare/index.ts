// Face of comparisons: two traces, two calls, two texts.
export { TraceDiffPage } from './TraceDiffPage'
export { CallDiffPage } from './CallDiffPage'
export { TextDiff } from './components/TextDiff'
export { messageText } from './lib/align'
