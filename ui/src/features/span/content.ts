// What is read when the first span is shown: Markdown and what cleans it are in here.
import './span.css'
export { Chat } from './components/Chat'
export { Details, Parameters, TokenTable } from './components/Details'
export { Failure } from './components/Failure'
export { Raw } from './components/Raw'
export { Reproduce } from './components/Reproduce'
